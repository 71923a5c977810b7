/** Statements and their transactions, unsettled orders, payments, withdrawals. */
import { ShopRefusal } from '../answers.ts';
import {
  type ShopCall,
  type ShopContext,
  type ShopEndpoint,
  secondsOf,
  shopOf,
} from '../endpoint.ts';
import { sum } from '../orders/amounts.ts';
import type { OrderBook } from '../orders/order-book.ts';
import { orderOf } from '../orders/order-endpoints.ts';
import { writerOf } from '../orders/order-record.ts';
import { type Place, pageOf } from '../paging.ts';
import type { ShopParameters } from '../parameters.ts';
import {
  estimateOf,
  orderTransactions,
  paymentRecord,
  statementHead,
  statementRecord,
  transactionRecord,
  unsettledRecord,
  withdrawalRecord,
} from './finance-records.ts';
import {
  isPaid,
  paymentsOf,
  type Statement,
  statementOf,
  statementsOf,
  withdrawalsOf,
} from './statements.ts';

const common = { method: 'GET', scopes: ['seller.finance.info'], cipher: 'required' } as const;
const rules = { max: 100, fallback: 20 };
/** Payments are not told there. */
const southEastAsia = ['ID', 'MY', 'PH', 'SG', 'TH', 'VN'];
const withdrawalTypes = ['WITHDRAW', 'SETTLE', 'TRANSFER', 'REVERSE'];

const bookOf = (call: ShopCall, { orders }: ShopContext): OrderBook => orders.of(shopOf(call).id);

/** The only field that these lists can be sorted by must be named all the same. */
function page<T>(
  rows: readonly T[],
  { query }: ShopCall,
  input: { sortField?: string; placeOf: (row: T) => Place },
) {
  if (input.sortField) query.oneOf('sort_field', [input.sortField]);
  const descending = query.oneOf('sort_order', ['ASC', 'DESC'], 'ASC') === 'DESC';
  return pageOf(rows, query, { rules, placeOf: input.placeOf, descending });
}

function rangeOf(query: ShopParameters, name: string): (seconds: number) => boolean {
  const from = query.seconds(`${name}_ge`) ?? 0;
  const until = query.seconds(`${name}_lt`) ?? Number.POSITIVE_INFINITY;
  return (seconds) => seconds >= from && seconds < until;
}

const statements: ShopEndpoint = {
  ...{ path: '/finance/202309/statements', ...common },
  answer(call, context) {
    const book = bookOf(call, context);
    const now = secondsOf(call.now);
    const isIn = rangeOf(call.query, 'statement_time');
    const status = call.query.has('payment_status')
      ? call.query.oneOf('payment_status', ['PAID', 'FAILED', 'PROCESSING'])
      : null;
    const wanted = (statement: Statement) =>
      status === null || (isPaid(statement, now) ? 'PAID' : 'PROCESSING') === status;
    const rows = statementsOf(book, now).filter(
      (statement) => isIn(statement.statementTime) && wanted(statement),
    );
    const found = page(rows, call, {
      sortField: 'statement_time',
      placeOf: ({ statementTime, id }) => ({ order: statementTime, id }),
    });
    return {
      statements: found.rows.map((row) => statementRecord(book, row, now)),
      next_page_token: found.nextPageToken,
    };
  },
};

const statementTransactions: ShopEndpoint = {
  ...{ path: '/finance/202501/statements/{statement_id}/statement_transactions', ...common },
  answer(call, context) {
    const book = bookOf(call, context);
    const now = secondsOf(call.now);
    const statement = statementOf(book, now, call.parts.statement_id ?? '');
    if (!statement) throw new ShopRefusal(36_009_004, 'The statement is not of this shop.');
    const found = page(statement.entries, call, {
      sortField: 'order_create_time',
      placeOf: ({ order, transaction }) => ({ order: order.plan.createdAt, id: transaction.id }),
    });
    return {
      ...statementHead(book, statement, now),
      transactions: found.rows.map(transactionRecord),
      total_count: statement.entries.length,
      next_page_token: found.nextPageToken,
    };
  },
};

const transactionsOfOrder: ShopEndpoint = {
  ...{ path: '/finance/202501/orders/{order_id}/statement_transactions', ...common },
  answer(call, context) {
    const book = bookOf(call, context);
    const order = orderOf(book, call.parts.order_id);
    const all = statementsOf(book, secondsOf(call.now));
    return orderTransactions(
      order,
      ({ settledAt }) =>
        all.find(
          ({ statementTime }) => settledAt < statementTime && settledAt >= statementTime - 86_400,
        )?.id ?? null,
    );
  },
};

const unsettled: ShopEndpoint = {
  ...{ path: '/finance/202507/orders/unsettled', ...common },
  answer(call, context) {
    const book = bookOf(call, context);
    const isIn = rangeOf(call.query, 'search_time');
    const rows = book.orders.filter(
      (order) =>
        order.paidAt !== null &&
        !order.onHold &&
        order.cancelledAt === null &&
        order.settledAt === null &&
        isIn(order.plan.createdAt),
    );
    const found = page(rows, call, {
      sortField: 'order_create_time',
      placeOf: ({ plan }) => ({ order: plan.createdAt, id: plan.id }),
    });
    const totals = rows.map((order) => estimateOf(order).totals);
    const text = rows.length > 0 ? writerOf(rows[0]!) : String;
    return {
      total_count: rows.length,
      sum_est_settlement_amount: text(sum(totals.map(({ settlement }) => settlement))),
      sum_est_revenue_amount: text(sum(totals.map(({ revenue }) => revenue))),
      sum_est_fee_amount: text(sum(totals.map(({ fee }) => fee))),
      sum_est_adjustment_amount: '0',
      transactions: found.rows.map(unsettledRecord),
      next_page_token: found.nextPageToken,
    };
  },
};

const payments: ShopEndpoint = {
  ...{ path: '/finance/202309/payments', ...common },
  answer(call, context) {
    const book = bookOf(call, context);
    const now = secondsOf(call.now);
    const isIn = rangeOf(call.query, 'create_time');
    const told = !southEastAsia.includes(book.front.shop.region);
    const rows = told ? paymentsOf(book, now).filter(({ createdAt }) => isIn(createdAt)) : [];
    const found = page(rows, call, {
      sortField: 'create_time',
      placeOf: ({ createdAt, id }) => ({ order: createdAt, id }),
    });
    return {
      payments: found.rows.map((row) => paymentRecord(book, row, now)),
      next_page_token: found.nextPageToken,
    };
  },
};

const withdrawals: ShopEndpoint = {
  ...{ path: '/finance/202309/withdrawals', ...common },
  answer(call, context) {
    const book = bookOf(call, context);
    const types = call.query.list('types') ?? [];
    if (types.length === 0 || types.some((type) => !withdrawalTypes.includes(type))) {
      throw call.query.invalid('types', `must name some of ${withdrawalTypes.join(', ')}`);
    }
    const isIn = rangeOf(call.query, 'create_time');
    const rows = withdrawalsOf(book, secondsOf(call.now)).filter(
      ({ type, createdAt }) => types.includes(type) && isIn(createdAt),
    );
    const found = page(rows, call, {
      placeOf: ({ createdAt, id }) => ({ order: createdAt, id }),
    });
    return {
      withdrawals: found.rows.map((row) => withdrawalRecord(book, row)),
      total_count: rows.length,
      next_page_token: found.nextPageToken,
    };
  },
};

export const financeEndpoints: readonly ShopEndpoint[] = [
  statements,
  statementTransactions,
  transactionsOfOrder,
  unsettled,
  payments,
  withdrawals,
];
