import { afterAll, beforeAll, expect, test } from 'vitest';
import { wholeWindow } from '../../policy/windows.ts';
import { openTestWarehouse, pullInto, type TestWarehouse } from '../testing.ts';
import type { ListRecordsInput } from './records.ts';
import { order, orderId, pullOrders, seconds, shopPage, shopStreams } from './testing.ts';

let hub: TestWarehouse;
beforeAll(async () => {
  hub = await openTestWarehouse({ streams: shopStreams });
  for (const id of ['a', 'b']) await hub.warehouse.create(id, 'tiktok-shop');
  await pullOrders(hub, 'a', 1, [
    order(1, 2, { create_time: seconds(1), payment: { total_amount: '9.50' } }),
    order(2, 3, { create_time: seconds(2), status: 'COMPLETED', payment: { total_amount: '100' } }),
  ]);
  await pullOrders(hub, 'b', 1, [order(3, 4, { create_time: seconds(3), user_id: null })]);
  const product = (id: number, title: string, status = 'ACTIVATE') => ({
    id,
    title,
    status,
    update_time: seconds(1),
    skus: [{ id: id * 10 }, { id: id * 10 + 1 }],
  });
  await pullInto(hub.warehouse, {
    connectionId: 'a',
    stream: 'shop_products',
    window: wholeWindow,
    pages: [
      shopPage('products', [
        product(17, 'Oak lamp'),
        product(18, '100% wool'),
        product(19, 'Gone lamp', 'DELETED'),
      ]),
    ],
  });
});
afterAll(() => hub.close());

const orders = async (input: Partial<ListRecordsInput> = {}) => {
  const asked = {
    connectionIds: ['a', 'b', 'no-file'],
    filter: {},
    offset: 0,
    limit: 10,
    ...input,
  };
  const { rows, total } = await hub.warehouse.listOrders(asked);
  return { total, ids: rows.map(({ record }) => Number(String(record.order_id).slice(-2))), rows };
};
const titles = async (filter: ListRecordsInput['filter']) => {
  const { rows } = await hub.warehouse.listProducts({
    connectionIds: ['a'],
    filter,
    offset: 0,
    limit: 10,
  });
  return rows.map(({ record }) => record.title);
};

test('orders of several shops: ids and money exact, no pseudonym', async () => {
  const { rows, total } = await orders();
  expect(total).toBe(3);
  expect(rows[0]).toEqual({
    connectionId: 'a',
    isDeleted: false,
    record: {
      order_id: orderId(1),
      status: 'AWAITING_SHIPMENT',
      create_time: '2026-11-01T00:00:00Z',
      update_time: '2026-11-02T00:00:00Z',
      total_amount: '9.5000',
    },
  });
});

test('are sorted by value, cut, and counted whole', async () => {
  const byAmount = { field: 'total_amount', descending: true };
  expect(await orders({ sort: byAmount, limit: 2 })).toMatchObject({ ids: [2, 3], total: 3 });
  expect(await orders({ sort: byAmount, offset: 2 })).toMatchObject({ ids: [1], total: 3 });
  await expect(orders({ sort: { field: 'buyer', descending: false } })).rejects.toMatchObject({
    code: 'REQUEST_INVALID',
  });
});

test('are filtered by state, day, id; a question is only ever of the named shops', async () => {
  expect(await orders({ filter: { statuses: ['COMPLETED', "' or true --"] } })).toMatchObject({
    ids: [2],
    total: 1,
  });
  expect((await orders({ filter: { statuses: [] } })).ids).toEqual([]);
  expect((await orders({ filter: { from: '2026-11-02', to: '2026-11-02' } })).ids).toEqual([2]);
  expect((await orders({ filter: { text: orderId(3) } })).ids).toEqual([3]);
  expect((await orders({ filter: { ids: [orderId(1), 'x'] } })).ids).toEqual([1]);
  expect((await orders({ connectionIds: ['b'] })).ids).toEqual([3]);
  expect(await orders({ connectionIds: [] })).toMatchObject({ ids: [], total: 0 });
});

test('products by any part of their title, deleted ones apart', async () => {
  expect(await titles({ text: 'LAMP' })).toEqual(['Oak lamp', 'Gone lamp']);
  expect(await titles({ text: 'LAMP', deleted: false })).toEqual(['Oak lamp']);
  expect(await titles({ text: '0%' })).toEqual(['100% wool']);
  expect(await titles({ text: '18' })).toEqual(['100% wool']);
  const found = await hub.warehouse.product('a', '17');
  expect(found?.skus.map(({ record }) => record.sku_id)).toEqual(['170', '171']);
  expect(await hub.warehouse.product('b', '17')).toBeUndefined();
});

test('one order with its units; its buyer apart, from the people file', async () => {
  const found = await hub.warehouse.order('a', orderId(1));
  expect(found?.lineItems).toHaveLength(2);
  expect(JSON.stringify(found)).not.toMatch(/anary/);
  expect(await hub.warehouse.orderBuyer('a', orderId(1))).toMatchObject({
    name: 'Canary 1',
    user_id: '7494049642642449999',
  });
  expect(await hub.warehouse.orderBuyer('b', orderId(1))).toBeUndefined();
  for (const id of ['', 'x', '1 or 1']) {
    expect(await hub.warehouse.order('a', id)).toBeUndefined();
    expect(await hub.warehouse.orderBuyer('a', id)).toBeUndefined();
  }
});
