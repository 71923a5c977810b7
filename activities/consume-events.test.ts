/** Events from TikTok's request to what they lead to: real API, registry and keys; the refresh of orders is remembered. */
import { createHmac, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createDevelopersWebhook } from '../connectors/tiktok-developers/webhook.ts';
import { createShopWebhook } from '../connectors/tiktok-shop/webhook.ts';
import { keyId } from '../keyring/keyring.ts';
import { HubError } from '../policy/errors.ts';
import type { Connection } from '../registry/registry.ts';
import { type ApiHub, createApiHub } from '../test/api-hub.ts';
import { askDatabase } from '../test/databases.ts';
import {
  type ConsumeEventsDeps,
  createEventConsumer,
  type EventConsumer,
  type OrdersChanged,
} from './consume-events.ts';
import { openIdIndex } from './open-id-index.ts';

const webhooks = [
  createShopWebhook({ appKey: 'app', secret: 'shop secret' }),
  createDevelopersWebhook({ clientKey: 'client', secret: 'developers secret' }),
];
const hourMs = 3_600_000;
const minuteMs = 60_000;
let hub: ApiHub;
let consumer: EventConsumer;
let changed: ({ connectionId: string } & OrdersChanged)[];
let products: { connectionId: string; productIds: readonly string[] }[];
let seams: {
  onOrdersChanged: ConsumeEventsDeps['onOrdersChanged'];
  onProductsChanged: ConsumeEventsDeps['onProductsChanged'];
};
const never = new AbortController().signal;

beforeAll(async () => {
  hub = await createApiHub({ webhooks });
});
afterAll(() => hub.close());
beforeEach(async () => {
  hub.time.offsetMs = 0;
  await askDatabase(hub.databaseUrl, 'delete from events');
  changed = [];
  products = [];
  seams = {
    onOrdersChanged: async (connectionId, orders) => void changed.push({ connectionId, ...orders }),
    onProductsChanged: async (connectionId, { productIds }) =>
      void products.push({ connectionId, productIds }),
  };
  consumer = createEventConsumer({
    ...hub.deps,
    webhooks,
    starter: hub.workflows,
    onOrdersChanged: (...input) => seams.onOrdersChanged(...input),
    onProductsChanged: (...input) => seams.onProductsChanged(...input),
  });
});

const nowMs = (): number => hub.deps.clock.now().getTime();
const consume = () => consumer.consume(never);
let lastId = 1n;
const nextId = (): string => {
  lastId += 1n;
  return String(lastId);
};

async function sendShop(input: object, sentMs = nowMs()): Promise<void> {
  const body = JSON.stringify({
    tts_notification_id: nextId(),
    timestamp: Math.floor(sentMs / 1000),
    ...input,
  });
  const authorization = createHmac('sha256', 'shop secret').update(`app${body}`).digest('hex');
  const answer = await hub.app.inject({
    ...{ method: 'POST', url: '/callbacks/tiktok-shop', payload: body },
    headers: { authorization, 'content-type': 'application/json' },
  });
  expect(answer.statusCode).toBe(200);
}

async function sendRemoved(openId: string, reason: number, sentMs = nowMs()): Promise<void> {
  const seconds = Math.floor(sentMs / 1000);
  const body = JSON.stringify({
    ...{ client_key: 'client', event: 'authorization.removed', create_time: seconds },
    ...{ user_openid: openId, content: JSON.stringify({ reason }) },
  });
  const time = Math.floor(nowMs() / 1000);
  const mac = createHmac('sha256', 'developers secret').update(`${time}.${body}`).digest('hex');
  const answer = await hub.app.inject({
    ...{ method: 'POST', url: '/callbacks/tiktok-developers', payload: body },
    headers: { 'tiktok-signature': `t=${time},s=${mac}` },
  });
  expect(answer.statusCode).toBe(200);
}

const orderEvent = (shopId: string, orderId: string) => ({
  ...{ type: 1, shop_id: shopId },
  data: { order_id: orderId, order_status: 'UNPAID', update_time: 1 },
});
const ended = (shopId: string) => ({ type: 6, shop_id: shopId, data: { message: 'x' } });

/** A shop in a workspace of its own, of a consent given now. */
async function connectShop(accountId: string, openId?: string): Promise<Connection> {
  const { registry, keyring } = hub.deps;
  const workspaceId = (await registry.workspaces.create('One')).id;
  const authorisationId = randomUUID();
  const sealed = Buffer.from('sealed');
  const platform = 'tiktok-shop';
  await registry.authorisations.create({
    ...{ id: authorisationId, workspaceId, platform },
    sealedCode: sealed,
  });
  if (openId !== undefined) {
    const index = await openIdIndex(keyring, openId);
    await registry.authorisations.setOpenIdIndex(authorisationId, index);
  }
  const id = randomUUID();
  await keyring.ensure('connection', id);
  return registry.connections.open({
    ...{ id, workspaceId, authorisationId, platform, accountId },
    sealedName: sealed,
  });
}

const state = async ({ id }: Connection) => (await hub.deps.registry.connections.find(id))!.state;
const erasure = async ({ id }: Connection) =>
  (await hub.deps.registry.obligations.open({ kind: 'erase-connection', subjectId: id }))[0];
const outcomes = async () => {
  const { rows } = await hub.deps.registry.events.list({ offset: 0, limit: 100 });
  return rows.toReversed().map(({ outcome, state }) => outcome ?? state);
};
const tasksOf = (
  kind: 'event-unmatched' | 'event-failed' | 'age-changed' | 'authorisation-expires',
) => hub.deps.registry.tasks.list({ kind });

test('orders that changed reach every connection of the shop, each id once, and nobody else', async () => {
  const [one, other, stranger] = [
    await connectShop('71'),
    await connectShop('71'),
    await connectShop('72'),
  ];
  const big = '576653688135258178';
  await sendShop(orderEvent('71', big));
  await sendShop(orderEvent('71', big));
  const list = [{ order_id_list: ['5', big] }];
  await sendShop({ type: 4, shop_id: '71', data: { package_list: list } });
  await consume();
  expect(changed.map(({ connectionId, orderIds }) => ({ connectionId, orderIds }))).toEqual(
    expect.arrayContaining(
      [one, other].map(({ id }) => ({ connectionId: id, orderIds: [big, '5'] })),
    ),
  );
  expect(changed).toHaveLength(2);
  expect(changed[0]!.eventIds).toHaveLength(3);
  expect(changed.map(({ connectionId }) => connectionId)).not.toContain(stranger.id);
  expect(await consume()).toBe(0);
  expect(changed).toHaveLength(2);
});

test('products above 2^53 arrive digit for digit', async () => {
  const shop = await connectShop('73');
  const envelope = { type: 16, shop_id: '73', data: { product_id: 'PRODUCT' } };
  const body = JSON.stringify({
    ...envelope,
    ...{ tts_notification_id: nextId(), timestamp: Math.floor(nowMs() / 1000) },
  }).replace('"PRODUCT"', '1729592969712207013');
  const authorization = createHmac('sha256', 'shop secret').update(`app${body}`).digest('hex');
  await hub.app.inject({
    ...{ method: 'POST', url: '/callbacks/tiktok-shop', payload: body },
    headers: { authorization },
  });
  await consume();
  expect(products).toEqual([{ connectionId: shop.id, productIds: ['1729592969712207013'] }]);
});

test('once matched an event opens under connection and day only', async () => {
  const shop = await connectShop('74');
  await sendShop(orderEvent('74', '1'));
  const before = await askDatabase(hub.databaseUrl, 'select sealed_body from events');
  expect(String(before[0]!.sealed_body)).not.toContain(shop.id);
  await consume();
  const rows = await askDatabase(
    hub.databaseUrl,
    'select id, connection_id, sealed_body from events order by sequence',
  );
  expect(rows.map(({ connection_id: id }) => id)).toEqual([null, shop.id]);
  expect(rows[0]!.sealed_body).toBeNull();
  const sealed = rows[1]!.sealed_body as Buffer;
  const context = `registry/events.sealed_body/${rows[1]!.id}`;
  expect(String(await hub.deps.keyring.unseal(sealed, context))).toContain('"order_id":"1"');
  await hub.deps.keyring.destroy([keyId('connection', shop.id)]);
  await expect(hub.deps.keyring.unseal(sealed, context)).rejects.toMatchObject({
    code: 'KEY_GONE',
  });
});

test('type 6 after a consent: fenced, and its erasure is due at once, in every workspace', async () => {
  const shops = [await connectShop('75'), await connectShop('75')];
  const sibling = await connectShop('76');
  await sendShop(ended('75'));
  await consume();
  for (const shop of shops) {
    expect(await state(shop)).toBe('restricted');
    expect(await erasure(shop)).toMatchObject({ cause: 'tiktok', pollsLeft: 0 });
    expect((await erasure(shop))!.dueAt.getTime()).toBeLessThanOrEqual(nowMs());
    expect(hub.workflows.calls).toContain(`revokeConnection ${shop.id}`);
  }
  expect(await state(sibling)).toBe('active');
});

test('type 6 from before the consent is logged only', async () => {
  const shop = await connectShop('77');
  await sendShop(ended('77'), nowMs() - 5_000);
  await consume();
  expect(await state(shop)).toBe('active');
  expect(await outcomes()).toEqual(['matched', 'older-than-consent']);
});

test('type 6 while a consent is on its way waits for the connection that it ends', async () => {
  const restricted = await connectShop('78');
  const eraseDueAt = new Date(nowMs() + 85 * 24 * hourMs);
  await hub.deps.registry.fence.revoke(restricted.id, { cause: 'disconnected', eraseDueAt });
  hub.time.offsetMs = 10_000;
  const sentMs = nowMs();
  await sendShop(ended('78'), sentMs);
  await consume();
  expect((await erasure(restricted))!.dueAt.getTime()).toBeLessThanOrEqual(nowMs());
  const late = await connectShop('78');
  await askDatabase(
    hub.databaseUrl,
    `update authorisations set created_at = '${new Date(sentMs - 2_000).toISOString()}'
     where id = '${late.authorisationId}'`,
  );
  hub.time.offsetMs = 10_000 + minuteMs;
  await consume();
  expect(await state(late)).toBe('restricted');
  expect(await outcomes()).toEqual(['matched', 'acted', 'acted']);
});

test('a person who removes the app ends every connection of theirs; another person’s stays', async () => {
  const mine = [await connectShop('80', 'person-a'), await connectShop('81', 'person-a')];
  const theirs = await connectShop('82', 'person-b');
  await sendRemoved('person-a', 1);
  await consume();
  for (const shop of mine) expect(await erasure(shop)).toMatchObject({ cause: 'tiktok' });
  expect(await state(theirs)).toBe('active');
});

test('reason 3 is a flag for officers as well', async () => {
  const shop = await connectShop('83', 'person-c');
  await sendRemoved('person-c', 3);
  await consume();
  expect(await state(shop)).toBe('restricted');
  expect(await tasksOf('age-changed')).toMatchObject([{ subjectId: shop.id }]);
});

test('reason 5, and any reason within a day of our own revoke call, is its echo', async () => {
  const [own, called, late] = [
    await connectShop('84', 'person-d'),
    await connectShop('85', 'person-e'),
    await connectShop('86', 'person-f'),
  ];
  await sendRemoved('person-d', 5);
  for (const { authorisationId } of [called, late]) {
    await hub.deps.registry.authorisations.noteRevokeCall(authorisationId);
  }
  hub.time.offsetMs = 23 * hourMs;
  await sendRemoved('person-e', 1);
  await consume();
  expect(await outcomes()).toEqual(['matched', 'matched', 'echo', 'echo']);
  hub.time.offsetMs = 25 * hourMs;
  await sendRemoved('person-f', 1);
  await consume();
  expect(await Promise.all([own, called, late].map(state))).toEqual([
    'active',
    'active',
    'restricted',
  ]);
});

test('what matches nothing becomes a task within the hour; a creator’s end is logged', async () => {
  await sendShop(orderEvent('90', '1'));
  await sendShop(orderEvent('90', '2'));
  await sendRemoved('nobody', 1);
  await sendShop({ type: 20, creator_open_id: 'a creator', data: {} });
  await consume();
  expect(await tasksOf('event-unmatched')).toEqual([]);
  hub.time.offsetMs = 31 * minuteMs;
  await consume();
  const tasks = await tasksOf('event-unmatched');
  expect(tasks.map(({ details }) => details.event).sort()).toEqual([
    'authorization.removed',
    'order-status-change',
  ]);
  expect(JSON.stringify(tasks)).not.toContain('nobody');
  expect((await outcomes()).sort()).toEqual(['logged', 'unmatched', 'unmatched', 'unmatched']);
});

test('a creator who is known by the open_id has ended', async () => {
  const shop = await connectShop('91', 'creator-a');
  await sendShop({ type: 20, data: { creator_open_id: 'creator-a' } });
  await consume();
  expect(await state(shop)).toBe('restricted');
});

test('type 7 is a task with TikTok’s date', async () => {
  const shop = await connectShop('92');
  const expires = Math.floor(nowMs() / 1000) + 30 * 86_400;
  const data = { message: 'x', expiration_time: String(expires) };
  await sendShop({ type: 7, shop_id: '92', data });
  await consume();
  expect(await tasksOf('authorisation-expires')).toMatchObject([
    { subjectId: shop.authorisationId, dueAt: new Date(expires * 1000) },
  ]);
});

test('what cannot be done now is tried again, in order, and is not lost', async () => {
  await connectShop('93');
  const works = seams.onOrdersChanged;
  seams.onOrdersChanged = async () => {
    throw new HubError('WORKFLOWS_UNREACHABLE', 'Temporal is away.');
  };
  await sendShop(orderEvent('93', '1'));
  for (let attempt = 0; attempt < 12; attempt += 1) {
    await consume();
    hub.time.offsetMs += 5 * minuteMs;
  }
  expect(await outcomes()).toEqual(['matched', 'WORKFLOWS_UNREACHABLE']);
  seams.onOrdersChanged = works;
  await sendShop(orderEvent('93', '2'));
  await consume();
  expect(changed.flatMap(({ orderIds }) => orderIds)).toEqual(['1', '2']);
});

test('what fails for an unknown reason is set aside with a task, and the next event goes on', async () => {
  const shop = await connectShop('94');
  const works = seams.onOrdersChanged;
  seams.onOrdersChanged = async () => {
    throw new TypeError('a fault of this software');
  };
  await sendShop(orderEvent('94', '1'));
  for (let attempt = 0; attempt < 8; attempt += 1) {
    await consume();
    hub.time.offsetMs += 5 * minuteMs;
  }
  seams.onOrdersChanged = works;
  await sendShop(orderEvent('94', '2'));
  await consume();
  expect(await tasksOf('event-failed')).toHaveLength(1);
  expect(changed).toMatchObject([{ connectionId: shop.id, orderIds: ['2'] }]);
});

test('a paused or restricted connection fetches nothing', async () => {
  const [paused, restricted] = [await connectShop('95'), await connectShop('96')];
  await hub.deps.registry.connections.setState(paused.id, 'paused');
  const eraseDueAt = new Date(nowMs() + hourMs);
  await hub.deps.registry.fence.revoke(restricted.id, { cause: 'disconnected', eraseDueAt });
  await sendShop(orderEvent('95', '1'));
  await sendShop(orderEvent('96', '1'));
  await consume();
  expect(changed).toEqual([]);
  expect((await outcomes()).sort()).toEqual(['matched', 'matched', 'paused', 'restricted']);
});
