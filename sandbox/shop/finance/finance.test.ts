import { afterAll, beforeAll, expect, it } from 'vitest';
import { control } from '../../sandbox-client.ts';
import type { ShopTruth } from '../orders/order-truth.ts';
import { type ShopSandbox, startShopSandbox } from '../shop-client.ts';

// biome-ignore lint/suspicious/noExplicitAny: records of every shape.
type Row = any;

const dayMs = 86_400_000;
const minor = (text: string) => Math.round(Number(text) * 100);
const total = (rows: Row[], name: string) =>
  rows.reduce((sum: number, row: Row) => sum + minor(row[name]), 0);

let shop: ShopSandbox;
beforeAll(async () => {
  shop = await startShopSandbox({ orders: { orders: 500, days: 60 }, rateLimited: false });
});
afterAll(() => shop.close());

/** All pages of a list, with its first answer's other fields. */
async function readAll(path: string, name: string, query: Row): Promise<Row[]> {
  const rows: Row[] = [];
  let token = '';
  do {
    const { data, message } = await shop.call(path, {
      query: { page_size: 20, ...query, ...(token ? { page_token: token } : {}) },
    });
    expect(message).toBe('Success');
    rows.push(...data[name]);
    token = data.next_page_token;
  } while (token);
  return rows;
}

const readStatements = (query: Row = {}) =>
  readAll('/finance/202309/statements', 'statements', { sort_field: 'statement_time', ...query });

const statementAmounts = (row: Row) => ({
  statementTime: row.statement_time,
  currency: row.currency,
  revenueAmount: row.revenue_amount,
  feeAmount: row.fee_amount,
  shippingCostAmount: row.shipping_cost_amount,
  adjustmentAmount: row.adjustment_amount,
  settlementAmount: row.settlement_amount,
});

it('statements equal the truth, come at 00:00 UTC, and add up', async () => {
  const rows = await readStatements();
  const truth = await control<ShopTruth>(shop.sandbox, 'shop/truth/orders');
  expect(rows.map(statementAmounts)).toEqual(
    truth.statements.map(({ transactions: _, ...amounts }) => amounts),
  );
  expect(rows.length).toBeGreaterThan(25);
  for (const row of rows) {
    expect(row.statement_time % 86_400).toBe(0);
    expect(row.id).toMatch(/^\d{19}$/);
    const parts = ['revenue_amount', 'fee_amount', 'shipping_cost_amount', 'adjustment_amount'];
    const sum = parts.reduce((all, name) => all + minor(row[name]), 0);
    expect(sum).toBe(minor(row.settlement_amount));
  }
  const missing = await shop.call('/finance/202309/statements', { query: { page_size: 20 } });
  expect(missing.code).toBe(36_009_004);
});

it('transactions of a statement add up to it, and those of an order to its SKUs', async () => {
  const statements = await readStatements();
  const types = new Set<string>();
  for (const statement of statements) {
    const path = `/finance/202501/statements/${statement.id}/statement_transactions`;
    const rows = await readAll(path, 'transactions', {
      sort_field: 'order_create_time',
      page_size: 7,
    });
    expect(total(rows, 'settlement_amount')).toBe(minor(statement.settlement_amount));
    expect(total(rows, 'revenue_amount')).toBe(minor(statement.revenue_amount));
    expect(total(rows, 'fee_tax_amount')).toBe(minor(statement.fee_amount));
    for (const { type } of rows) types.add(type);
    const order = rows.find(({ type }) => type === 'ORDER');
    if (!order) continue;
    const { data } = await shop.call(
      `/finance/202501/orders/${order.order_id}/statement_transactions`,
    );
    expect(total(data.sku_transactions, 'settlement_amount')).toBe(minor(data.settlement_amount));
    expect(data.sku_transactions.map((row: Row) => row.statement_id)).toContain(statement.id);
  }
  expect(types.size).toBeGreaterThan(2);
});

it('an order is settled by what it was sold for', async () => {
  const [statement] = await readStatements();
  const path = `/finance/202501/statements/${statement.id}/statement_transactions`;
  const query = { sort_field: 'order_create_time' };
  const rows = await readAll(path, 'transactions', query);
  for (const row of rows.filter(({ type }) => type === 'ORDER')) {
    const answer = await shop.call('/order/202507/orders', { query: { ids: row.order_id } });
    const sold = answer.data.orders[0].line_items.filter(
      (item: Row) => item.display_status !== 'CANCELLED',
    );
    const breakdown = row.revenue_breakdown;
    expect(minor(breakdown.subtotal_before_discount_amount)).toBe(total(sold, 'original_price'));
    expect(-minor(breakdown.seller_discount_amount)).toBe(total(sold, 'seller_discount'));
  }
});

it('a statement that is out never changes; a later refund is another transaction', async () => {
  const before = await readStatements();
  shop.face.advance(6 * dayMs);
  const after = await readStatements();
  expect(after.slice(0, before.length).map(statementAmounts)).toEqual(before.map(statementAmounts));
  expect(after.length).toBeGreaterThan(before.length);
  const truth = await control<ShopTruth>(shop.sandbox, 'shop/truth/orders');
  expect(after.map(statementAmounts)).toEqual(
    truth.statements.map(({ transactions: _, ...amounts }) => amounts),
  );
  const twice: string[] = [];
  const seen = new Set<string>();
  for (const { id } of after) {
    const path = `/finance/202501/statements/${id}/statement_transactions`;
    const rows = await readAll(path, 'transactions', { sort_field: 'order_create_time' });
    for (const { type, order_id, revenue_breakdown } of rows) {
      if (type !== 'ORDER') continue;
      if (seen.has(order_id)) {
        twice.push(order_id);
        expect(minor(revenue_breakdown.refund_subtotal_before_discount_amount)).toBeLessThan(0);
      }
      seen.add(order_id);
    }
  }
  expect(twice.length).toBeGreaterThan(0);
});

it('payments follow statements, and withdrawals payments', async () => {
  const statements = await readStatements({ payment_status: 'PAID' });
  const payments = await readAll('/finance/202309/payments', 'payments', {
    sort_field: 'create_time',
  });
  const paid = payments.filter(({ status }) => status === 'PAID');
  expect(paid.map(({ id }) => id)).toEqual(statements.map((row: Row) => row.payment_id));
  const settles = await readAll('/finance/202309/withdrawals', 'withdrawals', { types: 'SETTLE' });
  expect(settles.map(({ amount }) => amount)).toEqual(paid.map(({ amount }) => amount.value));
  const withdraws = await readAll('/finance/202309/withdrawals', 'withdrawals', {
    types: 'WITHDRAW,TRANSFER',
  });
  expect(withdraws.length).toBeGreaterThan(3);
  const until = withdraws.at(-1).create_time;
  const earlier = settles.filter(({ create_time }) => create_time < until);
  expect(total(withdraws, 'amount')).toBe(total(earlier, 'amount'));
  expect((await shop.call('/finance/202309/withdrawals')).code).toBe(36_009_004);
});

it('unsettled orders are those that are paid and in no statement', async () => {
  const query = { sort_field: 'order_create_time', page_size: 100 };
  const { data } = await shop.call('/finance/202507/orders/unsettled', { query });
  expect(data.total_count).toBeGreaterThan(50);
  const rows = await readAll('/finance/202507/orders/unsettled', 'transactions', query);
  expect(total(rows, 'est_settlement_amount')).toBe(minor(data.sum_est_settlement_amount));
  const path = `/finance/202501/orders/${rows[0].order_id}/statement_transactions`;
  expect((await shop.call(path)).data.sku_transactions).toEqual([]);
});
