/** Lists of a shop, the parts of their records, and buyers: real files, pages as TikTok sends them. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { wholeWindow } from '../../policy/windows.ts';
import { openTestWarehouse, pullInto, type TestWarehouse } from '../testing.ts';
import { readRecords, recordNumber } from './read-records.ts';
import {
  item,
  order,
  orderId,
  pullOrders,
  seconds,
  select,
  shopPage,
  shopStreams,
} from './testing.ts';

let test: TestWarehouse;
let connectionId: string;
let files = 0;
beforeAll(async () => {
  test = await openTestWarehouse({ streams: shopStreams });
});
beforeEach(async () => {
  connectionId = `s${++files}`;
  await test.warehouse.create(connectionId, 'tiktok-shop');
});
afterAll(() => test.close());

const orders = (at: number, records: unknown[], more: Parameters<typeof pullInto>[1] = {}) =>
  pullOrders(test, connectionId, at, records, more);
const facts = (sql: string) => select(test, connectionId, 'facts', sql);
const people = (sql: string) => select(test, connectionId, 'people', sql);
const currentOrders = () =>
  facts(`select order_id % 100000, status, total_amount from {file}.shop_orders
    where known_to is null order by all`);
const currentItems = () =>
  facts(`select line_item_id % 100000, sale_price from {file}.shop_order_line_items
    where known_to is null order by all`);

describe('orders', () => {
  it('are loaded with their units and their buyer from the same pages, ids exact', async () => {
    const result = await orders(1, [order(1, 2), order(2, 3, { surprise: 1, line_items: [] })]);
    expect(result).toMatchObject({
      rowsRead: 2,
      added: 2,
      quarantined: 0,
      completeness: 'counted',
      unknownFields: { surprise: 1 },
    });
    expect(
      await facts('select order_id::VARCHAR, total_amount from {file}.shop_orders order by all'),
    ).toEqual([`${orderId(1)} 17.4900`, `${orderId(2)} 17.4900`]);
    expect(
      await facts('select count(*), min(order_id)::VARCHAR from {file}.shop_order_line_items'),
    ).toEqual([`2 ${orderId(1)}`]);
    expect(
      await people(
        'select name, buyer_email, user_id::VARCHAR from {file}.shop_order_buyers order by all',
      ),
    ).toEqual([
      'Canary 1 canary1@chat.seller.tiktok.com 7494049642642449999',
      'Canary 2 canary2@chat.seller.tiktok.com 7494049642642449999',
    ]);
  });

  it('are known as loaded to an attempt that comes when their pages are gone', async () => {
    const first = await orders(1, [order(1, 2)], { pullId: 'loaded' });
    const gone = { pages: [], parts: 1, totalNumber: 1 };
    expect(await orders(1, [], { ...gone, pullId: 'loaded' })).toEqual({
      ...first,
      repeated: true,
    });
    expect(await currentOrders()).toHaveLength(1);
    await expect(orders(2, [], { ...gone, pullId: 'never-loaded' })).rejects.toMatchObject({
      code: 'LANDED_PART_MISSING',
    });
  });

  it('keep of the buyer a keyed hash: one a shop, another in the next', async () => {
    await orders(1, [order(1, 2), order(2, 3), order(3, 3, { user_id: null })]);
    const [none, buyer, ...more] = await facts(
      'select distinct buyer from {file}.shop_orders order by all nulls first',
    );
    expect([none, more]).toEqual(['null', []]);
    expect(buyer).toMatch(/^[0-9a-f]{32}$/);
    connectionId = `s${++files}`;
    await test.warehouse.create(connectionId, 'tiktok-shop');
    await orders(1, [order(1, 2)]);
    expect(await facts('select buyer from {file}.shop_orders')).not.toEqual([buyer]);
  });

  it('get a version per change: the newest change wins, then the newest pull', async () => {
    const changed = order(1, 5, { status: 'IN_TRANSIT' });
    await orders(2, [changed]);
    expect(await orders(3, [order(1, 4)])).toMatchObject({ unchanged: 1, changed: 0 });
    const same = order(1, 5, { status: 'DELIVERED' });
    expect(await orders(1, [same])).toMatchObject({ changed: 0 });
    expect(await currentOrders()).toEqual(['1 IN_TRANSIT 17.4900']);
    expect(await orders(4, [same])).toMatchObject({ changed: 1 });
    expect(await currentOrders()).toEqual(['1 DELIVERED 17.4900']);
    expect(await facts('select count(*) from {file}.shop_orders')).toEqual(['2']);
  });

  it('are not taken for gone because a window leaves them out', async () => {
    await orders(1, [order(1, 2), order(2, 2)]);
    for (const at of [2, 3, 4])
      expect(await orders(at, [order(2, 2)])).toMatchObject({ closed: 0 });
    expect(await currentOrders()).toHaveLength(2);
    expect(
      await facts('select count(*) from {file}.shop_orders where deleted_at is not null'),
    ).toEqual(['0']);
  });

  it('that were asked for by id count as no day of coverage', async () => {
    await orders(1, [order(1, 2)], { window: wholeWindow, totalNumber: null });
    expect(await test.warehouse.coverage(connectionId)).toEqual([]);
    await orders(2, [order(1, 2), order(2, 3)], {
      window: { from: '2026-11-02', to: '2026-11-03' },
    });
    const coverage = await test.warehouse.coverage(connectionId);
    expect(coverage.map(({ from, rows, completeness }) => [from, rows, completeness])).toEqual([
      ['2026-11-03', 1, 'counted'],
      ['2026-11-02', 1, 'counted'],
    ]);
  });

  it('that come twice in one pull count by their newest change, with its units', async () => {
    const older = order(1, 2, { line_items: [item(1, 7)] });
    const pages = [shopPage('orders', [order(1, 3)]), shopPage('orders', [older])];
    expect(await orders(1, [], { pages, totalNumber: 1 })).toMatchObject({
      added: 1,
      duplicates: 1,
    });
    expect(await currentItems()).toHaveLength(2);
  });

  it('with ids as bare numbers stay exact', async () => {
    const text = JSON.stringify(order(1, 2)).replace(`"${orderId(1)}"`, orderId(1));
    const body = Buffer.from(`{"code":0,"data":{"orders":[${text}]}}`);
    await orders(1, [], { pages: [body], totalNumber: 1 });
    expect(await facts('select order_id::VARCHAR from {file}.shop_orders')).toEqual([orderId(1)]);
  });
});

describe('units of an order', () => {
  it('take the place of those before: one that is no longer in the order is closed', async () => {
    await orders(1, [order(1, 2), order(2, 2)]);
    const dearer = item(1, 2, { sale_price: '20.00' });
    await orders(2, [order(1, 3, { line_items: [dearer, item(1, 3)] })]);
    expect(await currentItems()).toEqual(['12 20.0000', '13 17.4900', '21 17.4900', '22 17.4900']);
    const states = await facts(`select order_id % 100000, count(*) filter (known_to is null),
      count(*) filter (known_to is not null) from {file}.shop_order_line_items group by all order by all`);
    expect(states).toEqual(['1 2 2', '2 2 0']);
  });

  it('of an order that is older than what is known change nothing', async () => {
    await orders(2, [order(1, 5, { line_items: [item(1, 1)] })]);
    await orders(3, [order(1, 4, { line_items: [item(1, 8), item(1, 9)] })]);
    expect(await facts('select count(*) from {file}.shop_order_line_items')).toEqual(['1']);
  });

  it('that changed while their order says the same: the newest pull counts', async () => {
    await orders(1, [order(1, 2)]);
    await orders(3, [order(1, 2, { line_items: [item(1, 1, { sale_price: '3.00' })] })]);
    await orders(2, [order(1, 2, { line_items: [item(1, 1, { sale_price: '2.00' })] })]);
    expect(
      await facts('select sale_price from {file}.shop_order_line_items where known_to is null'),
    ).toEqual(['3.0000']);
  });

  it('may be none, and then all are closed', async () => {
    await orders(1, [order(1, 2)]);
    await orders(2, [order(1, 3, { line_items: [] })]);
    expect(await currentItems()).toEqual([]);
  });
});

describe('buyers', () => {
  const names = () => people('select name from {file}.shop_order_buyers order by all');
  const masked = (on: number) => order(1, on, { recipient_address: { name: 'C***' } });

  it('are kept as they are now: a masked value takes the place of a clear one', async () => {
    await orders(1, [order(1, 2)]);
    expect(await names()).toEqual(['Canary 1']);
    await orders(2, [masked(2)]);
    expect(await names()).toEqual(['C***']);
    await orders(1, [order(1, 2)]);
    expect(await names()).toEqual(['C***']);
    await orders(3, [order(1, 2)]);
    await orders(2, [masked(2)]);
    expect(await names()).toEqual(['Canary 1']);
  });

  it('are in no facts file: a row that cannot be read is kept aside without them', async () => {
    await orders(1, [
      order(1, 2),
      order(2, 2, { payment: { total_amount: 'dear' }, user_id: 'x' }),
    ]);
    const quarantine = await test.warehouse.quarantine(connectionId);
    expect(quarantine).toEqual([
      { stream: 'shop_order_buyers', reason: 'user_id does not fit id', rows: 1 },
      { stream: 'shop_orders', reason: 'total_amount does not fit money', rows: 1 },
    ]);
  });

  it('whose order ended 30 days ago, or is 120 days old, are not taken up', async () => {
    const old = { create_time: seconds('2026-07-20T00:00:00Z') };
    const ended = {
      status: 'COMPLETED',
      update_time: seconds('2026-10-20T00:00:00Z'),
      create_time: seconds('2026-10-01T00:00:00Z'),
    };
    await orders(1, [
      order(1, 2),
      order(2, 2, old),
      order(3, 2, ended),
      order(4, 2, { status: 'COMPLETED' }),
    ]);
    expect(await names()).toEqual(['Canary 1', 'Canary 4']);
    expect(await currentOrders()).toHaveLength(4);
  });

  it('are not kept longer because an ended order changes again', async () => {
    await orders(1, [order(1, 2, { status: 'COMPLETED' })]);
    test.now = new Date('2026-12-02T01:00:00Z');
    await orders(2, [order(1, 25, { status: 'COMPLETED' })]);
    test.now = new Date('2026-11-24T12:00:00Z');
    expect(await names()).toEqual([]);
  });
});

it('a row that cannot be read is kept aside without anything about a buyer', () => {
  const [list, buyers] = [shopStreams[0]!, shopStreams[2]!].map((stream, at) => ({
    ...stream,
    fields: [...stream.fields, recordNumber],
    rows: at === 0 ? 'orders' : null,
    alsoKnown: [],
    countsUnknown: true,
  }));
  const broken = order(1, 2, { update_time: 'yesterday' });
  const body = shopPage('orders', [broken]);
  const parsed = readRecords({
    body,
    part: 1,
    shapes: [list!, buyers!],
    pseudonymKey: Buffer.alloc(32),
  });
  expect(String(body)).toMatch(/Canary/);
  expect(parsed.flatMap(({ quarantined }) => quarantined)).toEqual([
    {
      reason: 'update_time does not fit instant',
      record: {
        order_id: orderId(1),
        status: 'AWAITING_SHIPMENT',
        create_time: String(seconds(1)),
        update_time: 'yesterday',
        total_amount: '17.49',
      },
    },
    {
      reason: 'update_time does not fit instant',
      record: {
        order_id: orderId(1),
        status: 'AWAITING_SHIPMENT',
        create_time: String(seconds(1)),
        update_time: 'yesterday',
      },
    },
  ]);
});

describe('other lists', () => {
  const pull = (
    stream: string,
    at: number,
    pages: Buffer[],
    more: Parameters<typeof pullInto>[1] = {},
  ) => pullInto(test.warehouse, { connectionId, stream, at, window: wholeWindow, pages, ...more });

  it('that are whole: what two in a row leave out is deleted, as is what says so', async () => {
    const product = (id: number, status = 'ACTIVATE', on = 1) => ({
      id,
      title: `P${id}`,
      status,
      update_time: seconds(on),
      skus: [{ id: id * 10 }],
    });
    const products = (at: number, rows: unknown[]) =>
      pull('shop_products', at, [shopPage('products', rows)], { totalNumber: rows.length });
    await products(1, [product(1), product(2), product(3)]);
    await products(2, [product(1), product(2, 'DELETED', 2)]);
    expect(await products(3, [product(1), product(2, 'DELETED', 2)])).toMatchObject({ closed: 1 });
    expect(
      await facts(`select product_id, deleted_at is not null from {file}.shop_products
      where known_to is null order by all`),
    ).toEqual(['1 false', '2 true', '3 true']);
    expect(await facts('select sku_id, product_id from {file}.shop_skus order by all')).toEqual([
      '10 1',
      '20 2',
      '30 3',
    ]);
    // An older listing that comes late changes nothing.
    expect(await products(2, [product(3, 'DRAFT', 9)])).toMatchObject({ discarded: 1, added: 0 });
  });

  it('whose rows stand in lists of lists', async () => {
    const sku = (id: number, quantity: number) => ({
      id,
      warehouse_inventory: [
        { warehouse_id: 7, available_quantity: quantity },
        { warehouse_id: 8, available_quantity: 0 },
      ],
    });
    const inventory = (quantity: number) => [
      shopPage('inventory', [{ product_id: 1, skus: [sku(10, quantity), sku(11, 5)] }]),
    ];
    expect(await pull('shop_inventory', 1, inventory(3))).toMatchObject({
      rowsRead: 4,
      added: 4,
      completeness: 'unverifiable',
    });
    expect(await pull('shop_inventory', 2, inventory(2))).toMatchObject({
      changed: 1,
      unchanged: 3,
    });
    expect(
      await facts(`select product_id, sku_id, warehouse_id, available_quantity from {file}.shop_inventory
      where known_to is null order by all limit 1`),
    ).toEqual(['1 10 7 2']);
  });

  it('that say no time of change: the newest pull of a day decides', async () => {
    const statement = (status: string) => [
      shopPage('statements', [{ id: 1, statement_time: seconds(3), payment_status: status }]),
    ];
    const window = { from: '2026-11-01', to: '2026-11-05' };
    await pull('shop_statements', 2, statement('PAID'), { window });
    expect(await pull('shop_statements', 1, statement('PROCESSING'), { window })).toMatchObject({
      discarded: 1,
      changed: 0,
    });
    expect(await facts('select payment_status from {file}.shop_statements')).toEqual(['PAID']);
  });

  it('that only grow: by key, once', async () => {
    const rows = (...ids: number[]) => [
      shopPage(
        'transactions',
        ids.map((id) => ({ id, settlement_amount: '-1.5' })),
        { id: 9 },
      ),
    ];
    const window = { from: '2026-11-01', to: '2026-11-02' };
    expect(await pull('shop_statement_transactions', 1, rows(1, 2), { window })).toMatchObject({
      added: 2,
    });
    expect(await pull('shop_statement_transactions', 2, rows(2, 3), { window })).toMatchObject({
      added: 1,
      unchanged: 1,
    });
    expect(
      await facts(
        'select statement_id, sum(settlement_amount) from {file}.shop_statement_transactions group by all',
      ),
    ).toEqual(['9 -4.5000']);
  });

  it('that are no pages of TikTok', async () => {
    for (const body of ['<html>', '{"code":0}', '{"code":0,"data":{"products":7}}']) {
      await expect(pull('shop_products', 1, [Buffer.from(body)])).rejects.toMatchObject({
        code: 'PART_UNREADABLE',
      });
    }
    expect(await pull('shop_products', 2, [Buffer.from('{"code":0,"data":{}}')])).toMatchObject({
      rowsRead: 0,
    });
  });
});
