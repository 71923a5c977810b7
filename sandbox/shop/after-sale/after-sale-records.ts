/** Cancellations and returns as the API sends them. */
import { partsOf, sum } from '../orders/amounts.ts';
import { idKinds, idOf } from '../orders/order-plan.ts';
import { writerOf } from '../orders/order-record.ts';
import type { OrderState } from '../orders/order-state.ts';
import { type Cancellation, cancelReasons, cancelRefundOf } from './cancellations.ts';
import { type Return, returnReasons } from './returns.ts';

interface Refund {
  readonly subtotal: number;
  readonly shipping: number;
  readonly tax: number;
}

export function refundRecord(order: OrderState, { subtotal, shipping, tax }: Refund) {
  const text = writerOf(order);
  return {
    currency: order.plan.front.shop.currency,
    refund_total: text(subtotal + shipping + tax),
    refund_subtotal: text(subtotal),
    refund_shipping_fee: text(shipping),
    refund_tax: text(tax),
  };
}

function goodOf(order: OrderState, place: number) {
  const { id, good } = order.plan.items[place]!;
  return {
    order_line_item_id: id,
    sku_id: good.skuId,
    sku_name: good.skuName,
    product_name: good.productName,
    seller_sku: good.sellerSku,
    product_image: { url: good.image, width: 300, height: 300 },
  };
}

export function cancellationRecord(order: OrderState, it: Cancellation) {
  const { front, index, items } = order.plan;
  const paid = order.paidAt !== null;
  return {
    cancel_id: it.id,
    order_id: order.plan.id,
    cancel_type: it.type,
    cancel_status: it.status,
    role: it.role,
    cancel_reason: it.reason,
    cancel_reason_text: cancelReasons[it.reason] ?? it.reason,
    create_time: it.createdAt,
    update_time: it.updatedAt,
    seller_next_action_response:
      it.deadline === null ? [] : [{ action: 'SELLER_RESPOND_CANCEL', deadline: it.deadline }],
    refund_amount: refundRecord(order, cancelRefundOf(order, it)),
    cancel_line_items: it.items.map((place) => {
      const { sale, tax } = items[place]!;
      const refund = { subtotal: paid ? sale : 0, tax: paid ? tax : 0, shipping: 0 };
      return {
        cancel_line_item_id: idOf(idKinds.cancelItem, front, index, place),
        ...goodOf(order, place),
        refund_amount: refundRecord(order, refund),
      };
    }),
  };
}

/** What each item of a return brings back; an offer is shared among them. */
function refundsOf(order: OrderState, it: Return): readonly Refund[] {
  if (it.offer !== null) {
    const parts = partsOf(it.offer, it.items.length);
    return parts.map((subtotal) => ({ subtotal, tax: 0, shipping: 0 }));
  }
  return it.items.map((place) => {
    const { sale, tax } = order.plan.items[place]!;
    return { subtotal: sale, tax, shipping: 0 };
  });
}

const total = (refunds: readonly Refund[]): Refund => ({
  subtotal: sum(refunds.map(({ subtotal }) => subtotal)),
  tax: sum(refunds.map(({ tax }) => tax)),
  shipping: 0,
});

export function returnRecord(order: OrderState, it: Return) {
  const { front, index } = order.plan;
  const refunds = refundsOf(order, it);
  const text = writerOf(order);
  const { currency } = front.shop;
  return {
    return_id: it.id,
    order_id: order.plan.id,
    return_type: it.type,
    return_status: it.status,
    arbitration_status: 'NONE',
    role: it.role,
    return_reason: it.reason,
    return_reason_text: returnReasons[it.reason] ?? it.reason,
    shipment_type: it.type === 'RETURN_AND_REFUND' ? 'PLATFORM' : '',
    handover_method: it.type === 'RETURN_AND_REFUND' ? 'DROP_OFF' : '',
    ...(it.tracking
      ? { return_tracking_number: it.tracking, return_provider_name: 'Evri & Sons' }
      : {}),
    can_buyer_keep_item: it.keepsItem,
    create_time: it.createdAt,
    update_time: it.updatedAt,
    seller_next_action_response: it.todo ? [it.todo] : [],
    refund_amount: refundRecord(order, total(refunds)),
    ...(it.offer === null ? {} : { partial_refund: { currency, amount: text(it.offer) } }),
    is_combined_return: false,
    return_line_items: it.items.map((place, number) => ({
      return_line_item_id: idOf(idKinds.returnItem, front, index, place),
      ...goodOf(order, place),
      refund_amount: refundRecord(order, refunds[number]!),
    })),
    return_warehouse_address: {
      full_address: front.shop.warehouses.at(-1)!.address.full_address,
    },
  };
}
