/** Cancellations: at once while the order is on hold or by the seller, else as a request that somebody answers. */
import { ShopRefusal } from '../answers.ts';
import { dropCancelledItems, planShipping, tellParcels } from '../fulfilment/parcels.ts';
import { sum } from '../orders/amounts.ts';
import { idKinds, idOf } from '../orders/order-plan.ts';
import {
  dropSteps,
  isPending,
  type OrderState,
  planStep,
  type Role,
  restate,
  type StepKind,
  touch,
} from '../orders/order-state.ts';

export type CancelStatus =
  | 'CANCELLATION_REQUEST_PENDING'
  | 'CANCELLATION_REQUEST_SUCCESS'
  | 'CANCELLATION_REQUEST_CANCELLED'
  | 'CANCELLATION_REQUEST_COMPLETE';

export interface Cancellation {
  readonly id: string;
  readonly type: 'CANCEL' | 'BUYER_CANCEL';
  readonly role: Role;
  readonly reason: string;
  /** Places of its items among the order's. */
  readonly items: readonly number[];
  readonly createdAt: number;
  status: CancelStatus;
  updatedAt: number;
  /** Until when the seller may answer; null once nothing is asked of them. */
  deadline: number | null;
}

export const cancelReasons: Readonly<Record<string, string>> = {
  ecom_order_to_ship_canceled_reason_no_longer_needed: 'No longer needed',
  ecom_order_to_ship_canceled_reason_better_price: 'Better price available',
  seller_cancel_reason_out_of_stock: 'Out of stock',
  seller_cancel_reason_wrong_price: 'Pricing error',
  seller_cancel_paid_reason_address_not_deliver: 'Unable to deliver to buyer address',
};
const buyerReason = 'ecom_order_to_ship_canceled_reason_no_longer_needed';
const hourSeconds = 3_600;
/** A buyer's request that the seller leaves open this long is granted. */
const answerSeconds = 48 * hourSeconds;
const refundSeconds = hourSeconds;

interface Opening {
  readonly type: Cancellation['type'];
  readonly role: Role;
  readonly reason: string;
  readonly items: readonly number[];
}

const living = (order: OrderState): readonly number[] =>
  order.items.flatMap(({ cancelled }, place) => (cancelled ? [] : [place]));

function open(order: OrderState, at: number, { type, role, reason, items }: Opening): Cancellation {
  const { front, index } = order.plan;
  const id = idOf(idKinds.cancellation, front, index, order.cancellations.length);
  const status = 'CANCELLATION_REQUEST_PENDING';
  const cancellation: Cancellation = {
    ...{ id, type, role, reason, items, status },
    createdAt: at,
    updatedAt: at,
    deadline: null,
  };
  order.cancellations.push(cancellation);
  return cancellation;
}

/** Nobody paid in time. */
export function expireOrder(order: OrderState, at: number): void {
  const items = living(order);
  const reason = 'ecom_order_unpaid_timeout';
  grant(order, open(order, at, { type: 'CANCEL', role: 'SYSTEM', reason, items }), at);
}

/** While the order is on hold a buyer cancels without asking. */
export function cancelOnHold(order: OrderState, at: number): void {
  const items = living(order);
  const reason = buyerReason;
  grant(order, open(order, at, { type: 'BUYER_CANCEL', role: 'BUYER', reason, items }), at);
}

export function requestCancel(order: OrderState, at: number): Cancellation {
  checkUnshipped(order);
  const opening = { type: 'BUYER_CANCEL', role: 'BUYER', reason: buyerReason } as const;
  const cancellation = open(order, at, { ...opening, items: living(order) });
  order.cancelRequestedAt = at;
  cancellation.deadline = at + answerSeconds;
  dropSteps(order, ['ship']);
  planStep(order, cancellation.deadline, 'end-cancel-request', cancellation.id);
  if (order.plan.fate !== 'request-unanswered') {
    const wait = order.plan.between(60, 2 * hourSeconds, 30 * hourSeconds);
    planStep(order, at + wait, 'answer-cancel', cancellation.id);
  }
  touch(order, at);
  tell(order, cancellation, at);
  return cancellation;
}

/** All items or some; the seller needs nobody's leave until something is shipped. */
export function cancelBySeller(
  order: OrderState,
  at: number,
  reason = 'seller_cancel_reason_out_of_stock',
  items: readonly number[] = living(order),
): Cancellation {
  if (!Object.hasOwn(cancelReasons, reason)) {
    throw new ShopRefusal(25_001_014, 'The cancel reason is unknown.');
  }
  checkUnshipped(order);
  if (items.length === 0 || items.some((place) => order.items[place]!.cancelled)) {
    throw new ShopRefusal(25_001_001, 'Name items of the order that are not cancelled yet.');
  }
  const cancellation = open(order, at, { type: 'CANCEL', role: 'SELLER', reason, items });
  grant(order, cancellation, at);
  return cancellation;
}

function checkUnshipped(order: OrderState): void {
  if (order.cancelledAt !== null || order.completedAt !== null) {
    throw new ShopRefusal(25_001_051, 'The order is completed or cancelled.');
  }
  if (order.shippedAt !== null) throw new ShopRefusal(25_001_045, 'The order has been shipped.');
  if (order.paidAt === null || isPending(order)) {
    throw new ShopRefusal(25_011_012, 'The status of the order does not allow this.');
  }
}

export function cancellationOf(order: OrderState, id: string): Cancellation {
  const cancellation = order.cancellations.find((candidate) => candidate.id === id);
  if (!cancellation) throw new ShopRefusal(25_020_005, 'The cancellation is not of this shop.');
  return cancellation;
}

function pendingOf(order: OrderState, id: string): Cancellation {
  const cancellation = cancellationOf(order, id);
  if (cancellation.status !== 'CANCELLATION_REQUEST_PENDING') {
    throw new ShopRefusal(25_011_013, 'The cancellation is not waiting for an answer.');
  }
  return cancellation;
}

export function approveCancel(order: OrderState, id: string, at: number): void {
  grant(order, pendingOf(order, id), at);
}

/** The order goes on as if nobody had asked. */
export function rejectCancel(order: OrderState, id: string, at: number): void {
  const cancellation = pendingOf(order, id);
  close(order, cancellation, 'CANCELLATION_REQUEST_CANCELLED', at);
  touch(order, at);
  planShipping(order, at);
  tell(order, cancellation, at);
}

/** How the seller's staff answers in Seller Center if no call comes first. */
export function answerCancel(order: OrderState, id: string, at: number): void {
  if (order.plan.fate === 'request-rejected') rejectCancel(order, id, at);
  else approveCancel(order, id, at);
}

function grant(order: OrderState, cancellation: Cancellation, at: number): void {
  const wasPaid = order.paidAt !== null;
  for (const place of cancellation.items) {
    const { sale, tax } = order.plan.items[place]!;
    const item = order.items[place]!;
    item.cancelled = { reason: cancellation.reason, by: cancellation.role };
    // Nothing was earned with a cancelled item, so no revenue is lost with it.
    if (wasPaid) item.refund = { toBuyer: sale + tax, ofRevenue: 0 };
  }
  close(order, cancellation, 'CANCELLATION_REQUEST_SUCCESS', at);
  dropCancelledItems(order, at);
  if (living(order).length === 0) {
    order.cancelledAt = at;
    order.onHold = false;
    dropSteps(order, stepsOfLiving);
  } else {
    const rest = order.parcels.filter(({ status }) => status === 'TO_FULFILL');
    tellParcels(order, at, 'PARTLY_CANCEL_SPLIT', `ROLE_${roleWord(cancellation.role)}`, rest);
  }
  planStep(order, at + refundSeconds, 'finish-cancel', cancellation.id);
  restate(order, at);
  tell(order, cancellation, at);
}

const roleWord = (role: Role): string => (role === 'BUYER' ? 'USER' : role);

const stepsOfLiving: readonly StepKind[] = [
  'pay',
  'expire',
  'release',
  'move-house',
  'ship',
  'collect',
  'deliver',
  'complete',
  'buyer-cancels',
  'seller-cancels',
  'request-cancel',
];

/** The refund has reached the buyer. */
export function finishCancel(order: OrderState, id: string, at: number): void {
  const cancellation = cancellationOf(order, id);
  close(order, cancellation, 'CANCELLATION_REQUEST_COMPLETE', at);
  touch(order, at);
  tell(order, cancellation, at);
}

function close(order: OrderState, it: Cancellation, status: CancelStatus, at: number): void {
  it.status = status;
  it.updatedAt = Math.max(at, it.updatedAt);
  it.deadline = null;
  dropSteps(order, ['answer-cancel', 'end-cancel-request'], it.id);
}

/** What the buyer gets back: the items, and the shipping fee when nothing is left of the order. */
export function cancelRefundOf(order: OrderState, { items }: Cancellation) {
  const planned = items.map((place) => order.plan.items[place]!);
  const { plan } = order;
  const all = items.length === plan.items.length && order.paidAt !== null;
  const paid = order.paidAt !== null;
  const shipping =
    plan.shippingOriginal - plan.shippingSellerDiscount - plan.shippingPlatformDiscount;
  return {
    subtotal: paid ? sum(planned.map(({ sale }) => sale)) : 0,
    tax: paid ? sum(planned.map(({ tax }) => tax)) : 0,
    shipping: all ? shipping : 0,
  };
}

function tell(order: OrderState, cancellation: Cancellation, at: number): void {
  order.changes.push({ kind: 'cancellation', at, cancellation: { ...cancellation } });
}
