/** Orders: search by page, read by ids, prices in detail. */
import { ShopRefusal } from '../answers.ts';
import { type ShopCall, type ShopEndpoint, secondsOf, shopOf } from '../endpoint.ts';
import type { ShopParameters } from '../parameters.ts';
import { pageOfSorted, Remembered } from '../sorted-pages.ts';
import type { OrderBook } from './order-book.ts';
import { orderRecord, priceDetail } from './order-record.ts';
import type { OrderState, OrderStatus } from './order-state.ts';
import { buyerOfOrder } from './recipient.ts';

const scopes = ['seller.order.info'];
const idsMax = 50;
const pageRules = { max: 100, fallback: 20 };
const statuses: readonly OrderStatus[] = [
  'UNPAID',
  'ON_HOLD',
  'AWAITING_SHIPMENT',
  'PARTIALLY_SHIPPING',
  'AWAITING_COLLECTION',
  'IN_TRANSIT',
  'DELIVERED',
  'COMPLETED',
  'CANCELLED',
];

/** Found orders of the latest searches, for the pages that follow. */
const remembered = new WeakMap<OrderBook, Remembered<readonly OrderState[]>>();

const search: ShopEndpoint = {
  method: 'POST',
  path: '/order/202309/orders/search',
  scopes,
  cipher: 'required',
  answer(call, { orders }) {
    const book = orders.of(shopOf(call).id);
    const field = call.query.oneOf('sort_field', ['create_time', 'update_time'], 'create_time');
    const order = call.query.oneOf('sort_order', ['ASC', 'DESC'], 'DESC');
    const byUpdate = field === 'update_time';
    const found = find(book, byUpdate, call);
    const page = pageOfSorted(found, call.query, {
      rules: pageRules,
      placeOf: ({ plan, updatedAt }) => ({
        order: byUpdate ? updatedAt : plan.createdAt,
        id: plan.id,
      }),
      descending: order === 'DESC',
    });
    const now = secondsOf(call.now);
    return {
      total_count: found.length,
      next_page_token: page.nextPageToken,
      orders: page.rows.map((row) => orderRecord(row, now)),
    };
  },
};

function find(book: OrderBook, byUpdate: boolean, call: ShopCall): readonly OrderState[] {
  const matches = readFilter(call.body, secondsOf(call.now));
  const searches = remembered.get(book) ?? new Remembered(16);
  remembered.set(book, searches);
  // An end that is left out is the present second.
  const open = !call.body.has('update_time_lt') || !call.body.has('create_time_lt');
  const question = JSON.stringify([byUpdate, call.body.values, open && secondsOf(call.now)]);
  return searches.get(question, book.version, () =>
    (byUpdate ? book.byUpdate : book.orders).filter(matches),
  );
}

function readFilter(body: ShopParameters, now: number): (order: OrderState) => boolean {
  const status = body.has('order_status') ? body.oneOf('order_status', statuses) : null;
  const inCreation = readRange(body, 'create_time', now);
  const inUpdate = readRange(body, 'update_time', now);
  const shippingType = body.text('shipping_type');
  const buyer = body.text('buyer_user_id');
  const asks = body.has('is_buyer_request_cancel') ? body.boolean('is_buyer_request_cancel') : null;
  const warehouses = body.list('warehouse_ids');
  if ((warehouses?.length ?? 0) > 100) throw body.invalid('warehouse_ids', 'more than 100');
  return (order) =>
    (status === null || order.status === status) &&
    inCreation(order.plan.createdAt) &&
    inUpdate(order.updatedAt) &&
    (shippingType === null || order.plan.delivery.shippingType === shippingType) &&
    (buyer === null || buyerOfOrder(order).userId === buyer) &&
    (asks === null || asksToCancel(order) === asks) &&
    (warehouses === null || warehouses.includes(order.plan.warehouseId));
}

const asksToCancel = ({ cancellations }: OrderState): boolean =>
  cancellations.some(({ status }) => status === 'CANCELLATION_REQUEST_PENDING');

/** Half open; with one side only, the other is the present second or the shop's start. */
export function readRange(
  body: ShopParameters,
  name: 'create_time' | 'update_time',
  now: number,
): (seconds: number) => boolean {
  const from = body.seconds(`${name}_ge`);
  const until = body.seconds(`${name}_lt`);
  if (from === null && until === null) return () => true;
  return (seconds) => seconds >= (from ?? 0) && seconds < (until ?? now);
}

/** Both versions answer alike here. */
const readByIds = (version: string): ShopEndpoint => ({
  method: 'GET',
  path: `/order/${version}/orders`,
  scopes,
  cipher: 'required',
  answer(call, { orders }) {
    const ids = call.query.list('ids') ?? [];
    if (ids.length === 0) throw call.query.invalid('ids', 'it is required');
    if (ids.length > idsMax) throw call.query.invalid('ids', `more than ${idsMax}`);
    const book = orders.of(shopOf(call).id);
    const found = [...new Set(ids)].flatMap((id) => book.find(id) ?? []);
    if (found.length === 0) throw foreign();
    const now = secondsOf(call.now);
    return { orders: found.map((order) => orderRecord(order, now, true)) };
  },
});

const readPrices: ShopEndpoint = {
  method: 'GET',
  path: '/order/202407/orders/{order_id}/price_detail',
  scopes,
  cipher: 'required',
  answer: (call, { orders }) =>
    priceDetail(orderOf(orders.of(shopOf(call).id), call.parts.order_id)),
};

const foreign = () => new ShopRefusal(10_006_402, 'The order does not exist in this shop.');

export function orderOf(book: OrderBook, id: string | undefined): OrderState {
  const order = book.find(id ?? '');
  if (!order) throw foreign();
  return order;
}

export const orderEndpoints: readonly ShopEndpoint[] = [
  search,
  readByIds('202507'),
  readByIds('202309'),
  readPrices,
];
