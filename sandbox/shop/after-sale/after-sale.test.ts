import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { control } from '../../sandbox-client.ts';
import { type ShopSandbox, startShopSandbox } from '../shop-client.ts';

// biome-ignore lint/suspicious/noExplicitAny: records of every shape.
type Row = any;

const base = '/return_refund/202309';
const daySeconds = 86_400;
let shop: ShopSandbox;
beforeAll(async () => {
  shop = await startShopSandbox({ orders: { orders: 400, days: 60 }, rateLimited: false });
});
afterAll(() => shop.close());

const post = (path: string, body: unknown, query = {}) =>
  shop.call(path, { method: 'POST', body, query });
const read = async (id: string): Promise<Row> =>
  (await shop.call('/order/202507/orders', { query: { ids: id } })).data.orders[0];
const act = (orderId: string, action?: object) =>
  control<Row>(shop.sandbox, 'shop/orders/act', { orderId, ...(action ? { action } : {}) });

/** An order as far as so many steps bring it: 2 for AWAITING_SHIPMENT, 5 for DELIVERED. */
async function orderAfter(steps: number, items = 1): Promise<Row> {
  for (;;) {
    const choices = { fate: 'fulfilled', afterSale: 'none', parcels: 1 };
    const made = await control<Row>(shop.sandbox, 'shop/orders/create', choices);
    if (made.lineItemIds.length < items) continue;
    for (let step = 0; step < steps; step += 1) await act(made.id);
    return read(made.id);
  }
}

async function search(what: 'cancellations' | 'returns', body: object = {}): Promise<Row[]> {
  const rows: Row[] = [];
  let token = '';
  do {
    const query = { page_size: 50, ...(token ? { page_token: token } : {}) };
    const { data, message } = await post(`${base}/${what}/search`, body, query);
    expect(message).toBe('Success');
    rows.push(...(data.cancellations ?? data.return_orders));
    token = data.next_page_token;
  } while (token);
  return rows;
}

describe('cancellations', () => {
  it('are found as the truth has them', async () => {
    const rows = await search('cancellations');
    const truth = await control<Row>(shop.sandbox, 'shop/truth/orders');
    const known = truth.orders.flatMap(({ cancellations }: Row) => cancellations);
    expect(
      rows.map(({ cancel_id, cancel_status }) => `${cancel_id} ${cancel_status}`).sort(),
    ).toEqual(known.map(({ id, status }: Row) => `${id} ${status}`).sort());
    expect(known.length).toBeGreaterThan(20);
  });

  it('of a part leave the rest of the order alive', async () => {
    const order = await orderAfter(2, 2);
    const [first] = order.line_items;
    const body = { order_id: order.id, cancel_reason: 'seller_cancel_reason_out_of_stock' };
    const bad = await post(`${base}/cancellations`, { ...body, cancel_reason: 'none' });
    expect(bad.code).toBe(25_001_014);
    const made = await post(`${base}/cancellations`, { ...body, order_line_item_ids: [first.id] });
    expect(made.data.cancel_status).toBe('CANCELLATION_REQUEST_SUCCESS');
    const after = await read(order.id);
    expect(after.status).toBe('AWAITING_SHIPMENT');
    expect(after.line_items[0]).toMatchObject({
      display_status: 'CANCELLED',
      cancel_user: 'SELLER',
    });
    const [row] = await search('cancellations', { cancel_ids: [made.data.cancel_id] });
    expect(row.refund_amount.refund_total).toBe(first.sale_price);
    await post(`${base}/cancellations`, body);
    expect(await read(order.id)).toMatchObject({ status: 'CANCELLED' });
    expect((await post(`${base}/cancellations`, body)).code).toBe(25_001_051);
  });

  it('asked for by a buyer wait 48 hours for an answer, then are granted', async () => {
    const [granted, refused] = [await orderAfter(2), await orderAfter(2)];
    const [kept] = (await act(refused.id, { name: 'request-cancel' })).made;
    const deadlineOf = async (id: string) =>
      (await search('cancellations', { order_ids: [id] }))[0].seller_next_action_response[0]
        .deadline;
    const now = Math.floor(shop.sandbox.clock.now().getTime() / 1000);
    expect(Math.abs((await deadlineOf(refused.id)) - now - 2 * daySeconds)).toBeLessThan(60);
    expect((await read(refused.id)).is_buyer_request_cancel).toBe(true);
    const path = `${base}/cancellations/${kept}/reject`;
    const reason = { reject_reason: 'seller_reject_apply_product_has_been_packed' };
    const query = { idempotency_key: 'once' };
    expect((await post(path, reason, query)).code).toBe(0);
    expect((await post(path, reason, query)).code).toBe(0);
    expect((await post(path, reason)).code).toBe(25_011_013);
    const spelt = await search('cancellations', {
      order_ids: [refused.id],
      cancel_status: ['CANCELLATION_REQUEST_CANCEL'],
    });
    expect(spelt[0].cancel_status).toBe('CANCELLATION_REQUEST_CANCELLED');
    await act(granted.id, { name: 'request-cancel' });
    shop.face.advance(2 * daySeconds * 1000);
    expect((await read(granted.id)).status).toBe('CANCELLED');
    expect((await read(refused.id)).status).not.toBe('CANCELLED');
  });
});

describe('returns', () => {
  it('are found as the truth has them, in pages of 10 to 50', async () => {
    const rows = await search('returns');
    const truth = await control<Row>(shop.sandbox, 'shop/truth/orders');
    const known = truth.orders.flatMap(({ returns }: Row) => returns);
    expect(
      rows.map(({ return_id, return_status }) => `${return_id} ${return_status}`).sort(),
    ).toEqual(known.map(({ id, status }: Row) => `${id} ${status}`).sort());
    expect(known.length).toBeGreaterThan(8);
    expect((await post(`${base}/returns/search`, {}, { page_size: 9 })).code).not.toBe(0);
  });

  it('go from request over the parcel back to the refund', async () => {
    const order = await orderAfter(5);
    expect(order.status).toBe('DELIVERED');
    const reasons = { return_reason: 'ecom_order_delivered_refund_and_return_reason_defective' };
    const body = { order_id: order.id, return_type: 'RETURN_AND_REFUND', ...reasons };
    const { data } = await post(`${base}/returns`, body);
    expect(data.return_status).toBe('RETURN_OR_REFUND_REQUEST_PENDING');
    expect((await post(`${base}/returns`, body)).code).toBe(25_001_001);
    const path = `${base}/returns/${data.return_id}`;
    const wrong = await post(`${path}/approve`, { decision: 'APPROVE_REPLACEMENT' });
    expect(wrong.code).toBe(25_011_013);
    await post(`${path}/approve`, { decision: 'APPROVE_RETURN' });
    const status = async () =>
      (await search('returns', { return_ids: [data.return_id] }))[0].return_status;
    expect(await status()).toBe('AWAITING_BUYER_SHIP');
    for (let steps = 0; (await status()) !== 'BUYER_SHIPPED_ITEM' && steps < 5; steps += 1) {
      await act(order.id);
    }
    const [back] = await search('returns', { return_ids: [data.return_id] });
    expect(back.seller_next_action_response[0].action).toBe('SELLER_RESPOND_RECEIVE_PACKAGE');
    await post(`${path}/approve`, { decision: 'APPROVE_RECEIVED_PACKAGE' });
    expect(await status()).toBe('RETURN_OR_REFUND_REQUEST_SUCCESS');
    const records = (await shop.call(`${path}/records`)).data.records;
    expect(records.map(({ event }: Row) => event)).toEqual([
      'RETURN_OR_REFUND_REQUEST_PENDING',
      'AWAITING_BUYER_SHIP',
      'BUYER_SHIPPED_ITEM',
      'RETURN_OR_REFUND_REQUEST_SUCCESS',
    ]);
    expect((await read(order.id)).update_time).toBeGreaterThan(order.update_time);
  });

  it('can end with a part of the money, or with nothing', async () => {
    const [part, none] = [await orderAfter(5), await orderAfter(5)];
    const body = {
      return_type: 'REFUND',
      return_reason: 'ecom_order_delivered_refund_reason_missing',
    };
    const make = async (order: Row) =>
      (await post(`${base}/returns`, { ...body, order_id: order.id })).data.return_id;
    const offer = {
      decision: 'OFFER_PARTIAL_REFUND',
      partial_refund: { currency: 'GBP', amount: '0.50' },
    };
    const offered = await make(part);
    expect((await post(`${base}/returns/${offered}/approve`, offer)).code).toBe(0);
    const [row] = await search('returns', { return_ids: [offered] });
    expect(row).toMatchObject({ return_status: 'AWAITING_BUYER_RESPONSE' });
    expect(row.refund_amount.refund_total).toBe('0.50');
    const refused = await make(none);
    const reject = { decision: 'REJECT_REFUND', reject_reason: 'reverse_reject_request_reason_1' };
    expect((await post(`${base}/returns/${refused}/reject`, reject)).code).toBe(0);
    const [rejected] = await search('returns', { order_ids: [none.id] });
    expect(rejected.return_status).toBe('REFUND_OR_RETURN_REQUEST_REJECT');
  });

  it('are told of beforehand: who may ask for what, and how much comes back', async () => {
    const order = await orderAfter(5);
    const path = `${base}/orders/${order.id}/aftersale_eligibility`;
    const [sku] = (await shop.call(path)).data.sku_eligibility;
    const byType = Object.fromEntries(
      sku.line_item_eligibility.map(({ request_type, eligible }: Row) => [request_type, eligible]),
    );
    expect(byType).toEqual({ CANCEL: false, REFUND: true, RETURN_AND_REFUND: true });
    const refund = await post(`${base}/refunds/calculate`, {
      order_id: order.id,
      request_type: 'REFUND',
      reason_name: 'ecom_order_delivered_refund_reason_missing',
    });
    expect(refund.data.order_refund_amount.refund_subtotal).toBe(order.payment.sub_total);
    const query = { return_or_cancel_id: '1' };
    expect((await shop.call(`${base}/reject_reasons`, { query })).data.reasons).toHaveLength(2);
  });
});
