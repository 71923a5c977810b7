/** Statements, their transactions, and payments as the API sends them. */
import { sum } from '../orders/amounts.ts';
import type { LedgerEntry, OrderBook } from '../orders/order-book.ts';
import { writerOf } from '../orders/order-record.ts';
import type { OrderState } from '../orders/order-state.ts';
import {
  estimate,
  lineFee,
  lineRevenue,
  type Transaction,
  type TransactionLine,
  totalsOf,
} from './settlement.ts';
import {
  isPaid,
  type Payment,
  paymentIdOf,
  type Statement,
  type Withdrawal,
} from './statements.ts';

type Writer = (units: number) => string;

export function statementRecord(book: OrderBook, statement: Statement, now: number) {
  const text = writerOf(statement.entries[0]!.order);
  const { totals } = statement;
  return {
    id: statement.id,
    statement_time: statement.statementTime,
    currency: book.front.shop.currency,
    settlement_amount: text(totals.settlement),
    revenue_amount: text(totals.revenue),
    net_sales_amount: text(totals.revenue),
    fee_amount: text(totals.fee),
    shipping_cost_amount: text(totals.shipping),
    adjustment_amount: text(totals.adjustment),
    payment_status: isPaid(statement, now) ? 'PAID' : 'PROCESSING',
    payment_id: paymentIdOf(book, statement),
  };
}

export function statementHead(book: OrderBook, statement: Statement, now: number) {
  const { order } = statement.entries[0]!;
  const text = writerOf(order);
  const { totals } = statement;
  return {
    id: statement.id,
    create_time: statement.statementTime,
    status: isPaid(statement, now) ? 'PAID' : 'PROCESSING',
    currency: book.front.shop.currency,
    payable_amount: text(totals.settlement),
    total_reserve_amount: '0',
    total_settlement_amount: text(totals.settlement),
    total_settlement_breakdown: {
      total_revenue_amount: text(totals.revenue),
      total_shipping_cost_amount: text(totals.shipping),
      total_fee_tax_amount: text(totals.fee),
      total_adjustment_amount: text(totals.adjustment),
    },
  };
}

const revenueBreakdown = (lines: readonly TransactionLine[], text: Writer) => ({
  subtotal_before_discount_amount: text(sum(lines.map(({ subtotal }) => subtotal))),
  seller_discount_amount: text(-sum(lines.map(({ sellerDiscount }) => sellerDiscount))),
  refund_subtotal_before_discount_amount: text(-sum(lines.map(({ refund }) => refund))),
  seller_discount_refund_amount: '0',
});

const feeBreakdown = (lines: readonly TransactionLine[], text: Writer) => ({
  fee: {
    platform_commission_amount: text(-sum(lines.map(({ commission }) => commission))),
    affiliate_commission_amount: text(-sum(lines.map(({ affiliate }) => affiliate))),
  },
  tax: { vat_amount: '0' },
});

type Shipping = Pick<Transaction, 'shippingPaid' | 'shippingActual'>;

const shippingBreakdown = ({ shippingPaid, shippingActual }: Shipping, text: Writer) => ({
  actual_shipping_fee_amount: text(-shippingActual),
  customer_paid_shipping_fee_amount: text(shippingPaid),
});

export function transactionRecord({ order, transaction }: LedgerEntry) {
  const text = writerOf(order);
  const totals = totalsOf(transaction);
  const { id, type, lines } = transaction;
  const isOrder = type === 'ORDER';
  return {
    id,
    type,
    ...(isOrder
      ? { order_id: order.plan.id, order_create_time: order.plan.createdAt }
      : { adjustment_id: id, adjustment_order_id: order.plan.id }),
    adjustment_amount: text(totals.adjustment),
    settlement_amount: text(totals.settlement),
    revenue_amount: text(totals.revenue),
    revenue_breakdown: revenueBreakdown(lines, text),
    shipping_cost_amount: text(totals.shipping),
    shipping_cost_breakdown: shippingBreakdown(transaction, text),
    fee_tax_amount: text(totals.fee),
    fee_tax_breakdown: feeBreakdown(lines, text),
  };
}

/** A row for each SKU in each statement; shipping is with the first of them. */
export function orderTransactions(
  order: OrderState,
  statementIdOf: (transaction: Transaction) => string | null,
) {
  const text = writerOf(order);
  const settled = order.transactions.filter(
    (transaction) => transaction.type === 'ORDER' && statementIdOf(transaction) !== null,
  );
  const rows = settled.flatMap((transaction) => {
    const bySku = Map.groupBy(
      transaction.lines,
      ({ place }) => order.plan.items[place]!.good.skuId,
    );
    return [...bySku.values()].map((lines, index) =>
      skuRow(order, lines, {
        shippingPaid: index === 0 ? transaction.shippingPaid : 0,
        shippingActual: index === 0 ? transaction.shippingActual : 0,
        statementId: statementIdOf(transaction)!,
      }),
    );
  });
  const totals = settled.map(totalsOf);
  const of = (part: 'revenue' | 'fee' | 'shipping' | 'settlement') =>
    text(sum(totals.map((one) => one[part])));
  return {
    order_id: order.plan.id,
    order_create_time: order.plan.createdAt,
    currency: order.plan.front.shop.currency,
    revenue_amount: of('revenue'),
    fee_and_tax_amount: of('fee'),
    shipping_cost_amount: of('shipping'),
    settlement_amount: of('settlement'),
    sku_transactions: rows,
    total_count: rows.length,
  };
}

function skuRow(
  order: OrderState,
  lines: readonly TransactionLine[],
  { statementId, ...shipping }: Shipping & { readonly statementId: string },
) {
  const text = writerOf(order);
  const { good } = order.plan.items[lines[0]!.place]!;
  const revenue = sum(lines.map(lineRevenue));
  const fee = sum(lines.map(lineFee));
  const shippingCost = shipping.shippingPaid - shipping.shippingActual;
  return {
    sku_id: good.skuId,
    sku_name: good.skuName,
    product_name: good.productName,
    statement_id: statementId,
    quantity: String(lines.length),
    settlement_amount: text(revenue + fee + shippingCost),
    revenue_amount: text(revenue),
    revenue_breakdown: revenueBreakdown(lines, text),
    shipping_cost_amount: text(shippingCost),
    shipping_cost_breakdown: shippingBreakdown(shipping, text),
    fee_tax_amount: text(fee),
    fee_tax_breakdown: feeBreakdown(lines, text),
  };
}

/** As the order would be settled now. */
export function estimateOf(order: OrderState) {
  const estimated = { ...estimate(order), id: '', type: 'ORDER', settledAt: 0 };
  return { estimated, totals: totalsOf(estimated) };
}

export function unsettledRecord(order: OrderState) {
  const text = writerOf(order);
  const { estimated, totals } = estimateOf(order);
  return {
    type: 'ORDER',
    id: order.plan.id,
    order_id: order.plan.id,
    status: 'UNSETTLED',
    currency: order.plan.front.shop.currency,
    unsettled_reason: order.deliveredAt === null ? 'ORDER_NOT_DELIVERED' : 'SETTLEMENT_PERIOD',
    order_create_time: order.plan.createdAt,
    ...(order.deliveredAt === null ? {} : { order_delivery_time: order.deliveredAt }),
    est_settlement_amount: text(totals.settlement),
    est_revenue_amount: text(totals.revenue),
    revenue_breakdown: revenueBreakdown(estimated.lines, text),
    est_shipping_cost_amount: text(totals.shipping),
    shipping_cost_breakdown: shippingBreakdown(estimated, text),
    est_fee_tax_amount: text(totals.fee),
    fee_tax_breakdown: feeBreakdown(estimated.lines, text),
    est_adjustment_amount: '0',
  };
}

export function paymentRecord(book: OrderBook, payment: Payment, now: number) {
  const { currency } = book.front.shop;
  const text = writerOf(payment.statement.entries[0]!.order);
  const amount = { value: text(payment.amount), currency };
  const paid = payment.paidAt <= now;
  return {
    id: payment.id,
    create_time: payment.createdAt,
    status: paid ? 'PAID' : 'PROCESSING',
    amount,
    settlement_amount: amount,
    reserve_amount: { value: '0', currency },
    payment_amount_before_exchange: amount,
    exchange_rate: '1.000000',
    ...(paid ? { paid_time: payment.paidAt } : {}),
    bank_account: '****4821',
  };
}

export function withdrawalRecord(book: OrderBook, withdrawal: Withdrawal) {
  const text = writerOf(book.orders[0]!);
  return {
    id: withdrawal.id,
    type: withdrawal.type,
    amount: text(withdrawal.amount),
    currency: book.front.shop.currency,
    status: 'SUCCESS',
    create_time: withdrawal.createdAt,
  };
}
