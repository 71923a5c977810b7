/**
 * How an order goes on: by the steps that its plan and its state bring about, and by actions of seller, buyer and
 * tests. Pure in time: the same plan with the same actions at the same instants gives the same order.
 */
import {
  answerCancel,
  approveCancel,
  cancelBySeller,
  cancelOnHold,
  expireOrder,
  finishCancel,
  rejectCancel,
  requestCancel,
} from '../after-sale/cancellations.ts';
import {
  acceptOffer,
  answerReturn,
  closeReturn,
  type Decision,
  type DecisionDetails,
  decideReturn,
  finishReturn,
  plannedRequest,
  type ReturnRequest,
  receiveBack,
  requestReturn,
  sendBack,
} from '../after-sale/returns.ts';
import { ShopRefusal } from '../answers.ts';
import {
  settleAdjustment,
  settleOrder,
  settleRefunds,
  settleSeconds,
} from '../finance/settlement.ts';
import {
  collectParcel,
  deliverParcel,
  openParcels,
  renumberParcel,
  type Shipment,
  shipParcel,
  splitParcel,
} from '../fulfilment/parcels.ts';
import type { OrderPlan } from './order-plan.ts';
import {
  type OrderState,
  openOrder,
  planStep,
  restate,
  type StepKind,
  touch,
} from './order-state.ts';

const minuteSeconds = 60;
const hourSeconds = 3_600;
/** The buyer may cancel freely so long. */
const holdSeconds = hourSeconds;
const unpaidSeconds = 24 * hourSeconds;

export type Action =
  | { readonly name: 'ship'; readonly parcelId: string; readonly how: Shipment }
  | { readonly name: 'renumber'; readonly parcelId: string; readonly how: Shipment }
  | { readonly name: 'split'; readonly groups: readonly (readonly number[])[] }
  | { readonly name: 'cancel'; readonly reason?: string; readonly items?: readonly number[] }
  | { readonly name: 'request-cancel' }
  | { readonly name: 'approve-cancel' | 'reject-cancel'; readonly id: string }
  | { readonly name: 'request-return'; readonly request?: ReturnRequest }
  | {
      readonly name: 'decide-return';
      readonly id: string;
      readonly decision: Decision;
      readonly details?: DecisionDetails;
    }
  | { readonly name: 'change-address' }
  /** The next step that is planned, now. */
  | { readonly name: 'hasten' };

export function startOrder(plan: OrderPlan): OrderState {
  const order = openOrder(plan);
  const { createdAt, between, fate, isCod } = plan;
  if (fate === 'never-paid') planStep(order, createdAt + unpaidSeconds, 'expire');
  else planStep(order, createdAt + (isCod ? 1 : between(90, 20, 15 * minuteSeconds)), 'pay');
  return order;
}

/** The instant of the next step; infinite when nothing more happens by itself. */
export const nextAt = (order: OrderState): number => order.steps[0]?.at ?? Number.POSITIVE_INFINITY;

/** Takes all steps up to an instant, in order. */
export function goOn(order: OrderState, until: number): void {
  while (nextAt(order) <= until) takeStep(order, nextAt(order));
}

function takeStep(order: OrderState, at: number): void {
  const { kind, subject } = order.steps.shift()!;
  try {
    steps[kind](order, at, subject);
  } catch (error) {
    // A call came first, and what was planned no longer fits.
    if (!(error instanceof ShopRefusal)) throw error;
  }
}

const steps: Readonly<Record<StepKind, (order: OrderState, at: number, subject: string) => void>> =
  {
    pay,
    expire: expireOrder,
    release,
    'move-house': changeAddress,
    ship: (order, at, id) => shipParcel(order, id, at),
    collect: (order, at, id) => collectParcel(order, id, at),
    deliver: (order, at, id) => deliverParcel(order, id, at),
    complete,
    settle: settleOrder,
    'settle-refunds': settleRefunds,
    adjust: settleAdjustment,
    'buyer-cancels': cancelOnHold,
    'seller-cancels': (order, at) => void cancelBySeller(order, at),
    'request-cancel': (order, at) => void requestCancel(order, at),
    'answer-cancel': (order, at, id) => answerCancel(order, id, at),
    'end-cancel-request': (order, at, id) => approveCancel(order, id, at),
    'finish-cancel': (order, at, id) => finishCancel(order, id, at),
    'request-return': (order, at) => {
      const request = plannedRequest(order);
      if (request) requestReturn(order, at, request);
    },
    'answer-return': (order, at, id) => answerReturn(order, id, at),
    'send-back': (order, at, id) => sendBack(order, id, at),
    'receive-back': (order, at, id) => receiveBack(order, id, at),
    'accept-offer': (order, at, id) => acceptOffer(order, id, at),
    'finish-return': (order, at, id) => finishReturn(order, id, at),
    'close-return': (order, at, id) => closeReturn(order, id, at),
  };

function pay(order: OrderState, at: number): void {
  const { fate, between } = order.plan;
  order.paidAt = at;
  order.onHold = true;
  planStep(order, at + holdSeconds, 'release');
  if (fate === 'cancelled-on-hold') {
    planStep(
      order,
      at + between(91, 5 * minuteSeconds, holdSeconds - minuteSeconds),
      'buyer-cancels',
    );
  }
  restate(order, at);
}

function release(order: OrderState, at: number): void {
  const { fate, between, movesHouse } = order.plan;
  order.onHold = false;
  openParcels(order, at);
  restate(order, at);
  const soon = at + between(92, 5 * minuteSeconds, 90 * minuteSeconds);
  if (movesHouse) planStep(order, at + between(93, 60, 4 * minuteSeconds), 'move-house');
  if (fate === 'cancelled-by-seller') planStep(order, soon, 'seller-cancels');
  if (fate.startsWith('request-')) planStep(order, soon, 'request-cancel');
}

function complete(order: OrderState, at: number): void {
  order.completedAt = at;
  planStep(order, at + settleSeconds(order), 'settle');
  restate(order, at);
}

/** The buyer has written another address, as long as nothing is shipped. */
function changeAddress(order: OrderState, at: number): void {
  if (order.parcels.some(({ status }) => status !== 'TO_FULFILL')) {
    throw new ShopRefusal(25_011_012, 'The order is not waiting for shipment.');
  }
  order.movedHouse = true;
  touch(order, at);
  order.changes.push({ kind: 'address', at, updatedAt: order.updatedAt });
}

/**
 * Does what someone asked for; the order must have gone on up to that instant.
 * @returns the ids of what it made.
 */
export function perform(order: OrderState, action: Action, at: number): readonly string[] {
  switch (action.name) {
    case 'ship':
      shipParcel(order, action.parcelId, at, action.how);
      return [];
    case 'renumber':
      renumberParcel(order, action.parcelId, at, action.how);
      return [];
    case 'split':
      return splitParcel(order, action.groups, at).map(({ id }) => id);
    case 'cancel':
      return [cancelBySeller(order, at, action.reason, action.items).id];
    case 'request-cancel':
      return [requestCancel(order, at).id];
    case 'approve-cancel':
      approveCancel(order, action.id, at);
      return [];
    case 'reject-cancel':
      rejectCancel(order, action.id, at);
      return [];
    case 'request-return': {
      const request = action.request ?? plannedRequest(order);
      if (!request) throw new ShopRefusal(25_001_001, 'No item of the order can be returned.');
      return [requestReturn(order, at, request).id];
    }
    case 'decide-return':
      decideReturn(order, action.id, at, action.decision, action.details);
      return [];
    case 'change-address':
      changeAddress(order, at);
      return [];
    case 'hasten':
      if (order.steps.length > 0) takeStep(order, at);
      return [];
  }
}
