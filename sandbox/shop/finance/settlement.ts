/**
 * What an order brings its seller, as transactions of statements. Costs are printed negative, so that settlement =
 * revenue + shipping cost + fee and tax + adjustment; TikTok's own samples differ in the sign.
 */
import { shareOf, sum } from '../orders/amounts.ts';
import { idKinds, idOf } from '../orders/order-plan.ts';
import { type OrderState, planStep } from '../orders/order-state.ts';

export interface TransactionLine {
  /** Place among the order's items. */
  readonly place: number;
  readonly subtotal: number;
  readonly sellerDiscount: number;
  readonly refund: number;
  readonly commission: number;
  readonly affiliate: number;
}

export interface Transaction {
  readonly id: string;
  /** `ORDER`, or the name of an adjustment. */
  readonly type: string;
  readonly settledAt: number;
  readonly lines: readonly TransactionLine[];
  /** What the buyer paid for shipping, and what the carrier took. */
  readonly shippingPaid: number;
  readonly shippingActual: number;
  readonly adjustment: number;
}

export interface Totals {
  readonly revenue: number;
  readonly fee: number;
  readonly shipping: number;
  readonly adjustment: number;
  readonly settlement: number;
}

const daySeconds = 86_400;
const commissionShare = 600;
const affiliateShare = 1_000;
/** The last one is in no documentation. */
const adjustmentTypes = [
  'PLATFORM_REIMBURSEMENT',
  'LOGISTICS_REIMBURSEMENT',
  'CHARGE_BACK',
  'SEASONAL_GOODWILL',
] as const;

export const lineRevenue = (line: TransactionLine): number =>
  line.subtotal - line.sellerDiscount - line.refund;

export const lineFee = (line: TransactionLine): number => -(line.commission + line.affiliate);

export function totalsOf(transaction: Transaction): Totals {
  const { lines, shippingPaid, shippingActual, adjustment } = transaction;
  const revenue = sum(lines.map(lineRevenue));
  const fee = sum(lines.map(lineFee));
  const shipping = shippingPaid - shippingActual;
  return { revenue, fee, shipping, adjustment, settlement: revenue + fee + shipping + adjustment };
}

export function addTotals(all: readonly Totals[]): Totals {
  const of = (part: keyof Totals) => sum(all.map((totals) => totals[part]));
  return {
    revenue: of('revenue'),
    fee: of('fee'),
    shipping: of('shipping'),
    adjustment: of('adjustment'),
    settlement: of('settlement'),
  };
}

/** How long after completion money is settled. */
export const settleSeconds = (order: OrderState): number =>
  order.plan.between(80, 3_600, 3 * daySeconds);

/** Once for each order that was completed; what is refunded later comes as another transaction. */
export function settleOrder(order: OrderState, at: number): void {
  order.transactions.push({
    id: nextId(order),
    ...estimate(order),
    type: 'ORDER',
    settledAt: at,
    adjustment: 0,
  });
  order.settledAt = at;
  for (const item of order.items) item.refundSettled = item.refund !== null;
  if (order.plan.between(81, 0, 39) === 0) planStep(order, at + 2 * daySeconds, 'adjust');
}

/** The transaction as it would be if the order were settled now. */
export function estimate(order: OrderState): Omit<Transaction, 'id' | 'type' | 'settledAt'> {
  const { plan } = order;
  const lines = plan.items.flatMap((item, place): TransactionLine[] => {
    const state = order.items[place]!;
    if (state.cancelled) return [];
    const { original: subtotal, sellerDiscount } = item;
    const refund = state.refund?.ofRevenue ?? 0;
    return [
      {
        place,
        subtotal,
        sellerDiscount,
        refund,
        ...feesOf(order, subtotal - sellerDiscount - refund),
      },
    ];
  });
  const paid = plan.shippingOriginal - plan.shippingSellerDiscount - plan.shippingPlatformDiscount;
  return {
    lines,
    shippingPaid: lines.length > 0 ? paid : 0,
    shippingActual:
      lines.length > 0 && plan.delivery.shippingType === 'TIKTOK' ? plan.shippingOriginal : 0,
    adjustment: 0,
  };
}

function feesOf(order: OrderState, revenue: number) {
  return {
    commission: shareOf(revenue, commissionShare),
    affiliate: order.plan.affiliate ? shareOf(revenue, affiliateShare) : 0,
  };
}

/** Fees of what was given back are given back too. */
export function settleRefunds(order: OrderState, at: number): void {
  const lines = order.items.flatMap((item, place): TransactionLine[] => {
    if (!item.refund || item.refundSettled || item.cancelled) return [];
    item.refundSettled = true;
    const { original, sellerDiscount } = order.plan.items[place]!;
    const kept = feesOf(order, original - sellerDiscount - item.refund.ofRevenue);
    const before = feesOf(order, original - sellerDiscount);
    return [
      {
        place,
        subtotal: 0,
        sellerDiscount: 0,
        refund: item.refund.ofRevenue,
        commission: kept.commission - before.commission,
        affiliate: kept.affiliate - before.affiliate,
      },
    ];
  });
  if (lines.length === 0) return;
  const shipping = { shippingPaid: 0, shippingActual: 0, adjustment: 0 };
  order.transactions.push({ id: nextId(order), type: 'ORDER', settledAt: at, lines, ...shipping });
}

export function settleAdjustment(order: OrderState, at: number): void {
  const { between, items } = order.plan;
  const type = adjustmentTypes[between(82, 0, adjustmentTypes.length - 1)]!;
  const amount = shareOf(items[0]!.sale, 1_000);
  order.transactions.push({
    id: nextId(order),
    type,
    settledAt: at,
    lines: [],
    shippingPaid: 0,
    shippingActual: 0,
    adjustment: type === 'CHARGE_BACK' ? -amount : amount,
  });
}

function nextId(order: OrderState): string {
  const { front, index } = order.plan;
  return idOf(idKinds.transaction, front, index, order.transactions.length);
}
