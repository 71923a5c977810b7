/** An order as it stands at some instant, and the few ways in which its parts are changed. Times are Unix seconds. */
import type { Cancellation } from '../after-sale/cancellations.ts';
import type { Return } from '../after-sale/returns.ts';
import type { Transaction } from '../finance/settlement.ts';
import type { Parcel } from '../fulfilment/parcels.ts';
import type { OrderPlan } from './order-plan.ts';

export type OrderStatus =
  | 'UNPAID'
  | 'ON_HOLD'
  | 'AWAITING_SHIPMENT'
  | 'PARTIALLY_SHIPPING'
  | 'AWAITING_COLLECTION'
  | 'IN_TRANSIT'
  | 'DELIVERED'
  | 'COMPLETED'
  | 'CANCELLED';

export type Role = 'BUYER' | 'SELLER' | 'SYSTEM';

export interface ItemState {
  cancelled: { readonly reason: string; readonly by: Role } | null;
  /** What went back to the buyer, and what the seller's revenue lost by it. */
  refund: { readonly toBuyer: number; readonly ofRevenue: number } | null;
  /** Whether a settlement has taken the refund into account. */
  refundSettled: boolean;
}

export type StepKind =
  | 'pay'
  | 'expire'
  | 'release'
  | 'move-house'
  | 'ship'
  | 'collect'
  | 'deliver'
  | 'complete'
  | 'settle'
  | 'settle-refunds'
  | 'adjust'
  | 'buyer-cancels'
  | 'seller-cancels'
  | 'request-cancel'
  | 'answer-cancel'
  | 'end-cancel-request'
  | 'finish-cancel'
  | 'request-return'
  | 'answer-return'
  | 'send-back'
  | 'receive-back'
  | 'accept-offer'
  | 'finish-return'
  | 'close-return';

/** What will happen by the clock, unless a call comes first. */
export interface Step {
  readonly at: number;
  readonly kind: StepKind;
  /** The id of a parcel, cancellation or return; empty for the order itself. */
  readonly subject: string;
}

export interface OrderState {
  readonly plan: OrderPlan;
  status: OrderStatus;
  updatedAt: number;
  paidAt: number | null;
  onHold: boolean;
  shippedAt: number | null;
  collectedAt: number | null;
  deliveredAt: number | null;
  completedAt: number | null;
  cancelledAt: number | null;
  cancelRequestedAt: number | null;
  settledAt: number | null;
  movedHouse: boolean;
  readonly items: readonly ItemState[];
  readonly parcels: Parcel[];
  readonly cancellations: Cancellation[];
  readonly returns: Return[];
  readonly transactions: Transaction[];
  steps: Step[];
  /** What others must hear of; whoever reads takes it away. */
  changes: Change[];
}

export type Change =
  | { kind: 'status'; at: number; status: OrderStatus; onHold: boolean; updatedAt: number }
  | { kind: 'address'; at: number; updatedAt: number }
  | { kind: 'parcels'; at: number; scType: string; role: string; parcelIds: readonly string[] }
  | { kind: 'cancellation'; at: number; cancellation: Readonly<Cancellation> }
  | { kind: 'return'; at: number; return: Readonly<Return> };

export function openOrder(plan: OrderPlan): OrderState {
  const order: OrderState = {
    plan,
    status: 'UNPAID',
    updatedAt: plan.createdAt,
    paidAt: null,
    onHold: false,
    shippedAt: null,
    collectedAt: null,
    deliveredAt: null,
    completedAt: null,
    cancelledAt: null,
    cancelRequestedAt: null,
    settledAt: null,
    movedHouse: false,
    items: plan.items.map(() => ({ cancelled: null, refund: null, refundSettled: false })),
    parcels: [],
    cancellations: [],
    returns: [],
    transactions: [],
    steps: [],
    changes: [],
  };
  const at = plan.createdAt;
  order.changes.push({ kind: 'status', at, status: 'UNPAID', onHold: false, updatedAt: at });
  return order;
}

export function planStep(order: OrderState, at: number, kind: StepKind, subject = ''): void {
  order.steps.push({ at, kind, subject });
  order.steps.sort((one, other) => one.at - other.at);
}

export function dropSteps(order: OrderState, kinds: readonly StepKind[], subject?: string): void {
  order.steps = order.steps.filter(
    (step) => !kinds.includes(step.kind) || (subject !== undefined && step.subject !== subject),
  );
}

/** Each change moves `update_time`, also the second one within a second. */
export function touch(order: OrderState, at: number): void {
  order.updatedAt = Math.max(at, order.updatedAt + 1);
}

export const isPending = (order: OrderState): boolean =>
  order.cancellations.some(({ status }) => status === 'CANCELLATION_REQUEST_PENDING');

/** Touches the order and says so if the change has given it another status. */
export function restate(order: OrderState, at: number): void {
  touch(order, at);
  const status = statusOf(order);
  if (status === order.status) return;
  order.status = status;
  const { onHold, updatedAt } = order;
  order.changes.push({ kind: 'status', at, status, onHold, updatedAt });
}

function statusOf(order: OrderState): OrderStatus {
  if (order.cancelledAt !== null) return 'CANCELLED';
  if (order.completedAt !== null) return 'COMPLETED';
  if (order.paidAt === null) return 'UNPAID';
  if (order.onHold) return 'ON_HOLD';
  const statuses = order.parcels.map(({ status }) => status).filter((it) => it !== 'CANCELLED');
  if (statuses.includes('TO_FULFILL')) {
    return statuses.every((it) => it === 'TO_FULFILL') ? 'AWAITING_SHIPMENT' : 'PARTIALLY_SHIPPING';
  }
  if (statuses.includes('PROCESSING')) return 'AWAITING_COLLECTION';
  return statuses.includes('FULFILLING') ? 'IN_TRANSIT' : 'DELIVERED';
}
