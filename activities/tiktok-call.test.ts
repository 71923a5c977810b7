/** How calls to shops share TikTok's limits, which it counts by shop and endpoint. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Connection } from '../registry/registry.ts';
import { type ShopConsents, shopsPath, startShopConsents } from '../test/shop-consents.ts';

let world: ShopConsents;
let connections: Connection[];
beforeAll(async () => {
  world = await startShopConsents();
  ({ connections } = await world.consent(await world.workspace()));
});
afterAll(() => world.close());
beforeEach(() => world.sandbox.face.faults.clear());

test('more calls than TikTok allows a second wait for their turn; none is one too many', async () => {
  const { rate } = world.sandbox.face;
  rate.clear();
  // One endpoint of one shop over two processes; the sandbox counts by TikTok's rule.
  const other = await world.another();
  const calls = Array.from({ length: 110 }, (_, n) =>
    (n % 2 === 0 ? world : other).call(connections[0]!),
  );
  for (const shops of await Promise.all(calls)) expect(shops).toHaveLength(connections.length);
  expect(rate.total).toBe(0);
  rate.limit = 1;
  const one = () => world.client.listShops(world.sandbox.token);
  await Promise.allSettled([one(), one(), one()]);
  expect(rate.total).toBeGreaterThan(0);
  rate.limit = 50;
});

test('one call too many holds back that endpoint of that shop alone, for a moment', async () => {
  const [one, other] = connections;
  world.sandbox.face.faults.add({
    ...{ kind: 'code', path: shopsPath, count: 1 },
    ...{ code: 36_009_002, status: 429 },
  });
  const limited = { code: 'TIKTOK_RATE_LIMITED' };
  await expect(world.call(one!)).rejects.toMatchObject(limited);
  await expect(world.call(one!)).rejects.toMatchObject({ code: 'QUOTA_PAUSED' });
  const elsewhere = await world.another();
  await expect(elsewhere.call(one!)).rejects.toMatchObject({ code: 'QUOTA_PAUSED' });
  expect(await world.call(other!)).toHaveLength(connections.length);
  await expect
    .poll(() => world.call(one!).catch(() => undefined), { timeout: 60_000, interval: 200 })
    .toHaveLength(connections.length);
});
