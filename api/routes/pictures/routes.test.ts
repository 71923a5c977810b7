import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ApiHub, createApiHub } from '../../../test/api-hub.ts';

const bytes = Buffer.from('GIF89a bytes as they are');
const asked: unknown[] = [];

let hub: ApiHub;
let shop: string;
beforeAll(async () => {
  hub = await createApiHub({
    readPicture: async (picture) => {
      asked.push(picture);
      return picture.recordId === '17' ? { type: 'image/gif', bytes } : undefined;
    },
  });
  const { id: authorisationId } = await hub.authorise([{ accountId: '7', name: 'Shop' }]);
  shop = randomUUID();
  await hub.deps.registry.connections.open({
    ...{ id: shop, authorisationId, accountId: '7', workspaceId: hub.workspace.id },
    platform: 'tiktok-shop',
    sealedName: Buffer.alloc(0),
  });
});
afterAll(() => hub.close());

const get = (path: string, headers = {}) =>
  hub.call('GET', `/api/v1/pictures/${path}`, { headers });

test('a thumbnail comes as it is, to members only', async () => {
  const answer = await get(`product/${shop}.17`);
  expect(answer.statusCode).toBe(200);
  expect(answer.rawPayload).toEqual(bytes);
  expect(answer.headers).toMatchObject({
    'content-type': 'image/gif',
    'x-content-type-options': 'nosniff',
    'cache-control': expect.stringContaining('private'),
  });
  expect(asked).toEqual([{ kind: 'product', connectionId: shop, recordId: '17' }]);
  const stranger = await get(`product/${shop}.17`, { authorization: '' });
  expect(stranger.statusCode).toBe(401);
});

test('what there is none of, or may not be shown, is not found', async () => {
  for (const path of [`product/${shop}.18`, `product/${randomUUID()}.17`]) {
    expect((await get(path)).statusCode, path).toBe(404);
  }
  for (const path of [`person/${shop}.17`, `product/${shop}`, 'product/..%2F..%2Fetc']) {
    expect((await get(path)).statusCode, path).toBe(400);
  }
  await hub.deps.registry.fence.revoke(shop, { cause: 'disconnect', eraseDueAt: new Date() });
  expect((await get(`product/${shop}.17`)).statusCode).toBe(404);
});
