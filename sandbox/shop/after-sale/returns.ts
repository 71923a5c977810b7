/** Returns, refunds without return, and replacements of delivered items. */
import { ShopRefusal } from '../answers.ts';
import { partsOf, sum } from '../orders/amounts.ts';
import { idKinds, idOf } from '../orders/order-plan.ts';
import { dropSteps, type OrderState, planStep, type Role, touch } from '../orders/order-state.ts';

export type ReturnType = 'REFUND' | 'RETURN_AND_REFUND' | 'REPLACEMENT';

export const returnTypes: readonly ReturnType[] = ['REFUND', 'RETURN_AND_REFUND', 'REPLACEMENT'];

export type ReturnStatus =
  | 'RETURN_OR_REFUND_REQUEST_PENDING'
  | 'REFUND_OR_RETURN_REQUEST_REJECT'
  | 'AWAITING_BUYER_SHIP'
  | 'BUYER_SHIPPED_ITEM'
  | 'REJECT_RECEIVE_PACKAGE'
  | 'RETURN_OR_REFUND_REQUEST_SUCCESS'
  | 'RETURN_OR_REFUND_REQUEST_CANCEL'
  | 'RETURN_OR_REFUND_REQUEST_COMPLETE'
  | 'AWAITING_BUYER_RESPONSE'
  | 'REPLACEMENT_REQUEST_PENDING'
  | 'REPLACEMENT_REQUEST_REJECT'
  | 'REPLACEMENT_REQUEST_REFUND_SUCCESS'
  | 'REPLACEMENT_REQUEST_CANCEL'
  | 'REPLACEMENT_REQUEST_COMPLETE';

export interface Return {
  readonly id: string;
  type: ReturnType;
  readonly role: Role;
  readonly reason: string;
  readonly items: readonly number[];
  readonly createdAt: number;
  status: ReturnStatus;
  updatedAt: number;
  /** What the seller must do next, and until when. */
  todo: { readonly action: string; readonly deadline: number } | null;
  /** Offered instead of the whole refund. */
  offer: number | null;
  keepsItem: boolean;
  tracking: string | null;
  readonly records: { readonly event: string; readonly role: Role; readonly at: number }[];
}

export const returnReasons: Readonly<Record<string, string>> = {
  ecom_order_delivered_refund_and_return_reason_defective: 'Defective',
  ecom_order_delivered_refund_and_return_reason_wrong_item: 'Wrong item was sent',
  ecom_order_delivered_refund_reason_missing: 'Missing items',
  ecom_order_delivered_refund_and_return_reason_no_longer_needed: 'No longer needed',
};

const daySeconds = 86_400;
const answerSeconds = 2 * daySeconds;
const receiveSeconds = 5 * daySeconds;
const sendBackSeconds = 10 * daySeconds;

const pendingStatuses: readonly ReturnStatus[] = [
  'RETURN_OR_REFUND_REQUEST_PENDING',
  'REPLACEMENT_REQUEST_PENDING',
];
const closedStatuses: readonly ReturnStatus[] = [
  'RETURN_OR_REFUND_REQUEST_SUCCESS',
  'RETURN_OR_REFUND_REQUEST_CANCEL',
  'RETURN_OR_REFUND_REQUEST_COMPLETE',
  'REPLACEMENT_REQUEST_REFUND_SUCCESS',
  'REPLACEMENT_REQUEST_CANCEL',
  'REPLACEMENT_REQUEST_COMPLETE',
];

export interface ReturnRequest {
  readonly type: ReturnType;
  readonly role: Role;
  readonly reason: string;
  readonly items: readonly number[];
}

/** Items that are delivered and not given back or asked for already. */
export function returnableOf(order: OrderState): readonly number[] {
  const asked = order.returns
    .filter(
      ({ status }) =>
        !['RETURN_OR_REFUND_REQUEST_CANCEL', 'REPLACEMENT_REQUEST_CANCEL'].includes(status),
    )
    .flatMap(({ items }) => items);
  return order.parcels
    .filter(({ status }) => status === 'COMPLETED')
    .flatMap(({ items }) => items)
    .filter((place) => !order.items[place]!.cancelled && !asked.includes(place));
}

/** What the plan makes the buyer ask for: the first item that can still be given back. */
export function plannedRequest(order: OrderState): ReturnRequest | null {
  const items = returnableOf(order).slice(0, 1);
  if (items.length === 0) return null;
  const types = {
    refund: 'REFUND',
    return: 'RETURN_AND_REFUND',
    replacement: 'REPLACEMENT',
  } as const;
  const { afterSale, between } = order.plan;
  const type = types[afterSale === 'none' ? 'return' : afterSale];
  const reasons = Object.keys(returnReasons);
  return { type, role: 'BUYER', reason: reasons[between(70, 0, reasons.length - 1)]!, items };
}

export function requestReturn(order: OrderState, at: number, request: ReturnRequest): Return {
  if (!Object.hasOwn(returnReasons, request.reason)) {
    throw new ShopRefusal(25_001_014, 'The return reason is unknown.');
  }
  const allowed = returnableOf(order);
  if (request.items.length === 0 || request.items.some((place) => !allowed.includes(place))) {
    throw new ShopRefusal(25_001_001, 'Name items that are delivered and not in another return.');
  }
  const { front, index } = order.plan;
  const replaces = request.type === 'REPLACEMENT';
  const created: Return = {
    ...request,
    id: idOf(idKinds.return, front, index, order.returns.length),
    createdAt: at,
    updatedAt: at,
    status: replaces ? 'REPLACEMENT_REQUEST_PENDING' : 'RETURN_OR_REFUND_REQUEST_PENDING',
    todo: null,
    offer: null,
    keepsItem: false,
    tracking: null,
    records: [],
  };
  order.returns.push(created);
  const action = `SELLER_RESPOND_${{ REFUND: 'REFUND', RETURN_AND_REFUND: 'RETURN', REPLACEMENT: 'REPLACEMENT' }[request.type]}`;
  created.todo = { action, deadline: at + answerSeconds };
  const wait = order.plan.between(71, 3_600, answerSeconds);
  planStep(order, at + wait, 'answer-return', created.id);
  record(order, created, created.status, request.role, at);
  return created;
}

export function returnOf(order: OrderState, id: string): Return {
  const found = order.returns.find((candidate) => candidate.id === id);
  if (!found) throw new ShopRefusal(25_020_005, 'The return is not of this shop.');
  return found;
}

export type Decision =
  | 'APPROVE_REFUND'
  | 'APPROVE_RETURN'
  | 'APPROVE_RECEIVED_PACKAGE'
  | 'APPROVE_REPLACEMENT'
  | 'ISSUE_REPLACEMENT_REFUND'
  | 'OFFER_PARTIAL_REFUND'
  | 'REJECT_REFUND'
  | 'REJECT_RETURN'
  | 'REJECT_RECEIVED_PACKAGE'
  | 'REJECT_REPLACEMENT';

/** In which status of which kinds of return a decision may be taken. */
const allowedIn: Readonly<Record<Decision, (it: Return) => boolean>> = {
  APPROVE_REFUND: (it) => isPending(it) && it.type === 'REFUND',
  APPROVE_RETURN: (it) => isPending(it) && it.type === 'RETURN_AND_REFUND',
  APPROVE_RECEIVED_PACKAGE: (it) => it.status === 'BUYER_SHIPPED_ITEM',
  APPROVE_REPLACEMENT: (it) => isPending(it) && it.type === 'REPLACEMENT',
  ISSUE_REPLACEMENT_REFUND: (it) => isPending(it) && it.type === 'REPLACEMENT',
  OFFER_PARTIAL_REFUND: (it) => isPending(it) && it.type !== 'REPLACEMENT',
  REJECT_REFUND: (it) => isPending(it) && it.type === 'REFUND',
  REJECT_RETURN: (it) => isPending(it) && it.type === 'RETURN_AND_REFUND',
  REJECT_RECEIVED_PACKAGE: (it) => it.status === 'BUYER_SHIPPED_ITEM',
  REJECT_REPLACEMENT: (it) => isPending(it) && it.type === 'REPLACEMENT',
};

export const decisions = Object.keys(allowedIn) as readonly Decision[];

const isPending = ({ status }: Return): boolean => pendingStatuses.includes(status);

export interface DecisionDetails {
  readonly offer?: number;
  readonly keepsItem?: boolean;
}

export function decideReturn(
  order: OrderState,
  id: string,
  at: number,
  decision: Decision,
  details: DecisionDetails = {},
): void {
  const it = returnOf(order, id);
  if (!allowedIn[decision](it)) {
    throw new ShopRefusal(25_011_013, 'The status of the return does not allow this decision.');
  }
  const whole = sum(it.items.map((place) => order.plan.items[place]!.sale));
  if (decision === 'OFFER_PARTIAL_REFUND' && !(details.offer! > 0 && details.offer! < whole)) {
    throw new ShopRefusal(25_001_001, 'partial_refund must be less than the whole and above 0.');
  }
  dropSteps(order, ['answer-return', 'receive-back'], id);
  it.todo = null;
  it.keepsItem = details.keepsItem ?? false;
  effects[decision](order, it, at, details);
}

type Effect = (order: OrderState, it: Return, at: number, details: DecisionDetails) => void;

const refundNow: Effect = (order, it, at) => refund(order, it, at, 'SELLER');
const reject =
  (status: ReturnStatus): Effect =>
  (order, it, at) => {
    record(order, it, status, 'SELLER', at);
    planStep(order, at + 3 * daySeconds, 'close-return', it.id);
  };

const effects: Readonly<Record<Decision, Effect>> = {
  APPROVE_REFUND: refundNow,
  APPROVE_RECEIVED_PACKAGE: refundNow,
  ISSUE_REPLACEMENT_REFUND: refundNow,
  APPROVE_RETURN: (order, it, at) => {
    if (it.keepsItem) return refund(order, it, at, 'SELLER');
    record(order, it, 'AWAITING_BUYER_SHIP', 'SELLER', at);
    const wait = order.plan.between(72, daySeconds, sendBackSeconds - daySeconds);
    planStep(order, at + wait, 'send-back', it.id);
  },
  APPROVE_REPLACEMENT: (order, it, at) =>
    record(order, it, 'REPLACEMENT_REQUEST_COMPLETE', 'SELLER', at),
  OFFER_PARTIAL_REFUND: (order, it, at, { offer }) => {
    it.offer = offer!;
    record(order, it, 'AWAITING_BUYER_RESPONSE', 'SELLER', at);
    planStep(order, at + daySeconds, 'accept-offer', it.id);
  },
  REJECT_REFUND: reject('REFUND_OR_RETURN_REQUEST_REJECT'),
  REJECT_RETURN: reject('REFUND_OR_RETURN_REQUEST_REJECT'),
  REJECT_RECEIVED_PACKAGE: reject('REJECT_RECEIVE_PACKAGE'),
  REJECT_REPLACEMENT: reject('REPLACEMENT_REQUEST_REJECT'),
};

/** How the seller's staff answers in Seller Center if no call comes first: one in five is turned down. */
export function answerReturn(order: OrderState, id: string, at: number): void {
  const { type } = returnOf(order, id);
  const rejects = order.plan.between(73, 0, 4) === 4;
  const word = {
    REFUND: 'REFUND',
    RETURN_AND_REFUND: 'RETURN',
    REPLACEMENT: 'REPLACEMENT',
  } as const;
  decideReturn(order, id, at, `${rejects ? 'REJECT' : 'APPROVE'}_${word[type]}` as const);
}

export function sendBack(order: OrderState, id: string, at: number): void {
  const it = returnOf(order, id);
  it.tracking = `RT${id.slice(-10)}`;
  it.todo = { action: 'SELLER_RESPOND_RECEIVE_PACKAGE', deadline: at + receiveSeconds };
  planStep(order, at + order.plan.between(74, daySeconds, receiveSeconds), 'receive-back', id);
  record(order, it, 'BUYER_SHIPPED_ITEM', 'BUYER', at);
}

export function receiveBack(order: OrderState, id: string, at: number): void {
  decideReturn(order, id, at, 'APPROVE_RECEIVED_PACKAGE');
}

export function acceptOffer(order: OrderState, id: string, at: number): void {
  refund(order, returnOf(order, id), at, 'BUYER');
}

/** The money goes back; an order that is settled already gets another transaction for it. */
function refund(order: OrderState, it: Return, at: number, role: Role): void {
  const offers = it.offer === null ? null : partsOf(it.offer, it.items.length);
  for (const [number, place] of it.items.entries()) {
    const { original, sellerDiscount, sale, tax } = order.plan.items[place]!;
    const part = offers?.[number];
    order.items[place]!.refund =
      part === undefined
        ? { toBuyer: sale + tax, ofRevenue: original - sellerDiscount }
        : { toBuyer: part, ofRevenue: part };
  }
  const replaced = it.type === 'REPLACEMENT';
  const status = replaced
    ? 'REPLACEMENT_REQUEST_REFUND_SUCCESS'
    : 'RETURN_OR_REFUND_REQUEST_SUCCESS';
  if (order.settledAt !== null) planStep(order, at + daySeconds, 'settle-refunds');
  if (!replaced) planStep(order, at + 3_600, 'finish-return', it.id);
  record(order, it, status, role, at);
}

export function finishReturn(order: OrderState, id: string, at: number): void {
  record(order, returnOf(order, id), 'RETURN_OR_REFUND_REQUEST_COMPLETE', 'SYSTEM', at);
}

/** The buyer lets a rejected request be. */
export function closeReturn(order: OrderState, id: string, at: number): void {
  const it = returnOf(order, id);
  if (closedStatuses.includes(it.status)) return;
  const replaced = it.type === 'REPLACEMENT';
  record(
    order,
    it,
    replaced ? 'REPLACEMENT_REQUEST_CANCEL' : 'RETURN_OR_REFUND_REQUEST_CANCEL',
    'BUYER',
    at,
  );
}

function record(order: OrderState, it: Return, status: ReturnStatus, role: Role, at: number): void {
  it.status = status;
  it.updatedAt = Math.max(at, it.updatedAt + (it.records.length > 0 ? 1 : 0));
  it.records.push({ event: status, role, at });
  touch(order, at);
  order.changes.push({ kind: 'return', at, return: { ...it, records: [] } });
}
