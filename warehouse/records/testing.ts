/** A shop of few columns, with every kind of list, and its pages as TikTok sends them. */
import type { Category } from '../../policy/categories.ts';
import type { Field, Stream } from '../../policy/stream.ts';
import { openEngine, rowsOf } from '../engine.ts';
import { FactsFiles } from '../files.ts';
import { PeopleFiles } from '../people/people-files.ts';
import { pullInto, type TestWarehouse } from '../testing.ts';

const field = (
  name: string,
  type: Field['type'],
  source: string = name,
  category: Category = 'order.state',
): Field => ({
  name,
  type,
  meaning: `Test field ${name}.`,
  category,
  subject: category.startsWith('buyer.') ? 'buyer' : 'seller',
  source,
});

type ListOf = Pick<Stream, 'name' | 'key' | 'fields'> &
  Partial<Stream> & { rows: string; filter?: string; per?: string };

const list = ({ rows, filter, per, ...stream }: ListOf): Stream => ({
  platform: 'tiktok-shop',
  meaning: `Test stream ${stream.name}.`,
  load: 'entity',
  time: null,
  scope: 'seller.order.info',
  request: {
    kind: 'shop-list',
    method: 'POST',
    path: '/test',
    rows,
    query: {},
    body: null,
    pageSize: 100,
    window: filter === undefined ? null : { filter, in: 'body', until: 'lt' },
    per:
      per === undefined
        ? null
        : { stream: per, idsPerCall: 1, name: 'id', in: 'path', time: 'statement_time' },
  },
  windowDaysMax: null,
  dropped: [],
  retention: 'with-connection',
  ...stream,
});

const part = (
  whole: Stream,
  rows: string | null,
  more: Pick<Stream, 'name' | 'key' | 'fields'> & Partial<Stream>,
): Stream => ({ ...whole, dropped: [], ...more, request: { kind: 'part', of: whole.name, rows } });

const orders = list({
  name: 'shop_orders',
  rows: 'orders',
  filter: 'update_time',
  windowDaysMax: 7,
  key: ['order_id'],
  fields: [
    field('order_id', 'id', 'id'),
    field('status', 'text'),
    field('create_time', 'instant'),
    field('update_time', 'instant'),
    field('total_amount', 'money', 'payment.total_amount', 'order.money'),
    field('buyer', 'pseudonym', 'user_id', 'buyer.pseudonym'),
  ],
});

const products = list({
  name: 'shop_products',
  rows: 'products',
  key: ['product_id'],
  fields: [
    field('product_id', 'id', 'id'),
    field('title', 'text'),
    field('status', 'text'),
    field('update_time', 'instant'),
  ],
});

export const shopStreams: Stream[] = [
  orders,
  part(orders, 'line_items', {
    name: 'shop_order_line_items',
    key: ['line_item_id'],
    fields: [
      field('line_item_id', 'id', 'id'),
      field('order_id', 'id', '^.id'),
      field('sku_id', 'id'),
      field('sale_price', 'money', 'sale_price', 'order.money'),
    ],
    dropped: [{ source: 'tracking_number', reason: 'Leads to a buyer.' }],
  }),
  part(orders, null, {
    name: 'shop_order_buyers',
    file: 'people',
    retention: 'buyers-while-needed',
    key: ['order_id'],
    fields: [
      field('order_id', 'id', 'id'),
      field('status', 'text'),
      field('create_time', 'instant'),
      field('update_time', 'instant'),
      field('user_id', 'id', 'user_id', 'buyer.identity'),
      field('name', 'text', 'recipient_address.name', 'buyer.identity'),
      field('buyer_email', 'text', 'buyer_email', 'buyer.contact'),
    ],
  }),
  products,
  part(products, 'skus', {
    name: 'shop_skus',
    key: ['sku_id'],
    fields: [field('sku_id', 'id', 'id'), field('product_id', 'id', '^.id')],
  }),
  list({
    name: 'shop_inventory',
    rows: 'inventory.skus.warehouse_inventory',
    key: ['sku_id', 'warehouse_id'],
    fields: [
      field('sku_id', 'id', '^.id'),
      field('product_id', 'id', '^.^.product_id'),
      field('warehouse_id', 'id'),
      field('available_quantity', 'count'),
    ],
  }),
  list({
    name: 'shop_statements',
    rows: 'statements',
    filter: 'statement_time',
    windowDaysMax: 90,
    key: ['statement_id'],
    fields: [
      field('statement_id', 'id', 'id'),
      field('statement_time', 'instant'),
      field('payment_status', 'text'),
    ],
  }),
  list({
    name: 'shop_statement_transactions',
    rows: 'transactions',
    per: 'shop_statements',
    load: 'append',
    windowDaysMax: 30,
    key: ['statement_id', 'transaction_id'],
    fields: [
      field('statement_id', 'id', '^.id'),
      field('transaction_id', 'id', 'id'),
      field('settlement_amount', 'money', 'settlement_amount', 'shop.finance'),
    ],
  }),
];

export type Json = Record<string, unknown>;

/** Epoch seconds of a day of November 2026, or of any instant. */
export const seconds = (at: number | string): number =>
  Date.parse(typeof at === 'string' ? at : `2026-11-${String(at).padStart(2, '0')}T00:00:00Z`) /
  1000;

/** Ids are above 2^53 and stand as texts, as TikTok sends them. */
export const orderId = (number: number): string =>
  `5769123456789${String(number).padStart(5, '0')}`;

export const order = (number: number, changedOn: number, more: Json = {}): Json => ({
  id: orderId(number),
  status: 'AWAITING_SHIPMENT',
  create_time: seconds(1),
  update_time: seconds(changedOn),
  payment: { currency: 'GBP', total_amount: '17.49' },
  user_id: '7494049642642449999',
  buyer_email: `canary${number}@chat.seller.tiktok.com`,
  recipient_address: { name: `Canary ${number}` },
  line_items: [item(number, 1), item(number, 2)],
  ...more,
});

export const item = (number: number, unit: number, more: Json = {}): Json => ({
  id: `6769123456789${String(number * 10 + unit).padStart(5, '0')}`,
  sku_id: '1729592969712207013',
  sale_price: '17.49',
  tracking_number: 'JD0099887766',
  ...more,
});

export const shopPage = (rows: string, records: readonly unknown[], more: Json = {}): Buffer =>
  Buffer.from(JSON.stringify({ code: 0, message: 'Success', data: { ...more, [rows]: records } }));

/** One pull of orders; `at` is its hour. */
export const pullOrders = (
  { warehouse }: Pick<TestWarehouse, 'warehouse'>,
  connectionId: string,
  at: number,
  records: readonly unknown[],
  more: Parameters<typeof pullInto>[1] = {},
): ReturnType<typeof pullInto> =>
  pullInto(warehouse, {
    connectionId,
    stream: 'shop_orders',
    at,
    window: { from: '2026-11-01', to: '2026-11-07' },
    pages: [shopPage('orders', records)],
    totalNumber: records.length,
    ...more,
  });

/** What the files say, read by a second opening of them; `{file}` stands for the attached file. */
export async function select(
  test: TestWarehouse,
  connectionId: string,
  file: 'facts' | 'people',
  sql: string,
): Promise<string[]> {
  await test.warehouse.close();
  const engine = await openEngine(test.options);
  const streams = shopStreams.filter(
    (stream) => (stream.file === 'people') === (file === 'people'),
  );
  const options = { ...test.options, engine, streams, buyersDays: undefined };
  const people = file === 'people' ? await PeopleFiles.open(options) : undefined;
  const files = people?.files ?? new FactsFiles(options);
  try {
    const rows = await engine.using((connection) =>
      files.read(connectionId, connection, (alias) =>
        rowsOf(connection, sql.replaceAll('{file}', `"${alias}".main`)),
      ),
    );
    return rows.map((row) => Object.values(row).map(String).join(' '));
  } finally {
    await files.close();
    engine.close();
    await test.open();
  }
}
