/**
 * What a complete and correct reader must know of a shop's orders and money: each order made again from its plan and
 * what was done to it, then written down and added up by code that the endpoints do not use.
 */
import type { Transaction } from '../finance/settlement.ts';
import { buyerOf, messageOf } from './buyers.ts';
import type { OrderBook } from './order-book.ts';
import type { OrderState } from './order-state.ts';

export interface OrderTruth {
  readonly id: string;
  readonly status: string;
  readonly createTime: number;
  readonly updateTime: number;
  readonly userId: string;
  readonly currency: string;
  readonly totalAmount: string;
  readonly lineItems: readonly {
    readonly id: string;
    readonly skuId: string;
    readonly status: string;
    readonly salePrice: string;
  }[];
  readonly packages: readonly { readonly id: string; readonly status: string }[];
  readonly cancellations: readonly { readonly id: string; readonly status: string }[];
  readonly returns: readonly { readonly id: string; readonly status: string }[];
}

export interface StatementTruth {
  /** Unix seconds of 00:00 UTC. */
  readonly statementTime: number;
  readonly currency: string;
  readonly revenueAmount: string;
  readonly feeAmount: string;
  readonly shippingCostAmount: string;
  readonly adjustmentAmount: string;
  readonly settlementAmount: string;
  readonly transactions: number;
}

export interface ShopTruth {
  readonly shopId: string;
  readonly at: number;
  readonly orders: readonly OrderTruth[];
  readonly statements: readonly StatementTruth[];
}

const daySeconds = 86_400;

/** `at` in Unix seconds. */
export function truthOf(book: OrderBook, at: number): ShopTruth {
  const orders = book.replay(at);
  return {
    shopId: book.front.shop.id,
    at,
    orders: orders.map((order) => orderTruth(book, order)),
    statements: statementTruths(book, orders, at),
  };
}

function decimal(book: OrderBook, units: bigint): string {
  if (units === 0n || book.front.shop.moneyDecimals === 0) return String(units);
  const sign = units < 0n ? '-' : '';
  const whole = units < 0n ? -units : units;
  return `${sign}${whole / 100n}.${String(whole % 100n).padStart(2, '0')}`;
}

function orderTruth(book: OrderBook, order: OrderState): OrderTruth {
  const { plan } = order;
  let total = 0n;
  for (const { original, sellerDiscount, platformDiscount, tax } of plan.items) {
    total += BigInt(original) - BigInt(sellerDiscount) - BigInt(platformDiscount) + BigInt(tax);
  }
  total += BigInt(plan.shippingOriginal);
  total -= BigInt(plan.shippingSellerDiscount) + BigInt(plan.shippingPlatformDiscount);
  const { seed, place, shop } = book.front;
  return {
    id: plan.id,
    status: order.status,
    createTime: plan.createdAt,
    updateTime: order.updatedAt,
    userId: buyerOf(seed, place, plan.buyer, shop.region).userId,
    currency: shop.currency,
    totalAmount: decimal(book, total),
    lineItems: plan.items.map(({ id, good, sale }, index) => ({
      id,
      skuId: good.skuId,
      status: itemStatus(order, index),
      salePrice: decimal(book, BigInt(sale)),
    })),
    packages: order.parcels.map(({ id, status }) => ({ id, status })),
    cancellations: order.cancellations.map(({ id, status }) => ({ id, status })),
    returns: order.returns.map(({ id, status }) => ({ id, status })),
  };
}

/** By where the item's package is; the order speaks before there is one and after all is over. */
function itemStatus(order: OrderState, place: number): string {
  if (order.items[place]!.cancelled) return 'CANCELLED';
  let status: string = order.status;
  if (status === 'COMPLETED') return status;
  for (const parcel of order.parcels) {
    if (!parcel.items.includes(place) || parcel.status === 'CANCELLED') continue;
    if (parcel.deliveredAt !== null) status = 'DELIVERED';
    else if (parcel.collectedAt !== null) status = 'IN_TRANSIT';
    else status = parcel.shippedAt === null ? 'AWAITING_SHIPMENT' : 'AWAITING_COLLECTION';
  }
  return status;
}

interface Sums {
  revenue: bigint;
  fee: bigint;
  shipping: bigint;
  adjustment: bigint;
  transactions: number;
}

/** Days whose statement is out: those that have ended. */
function statementTruths(
  book: OrderBook,
  orders: readonly OrderState[],
  at: number,
): readonly StatementTruth[] {
  const days = new Map<number, Sums>();
  for (const transaction of orders.flatMap(({ transactions }) => transactions)) {
    const statementTime = (Math.floor(transaction.settledAt / daySeconds) + 1) * daySeconds;
    if (statementTime > at) continue;
    const sums = days.get(statementTime) ?? noSums();
    days.set(statementTime, sums);
    addTo(sums, transaction);
  }
  return [...days]
    .sort(([one], [other]) => one - other)
    .map(([statementTime, { revenue, fee, shipping, adjustment, transactions }]) => ({
      statementTime,
      currency: book.front.shop.currency,
      revenueAmount: decimal(book, revenue),
      feeAmount: decimal(book, fee),
      shippingCostAmount: decimal(book, shipping),
      adjustmentAmount: decimal(book, adjustment),
      settlementAmount: decimal(book, revenue + fee + shipping + adjustment),
      transactions,
    }));
}

const noSums = (): Sums => ({
  revenue: 0n,
  fee: 0n,
  shipping: 0n,
  adjustment: 0n,
  transactions: 0,
});

function addTo(sums: Sums, transaction: Transaction): void {
  for (const { subtotal, sellerDiscount, refund, commission, affiliate } of transaction.lines) {
    sums.revenue += BigInt(subtotal) - BigInt(sellerDiscount) - BigInt(refund);
    sums.fee -= BigInt(commission) + BigInt(affiliate);
  }
  sums.shipping += BigInt(transaction.shippingPaid) - BigInt(transaction.shippingActual);
  sums.adjustment += BigInt(transaction.adjustment);
  sums.transactions += 1;
}

export interface BuyerTruth {
  readonly userId: string;
  /** A word of this buyer's name, street, e-mail and messages, and of nothing else; null for ordinary buyers. */
  readonly canary: string | null;
  /** Every personal string that the API may send in clear. */
  readonly strings: readonly string[];
  readonly orders: readonly {
    readonly id: string;
    readonly createTime: number;
    /** Unix seconds of COMPLETED or CANCELLED; null while the order is open. */
    readonly closedAt: number | null;
  }[];
}

export function buyersOf(book: OrderBook, at: number): readonly BuyerTruth[] {
  const { seed, place, shop } = book.front;
  const byBuyer = new Map<number, OrderState[]>();
  for (const order of book.replay(at)) {
    byBuyer.set(order.plan.buyer, [...(byBuyer.get(order.plan.buyer) ?? []), order]);
  }
  return [...byBuyer].map(([number, orders]) => {
    const buyer = buyerOf(seed, place, number, shop.region);
    const {
      userId,
      canary,
      firstName: _f,
      region: _r,
      country: _c,
      state: _s,
      town: _t,
      ...own
    } = buyer;
    const messages = orders.map(({ plan }) => messageOf(buyer, plan.index));
    return {
      userId,
      canary,
      strings: [...Object.values(own), ...messages].filter((text): text is string => Boolean(text)),
      orders: orders.map(({ plan, completedAt, cancelledAt }) => ({
        id: plan.id,
        createTime: plan.createdAt,
        closedAt: completedAt ?? cancelledAt,
      })),
    };
  });
}
