/** What changes of orders are called in webhooks. */
import type { CancelStatus } from '../after-sale/cancellations.ts';
import type { ShopEvent } from '../events.ts';
import type { Change, OrderState } from './order-state.ts';

/** Requests, and webhooks, spell one status otherwise than answers do. */
export const requestSpelling = (status: CancelStatus): string =>
  status === 'CANCELLATION_REQUEST_CANCELLED' ? 'CANCELLATION_REQUEST_CANCEL' : status;

type Message = Pick<ShopEvent, 'type' | 'data'>;

/** Empty for what TikTok tells nobody. A return is told twice: type 2 is the older way of type 12. */
export function eventsOf(shopId: string, order: OrderState, change: Change): readonly ShopEvent[] {
  const at = new Date(change.at * 1000);
  return messagesOf(order, change).map((message) => ({ ...message, shopId, at }));
}

function messagesOf(order: OrderState, change: Change): readonly Message[] {
  const order_id = order.plan.id;
  switch (change.kind) {
    case 'status': {
      const { status, onHold, updatedAt } = change;
      if (status === 'PARTIALLY_SHIPPING') return [];
      const order_status = status === 'CANCELLED' ? 'CANCEL' : status;
      const data = { is_on_hold_order: onHold, order_id, order_status, update_time: updatedAt };
      return [{ type: 1, data }];
    }
    case 'address':
      return [{ type: 3, data: { order_id, update_time: change.updatedAt } }];
    case 'parcels': {
      const { scType, role, parcelIds } = change;
      const package_list = parcelIds.map((id) => ({ package_id: id, order_id_list: [order_id] }));
      const data = { sc_type: scType, role_type: role, package_list, update_time: change.at };
      return [{ type: 4, data }];
    }
    case 'cancellation': {
      const { id, role, status, createdAt } = change.cancellation;
      const names = { cancel_id: id, cancel_status: requestSpelling(status) };
      const data = { order_id, cancellations_role: role, ...names, create_time: createdAt };
      return [{ type: 11, data }];
    }
    case 'return':
      return returnMessages(order_id, change.return);
  }
}

function returnMessages(
  order_id: string,
  it: Extract<Change, { kind: 'return' }>['return'],
): readonly Message[] {
  const { id, role, type, status, createdAt, updatedAt } = it;
  const legacy = { reverse_event_type: type, reverse_order_id: id, reverse_order_status: status };
  const older = { type: 2, data: { order_id, ...legacy, update_time: updatedAt } };
  // Type 12 does not know the offer of a part of the refund.
  if (status === 'AWAITING_BUYER_RESPONSE') return [older];
  const names = { return_id: id, return_role: role, return_type: type, return_status: status };
  const times = { create_time: createdAt, update_time: updatedAt };
  return [older, { type: 12, data: { order_id, ...names, ...times } }];
}
