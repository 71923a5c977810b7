import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { control } from '../../sandbox-client.ts';
import { type ShopSandbox, startShopSandbox } from '../shop-client.ts';
import type { BuyerTruth, ShopTruth } from './order-truth.ts';

// biome-ignore lint/suspicious/noExplicitAny: records of every shape.
type Row = any;

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Reads a whole search, page by page. */
async function readAll(
  { call }: ShopSandbox,
  body: Readonly<Record<string, unknown>> = {},
  query: Readonly<Record<string, string | number>> = {},
  over: Readonly<Record<string, unknown>> = {},
): Promise<Row[]> {
  const rows: Row[] = [];
  let token: string | null = null;
  do {
    const answer = await call('/order/202309/orders/search', {
      method: 'POST',
      query: { page_size: 100, ...query, ...(token ? { page_token: token } : {}) },
      body,
      ...over,
    });
    expect(answer.message).toBe('Success');
    rows.push(...answer.data.orders);
    token = answer.data.next_page_token;
  } while (token);
  return rows;
}

const truthOf = ({ sandbox }: ShopSandbox, query = '') =>
  control<ShopTruth>(sandbox, `shop/truth/orders${query}`);

/** What the truth says of an order, read from a record. */
const comparable = (row: Row) => ({
  id: row.id,
  status: row.status,
  createTime: row.create_time,
  updateTime: row.update_time,
  userId: row.user_id,
  currency: row.payment.currency,
  totalAmount: row.payment.total_amount,
  lineItems: row.line_items.map((item: Row) => ({
    id: item.id,
    skuId: item.sku_id,
    status: item.display_status,
    salePrice: item.sale_price,
  })),
});

const withoutParts = ({ orders }: ShopTruth) =>
  orders.map(({ packages: _p, cancellations: _c, returns: _r, ...order }) => order);

let shop: ShopSandbox;
beforeAll(async () => {
  shop = await startShopSandbox({ orders: { orders: 400, days: 60 }, rateLimited: false });
});
afterAll(() => shop.close());

describe('a search', () => {
  it('finds every order once and as the truth has it, by creation and by update', async () => {
    const ascending = await readAll(shop, {}, { sort_order: 'ASC', page_size: 70 });
    const truth = withoutParts(await truthOf(shop));
    expect(truth.length).toBeGreaterThan(395);
    expect(ascending.map(comparable)).toEqual(truth);
    const byUpdate = await readAll(shop, {}, { sort_field: 'update_time', page_size: 30 });
    const times = byUpdate.map(({ update_time }) => update_time);
    expect(times).toEqual([...times].sort((one, other) => other - one));
    expect(new Set(byUpdate.map(({ id }) => id)).size).toBe(truth.length);
  });

  it('has every status and a value of an enum that nobody knows', async () => {
    const rows = await readAll(shop);
    const statuses = new Set(rows.map(({ status }) => status));
    expect([...statuses]).toEqual(
      expect.arrayContaining([
        'AWAITING_SHIPMENT',
        'IN_TRANSIT',
        'DELIVERED',
        'COMPLETED',
        'CANCELLED',
      ]),
    );
    expect(rows.map(({ order_type }) => order_type)).toContain('LIVE_GROUP_BUY');
    expect(new Set(rows.map(({ user_id }) => user_id)).size).toBeLessThan(rows.length / 2);
    for (const { id, line_items } of rows) {
      expect(id).toMatch(/^\d{18}$/);
      for (const item of line_items) expect(item.id).toMatch(/^\d{18}$/);
    }
  });

  it('keeps its half-open ranges and its filters', async () => {
    const rows = await readAll(shop, {}, { sort_order: 'ASC' });
    const [from, until] = [rows[100].create_time, rows[200].create_time];
    const within = await readAll(
      shop,
      { create_time_ge: from, create_time_lt: until },
      { sort_order: 'ASC' },
    );
    expect(within.map(({ id }) => id)).toEqual(rows.slice(100, 200).map(({ id }) => id));
    const cancelled = await readAll(shop, { order_status: 'CANCELLED' });
    expect(cancelled.length).toBe(rows.filter(({ status }) => status === 'CANCELLED').length);
    const buyer = rows[0].user_id;
    const own = await readAll(shop, { buyer_user_id: buyer });
    expect(own.length).toBe(rows.filter(({ user_id }) => user_id === buyer).length);
  });

  it('refuses a page of 101 and a token of its own making', async () => {
    const path = '/order/202309/orders/search';
    const large = await shop.call(path, { method: 'POST', query: { page_size: 101 }, body: {} });
    expect(large.code).toBe(36_009_004);
    const query = { page_size: 10, page_token: 'b2Zmc2V0PTEwMAo=' };
    expect((await shop.call(path, { method: 'POST', query, body: {} })).code).toBe(36_009_004);
  });
});

describe('a read by ids', () => {
  it('takes 50 ids in both versions, leaves out foreign ones, and refuses 51', async () => {
    const rows = await readAll(shop);
    const ids = rows.slice(0, 51).map(({ id }) => id);
    for (const version of ['202309', '202507']) {
      const path = `/order/${version}/orders`;
      const answer = await shop.call(path, { query: { ids: ids.slice(0, 50).join(',') } });
      expect(answer.data.orders.map(comparable)).toEqual(rows.slice(0, 50).map(comparable));
      expect((await shop.call(path, { query: { ids: ids.join(',') } })).code).toBe(36_009_004);
      const mixed = await shop.call(path, { query: { ids: `${ids[0]},576900099999990000` } });
      expect(mixed.data.orders).toHaveLength(1);
      const none = await shop.call(path, { query: { ids: '576900099999990000' } });
      expect(none.code).toBe(10_006_402);
    }
  });

  it('adds up: items to subtotal, with shipping and tax to the total, in price details too', async () => {
    const rows = await readAll(shop);
    const cents = (text: string) => Math.round(Number(text) * 100);
    for (const { payment, line_items } of rows) {
      const sale = line_items.reduce((sum: number, item: Row) => sum + cents(item.sale_price), 0);
      expect(sale).toBe(cents(payment.sub_total));
      const total = sale + cents(payment.shipping_fee) + cents(payment.tax);
      expect(total).toBe(cents(payment.total_amount));
    }
    const discounted = rows.find(({ payment }) => payment.seller_discount !== '0');
    const path = `/order/202407/orders/${discounted.id}/price_detail`;
    const { data } = await shop.call(path);
    expect(data.payment).toBe(discounted.payment.total_amount);
    expect(data.line_items).toHaveLength(discounted.line_items.length);
  });
});

describe('as the clock moves', () => {
  it('orders go on, new ones come, and the past can still be asked for', async () => {
    const own = await startShopSandbox({ orders: { orders: 200, days: 20 }, rateLimited: false });
    const before = await truthOf(own);
    own.face.advance(6 * dayMs);
    const after = await readAll(own, {}, { sort_order: 'ASC' });
    expect(after.length).toBeGreaterThan(before.orders.length + 50);
    const now = await truthOf(own);
    expect(after.map(comparable)).toEqual(withoutParts(now));
    const moved = now.orders.filter(
      (order, place) => order.updateTime !== before.orders[place]?.updateTime,
    );
    expect(moved.length).toBeGreaterThan(80);
    expect((await truthOf(own, `?at=${before.at}`)).orders).toEqual(before.orders);
    await own.close();
  });

  it('one order made now takes its whole life, with a later update each time', async () => {
    const made = await control<{ id: string }>(shop.sandbox, 'shop/orders/create', {
      fate: 'fulfilled',
      afterSale: 'none',
    });
    const seen: string[] = [];
    let last = 0;
    for (let step = 0; step < 8; step += 1) {
      const [row] = (await shop.call('/order/202507/orders', { query: { ids: made.id } })).data
        .orders;
      if (row.status !== seen.at(-1)) {
        expect(row.update_time).toBeGreaterThan(last);
        seen.push(row.status);
      }
      last = row.update_time;
      await control(shop.sandbox, 'shop/orders/act', { orderId: made.id });
    }
    const whole =
      'UNPAID ON_HOLD AWAITING_SHIPMENT AWAITING_COLLECTION IN_TRANSIT DELIVERED COMPLETED';
    expect(seen.join(' ')).toBe(whole);
  });
});

describe('buyers', () => {
  const buyersOf = (query = '') => control<BuyerTruth[]>(shop.sandbox, `shop/truth/buyers${query}`);
  const us = () => shop.shops.find(({ region }) => region === 'US')!;
  const gb = () => shop.shops[0]!;

  it('are absent, clear or masked in Britain by status and by who ships', async () => {
    const open = await control<{ id: string }>(shop.sandbox, 'shop/orders/create', {});
    const rows = await readAll(shop);
    const early = rows.filter(({ status }) => ['UNPAID', 'ON_HOLD'].includes(status));
    expect(early.map(({ id }) => id)).toContain(open.id);
    for (const row of early) expect(row.recipient_address).toBeUndefined();
    const later = rows.filter(({ status }) => status === 'DELIVERED');
    const own = later.find(({ shipping_type }) => shipping_type === 'SELLER');
    const platform = later.find(({ shipping_type }) => shipping_type === 'TIKTOK');
    expect(own.recipient_address.phone_number).toMatch(/^\(\+44\)\d{10}$/);
    expect(platform.recipient_address.phone_number).toContain('***');
    expect(platform.buyer_email).toMatch(/@chat\.seller\.tiktok\.com$/);
  });

  it('are masked again in the United States 30 days after completion, without an update', async () => {
    const seller = shop.face.world.sellers[1]!;
    const { tokens } = shop.face.authorisations.issueGrant(seller, ['seller.order.info']);
    const over = { shop: us(), headers: { 'x-tts-access-token': tokens[0]!.accessToken } };
    const rows = await readAll(shop, {}, {}, over);
    const now = shop.sandbox.clock.now().getTime() / 1000;
    const clear = ({ recipient_address }: Row) => !recipient_address.name.includes('***');
    const bySeller = rows.filter((row) => row.fulfillment_type === 'FULFILLMENT_BY_SELLER');
    const completed = bySeller.filter(({ status }) => status === 'COMPLETED');
    const old = completed.filter(({ update_time }) => update_time < now - 31 * 86_400);
    expect(completed.some(clear)).toBe(true);
    expect(old.some((row) => !clear(row))).toBe(true);
    const [{ strings }] = (await buyersOf(`?shop=${us().id}`)).filter(({ orders }) =>
      orders.some(({ id }) => id === completed.find(clear).id),
    ) as [BuyerTruth];
    expect(strings).toContain(completed.find(clear).recipient_address.phone_number);
  });

  it('leave canaries in clear records and in no masked one', async () => {
    const canaries = (await buyersOf(`?shop=${gb().id}`)).filter(({ canary }) => canary !== null);
    expect(canaries.length).toBeGreaterThan(3);
    const rows = await readAll(shop);
    const found = rows.filter((row) =>
      canaries.some(({ canary }) => JSON.stringify(row).includes(canary!)),
    );
    expect(found.length).toBeGreaterThan(5);
    for (const { canary } of canaries) expect(canary).toMatch(/^canary[a-z]+$/);
    const masked = rows.filter((row) => row.recipient_address?.name.includes('***'));
    expect(masked.length).toBeGreaterThan(20);
    for (const { recipient_address } of masked) {
      const text = JSON.stringify(recipient_address).toLowerCase();
      for (const { canary } of canaries) expect(text).not.toContain(canary);
    }
  });
});
