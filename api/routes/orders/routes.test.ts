import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ApiHub, createApiHub } from '../../../test/api-hub.ts';

const ids = ['576912345678901234', '576912345678901299'] as const;
const window = { from: '2026-11-01', to: '2026-11-07' };
const seconds = Date.parse('2026-11-02T10:00:00Z') / 1000;

let hub: ApiHub;
let shop: string;
beforeAll(async () => {
  hub = await createApiHub();
  shop = await connectShop('7494049642642441621');
  const units = [{ id: '576912345678966770', sku_id: '1729592969712207013', sale_price: '17.49' }];
  const order = (id: string, status: string, total: string, line_items: object[]) => ({
    ...{ id, status, line_items, create_time: seconds, update_time: seconds },
    user_id: '7494049642642449999',
    payment: { currency: 'GBP', total_amount: total },
    recipient_address: { name: 'Canary Recipient' },
  });
  await load('shop_orders', 'orders', [
    order(ids[0], 'IN_TRANSIT', '20.10', units),
    order(ids[1], 'AWAITING_SHIPMENT', '100', []),
  ]);
  await load('shop_products', 'products', [
    {
      id: '1729592969712207008',
      title: 'Oak lamp',
      status: 'ACTIVATE',
      create_time: seconds,
      update_time: seconds,
      skus: [{ id: '1729592969712207013' }],
    },
  ]);
});
afterAll(() => hub.close());

async function connectShop(accountId: string): Promise<string> {
  const { id: authorisationId } = await hub.authorise([{ accountId, name: 'Shop' }]);
  const id = randomUUID();
  await hub.deps.keyring.ensure('connection', id);
  await hub.deps.registry.connections.open({
    ...{ id, authorisationId, accountId, workspaceId: hub.workspace.id },
    platform: 'tiktok-shop',
    sealedName: Buffer.alloc(0),
  });
  await hub.deps.warehouse.create(id, 'tiktok-shop');
  return id;
}

async function load(stream: string, rows: string, records: object[]): Promise<void> {
  const { warehouse } = hub.deps;
  const pull = { connectionId: shop, stream, pullId: randomUUID() };
  const body = Buffer.from(JSON.stringify({ code: 0, data: { [rows]: records } }));
  await warehouse.land({ ...pull, part: 1, format: 'json', body });
  await warehouse.load({
    ...{ ...pull, window, parts: 1, timeZone: 'UTC', moving: false, listsDeleted: true },
    pulledAt: new Date('2026-11-07T00:00:00Z'),
    totalNumber: records.length,
    totalMetrics: null,
    signal: new AbortController().signal,
  });
}

const list = (resource: string, query: Record<string, unknown>) => {
  const text = Object.entries(query).map(([name, value]): [string, string] => [
    name,
    JSON.stringify(value),
  ]);
  return hub.call('GET', `/api/v1/${resource}?${new URLSearchParams(text)}`);
};
const filter = (more: object = {}) => ({ workspaceId: hub.workspace.id, ...more });
const get = (path: string) => hub.call('GET', `/api/v1/${path}`);

test('orders are a list: filtered, sorted by value, cut; ids and money exact', async () => {
  const all = await list('orders', {
    filter: filter(),
    sort: ['total_amount', 'DESC'],
    range: [0, 9],
  });
  expect(all.statusCode).toBe(200);
  expect(all.headers['content-range']).toBe('orders 0-1/2');
  expect(all.json().map((row: { total_amount: string }) => row.total_amount)).toEqual([
    '100.0000',
    '20.1000',
  ]);
  expect(all.json()[1]).toMatchObject({
    id: `${shop}.${ids[0]}`,
    connectionId: shop,
    order_id: ids[0],
    create_time: '2026-11-02T10:00:00Z',
  });
  const one = await list('orders', { filter: filter({ status: 'IN_TRANSIT' }), range: [0, 0] });
  expect([one.headers['content-range'], one.json().length]).toEqual(['orders 0-0/1', 1]);
  const many = await list('orders', { filter: filter({ id: [`${shop}.${ids[1]}`] }) });
  expect(many.json()).toMatchObject([{ order_id: ids[1] }]);
  expect((await list('orders', { filter: filter({ q: '9999' }) })).json()).toEqual([]);
});

test.each([
  [{}, 400],
  [{ filter: {} }, 400],
  [{ filter: { workspaceId: randomUUID() } }, 404],
  [{ filter: { workspaceId: 'x' } }, 400],
])('%j is answered with %i', async (query, status) => {
  expect((await list('orders', query)).statusCode).toBe(status);
});

test('sorting by what is not shown is refused', async () => {
  expect((await list('orders', { filter: filter(), sort: ['buyer', 'ASC'] })).statusCode).toBe(400);
});

test('one order has its units and nothing about its buyer', async () => {
  const answer = await get(`orders/${shop}.${ids[0]}`);
  expect(answer.json()).toMatchObject({
    order_id: ids[0],
    lineItems: [{ line_item_id: '576912345678966770', sale_price: '17.4900' }],
  });
  const list_ = await list('orders', { filter: filter() });
  for (const text of [answer.body, list_.body])
    expect(text).not.toMatch(/Canary|7494049642642449999/);
  for (const path of [`${shop}.1`, `${randomUUID()}.${ids[0]}`]) {
    expect((await get(`orders/${path}`)).statusCode).toBe(404);
  }
  expect((await get('orders/x')).statusCode).toBe(400);
});

test('a buyer is shown for a reason, and the look is written down', async () => {
  const path = `orders/${shop}.${ids[0]}/buyer`;
  expect((await get(path)).statusCode).toBe(400);
  expect((await get(`${path}?reason=curiosity`)).statusCode).toBe(400);
  expect((await get(`connections/${shop}/buyer-looks`)).json()).toEqual([]);
  const buyer = await get(`${path}?reason=delivery`);
  expect(buyer.json()).toMatchObject({ name: 'Canary Recipient', user_id: '7494049642642449999' });
  const looks = await get(`connections/${shop}/buyer-looks`);
  expect(looks.json()).toMatchObject([{ orderId: ids[0], reason: 'delivery' }]);
  expect(hub.logs.join('')).not.toMatch(/Canary/);
  await hub.deps.registry.buyerLooks.purge(new Date(Date.now() + 1000));
  expect((await get(`connections/${shop}/buyer-looks`)).json()).toEqual([]);
});

test('products are a list by title, and one has its units of sale', async () => {
  const found = await list('products', { filter: filter({ q: 'LAMP', deleted: false }) });
  expect(found.headers['content-range']).toBe('products 0-0/1');
  const [{ id }] = found.json();
  expect((await get(`products/${id}`)).json()).toMatchObject({
    title: 'Oak lamp',
    skus: [{ sku_id: '1729592969712207013' }],
  });
});

test('a restricted shop is in no list, and none of its orders opens', async () => {
  await hub.deps.registry.fence.revoke(shop, { cause: 'disconnect', eraseDueAt: new Date() });
  expect((await list('orders', { filter: filter() })).headers['content-range']).toBe('orders */0');
  expect((await get(`orders/${shop}.${ids[0]}`)).statusCode).toBe(404);
  expect((await get(`orders/${shop}.${ids[0]}/buyer?reason=legal`)).statusCode).toBe(404);
});
