import { afterAll, beforeAll, expect, it } from 'vitest';
import { control } from '../../sandbox-client.ts';
import { type ShopSandbox, startShopSandbox } from '../shop-client.ts';

// biome-ignore lint/suspicious/noExplicitAny: records of every shape.
type Row = any;

const base = '/fulfillment/202309';
let shop: ShopSandbox;
beforeAll(async () => {
  shop = await startShopSandbox({ orders: { orders: 120, days: 30 }, rateLimited: false });
});
afterAll(() => shop.close());

const post = (path: string, body: unknown, query = {}) =>
  shop.call(path, { method: 'POST', body, query });
const read = async (id: string): Promise<Row> =>
  (await shop.call('/order/202507/orders', { query: { ids: id } })).data.orders[0];

/** A new order that waits for shipment, with packages for which own carriers or TikTok's are chosen. */
async function awaiting(over: { parcels?: 1 | 2; shippingType?: string; items?: number } = {}) {
  for (;;) {
    const made = await control<Row>(shop.sandbox, 'shop/orders/create', {
      fate: 'fulfilled',
      afterSale: 'none',
      parcels: over.parcels ?? 1,
    });
    for (let step = 0; step < 2; step += 1) {
      await control(shop.sandbox, 'shop/orders/act', { orderId: made.id });
    }
    const order = await read(made.id);
    const fits =
      order.shipping_type === (over.shippingType ?? 'SELLER') &&
      order.fulfillment_type === 'FULFILLMENT_BY_SELLER' &&
      order.line_items.length >= (over.items ?? 1) &&
      order.packages.length === (over.parcels ?? 1);
    if (fits) return order;
  }
}

const carrier = () => {
  const option = shop.shops[0]!.deliveryOptions.find(
    ({ shippingType }) => shippingType === 'SELLER',
  );
  return { tracking_number: 'OWN-1', shipping_provider_id: option!.providers[1]!.id };
};

it('finds each package once, filters by status, and shows it in detail', async () => {
  const rows: Row[] = [];
  let token = '';
  do {
    const query = { page_size: 50, ...(token ? { page_token: token } : {}) };
    const { data } = await post(`${base}/packages/search`, {}, query);
    rows.push(...data.packages);
    token = data.next_page_token;
  } while (token);
  const truth = await control<Row>(shop.sandbox, 'shop/truth/orders');
  const known = truth.orders.flatMap(({ packages }: Row) => packages);
  const plain = (list: Row[]) => list.map(({ id, status }) => `${id} ${status}`).sort();
  expect(plain(rows)).toEqual(plain(known));
  const { data } = await post(
    `${base}/packages/search`,
    { package_status: 'FULFILLING' },
    { page_size: 50, sort_field: 'order_pay_time' },
  );
  expect(data.packages.length).toBe(rows.filter(({ status }) => status === 'FULFILLING').length);
  const detail = await shop.call(`${base}/packages/${rows[0].id}`);
  expect(detail.data).toMatchObject({ package_id: rows[0].id, package_status: rows[0].status });
  const other = await shop.call(`${base}/packages/${rows[0].id}`, { shop: shop.shops[1]! });
  expect(other.code).toBe(21_008_111);
  expect((await post(`${base}/packages/search`, {}, { page_size: 51 })).code).toBe(36_009_004);
});

it('ships with an own carrier, once', async () => {
  const order = await awaiting();
  const path = `${base}/packages/${order.packages[0].id}/ship`;
  expect((await post(path, {})).code).toBe(36_009_004);
  expect((await post(path, { self_shipment: carrier() })).code).toBe(0);
  const shipped = await read(order.id);
  expect(shipped).toMatchObject({ status: 'AWAITING_COLLECTION', tracking_number: 'OWN-1' });
  expect(shipped.update_time).toBeGreaterThan(order.update_time);
  expect((await post(path, { self_shipment: carrier() })).code).toBe(21_008_099);
  const update = { ...carrier(), tracking_number: 'OWN-2' };
  await post(`${base}/orders/${order.id}/shipping_info/update`, update);
  expect((await read(order.id)).tracking_number).toBe('OWN-2');
});

it('gives a label for 24 hours once the shipment is arranged', async () => {
  const order = await awaiting({ shippingType: 'TIKTOK' });
  const id = order.packages[0].id;
  const documents = () =>
    shop.call(`${base}/packages/${id}/shipping_documents`, {
      query: { document_type: 'SHIPPING_LABEL' },
    });
  expect((await documents()).code).toBe(21_023_035);
  const slots = (await shop.call(`${base}/packages/${id}/handover_time_slots`)).data.pickup_slots;
  const pickup_slot = { start_time: slots[0].start_time, end_time: slots[0].end_time };
  await post(`${base}/packages/${id}/ship`, { handover_method: 'PICKUP', pickup_slot });
  const { doc_url } = (await documents()).data;
  expect((await fetch(doc_url)).status).toBe(200);
  expect((await fetch(doc_url.replace('-SHIPPING', '-PACKING'))).status).toBe(403);
  shop.face.advance(24 * 3_600_000);
  expect((await fetch(doc_url)).status).toBe(403);
});

it('ships a part of an order before the rest', async () => {
  const order = await awaiting({ parcels: 2, items: 2 });
  await post(`${base}/packages/${order.packages[0].id}/ship`, { self_shipment: carrier() });
  const parted = await read(order.id);
  expect(parted.status).toBe('PARTIALLY_SHIPPING');
  const statuses = new Set(parted.line_items.map((item: Row) => item.display_status));
  expect(statuses).toEqual(new Set(['AWAITING_COLLECTION', 'AWAITING_SHIPMENT']));
  const truth = await control<Row>(shop.sandbox, 'shop/truth/orders');
  const known = truth.orders.find(({ id }: Row) => id === order.id);
  expect(known.lineItems.map(({ status }: Row) => status)).toEqual(
    parted.line_items.map((item: Row) => item.display_status),
  );
});

it('splits off what is marked as shipped, and splits by groups', async () => {
  const order = await awaiting({ items: 2 });
  const [first, ...rest] = order.line_items.map(({ id }: Row) => id);
  const marked = await post(`${base}/orders/${order.id}/packages`, {
    order_line_item_ids: [first],
    ...carrier(),
  });
  expect(marked.data.order_line_item_ids).toEqual([first]);
  expect((await read(order.id)).status).toBe('PARTIALLY_SHIPPING');
  const another = await awaiting({ items: 2 });
  const ids = another.line_items.map(({ id }: Row) => id);
  const wrong = { splittable_groups: [{ id: '1', order_line_item_ids: [ids[0]] }] };
  expect((await post(`${base}/orders/${another.id}/split`, wrong)).code).not.toBe(0);
  const groups = [
    { id: '1', order_line_item_ids: [ids[0]] },
    { id: '2', order_line_item_ids: ids.slice(1) },
  ];
  const { data } = await post(`${base}/orders/${another.id}/split`, { splittable_groups: groups });
  expect(data.packages.map((row: Row) => row.splittable_group_id)).toEqual(['1', '2']);
  expect((await read(another.id)).packages).toHaveLength(2);
  expect(rest.length).toBeGreaterThan(0);
});

it('ships many at once, and says by package what went wrong', async () => {
  const order = await awaiting();
  const answer = await post(`${base}/packages/ship`, {
    packages: [
      { id: order.packages[0].id, self_shipment: carrier() },
      { id: '1153199999999999999', self_shipment: carrier() },
    ],
  });
  expect(answer.code).toBe(0);
  expect(answer.data.errors).toHaveLength(1);
  expect(answer.data.errors[0].detail.package_id).toBe('1153199999999999999');
  expect((await read(order.id)).status).toBe('AWAITING_COLLECTION');
  const tracking = await shop.call(`${base}/orders/${order.id}/tracking`);
  expect(tracking.data.tracking[0].update_time_millis % 1000).toBe(0);
});
