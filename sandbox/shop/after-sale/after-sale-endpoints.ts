/** Cancellations, returns and refunds. */
import { ShopRefusal } from '../answers.ts';
import {
  type ShopCall,
  type ShopContext,
  type ShopEndpoint,
  secondsOf,
  shopOf,
} from '../endpoint.ts';
import { readItems } from '../fulfilment/fulfilment-endpoints.ts';
import { moneyUnits } from '../money.ts';
import { sum } from '../orders/amounts.ts';
import type { Action } from '../orders/life-cycle.ts';
import { orderOf } from '../orders/order-endpoints.ts';
import { requestSpelling } from '../orders/order-events.ts';
import type { OrderState } from '../orders/order-state.ts';
import type { ShopParameters } from '../parameters.ts';
import { cancellationRecord, refundRecord, returnRecord } from './after-sale-records.ts';
import { searchAfterSale } from './after-sale-search.ts';
import { type CancelStatus, cancelReasons } from './cancellations.ts';
import { decisions, returnableOf, returnReasons, returnTypes } from './returns.ts';

const scopes = ['seller.return_refund.basic'];
const cipher = 'required';
const base = '/return_refund/202309';
const invalidCode = 25_001_001;
const common = { scopes, cipher, invalidCode } as const;

const searchCancellations: ShopEndpoint = {
  ...{ method: 'POST', path: `${base}/cancellations/search`, ...common },
  answer(call, { orders }) {
    const { total, page } = searchAfterSale(
      call,
      orders.of(shopOf(call).id),
      (order) => order.cancellations,
      {
        ids: 'cancel_ids',
        types: 'cancel_types',
        statuses: 'cancel_status',
        spelling: (status) => requestSpelling(status as CancelStatus),
        rules: { max: 50, fallback: 10 },
      },
    );
    return {
      cancellations: page.rows.map(({ order, subject }) => cancellationRecord(order, subject)),
      total_count: total,
      next_page_token: page.nextPageToken,
    };
  },
};

const searchReturns: ShopEndpoint = {
  ...{ method: 'POST', path: `${base}/returns/search`, ...common },
  answer(call, { orders }) {
    const { total, page } = searchAfterSale(
      call,
      orders.of(shopOf(call).id),
      (order) => order.returns,
      {
        ids: 'return_ids',
        types: 'return_types',
        statuses: 'return_status',
        rules: { min: 10, max: 50, fallback: 10 },
      },
    );
    return {
      return_orders: page.rows.map(({ order, subject }) => returnRecord(order, subject)),
      total_count: total,
      next_page_token: page.nextPageToken,
    };
  },
};

function actOn(call: ShopCall, context: ShopContext, order: OrderState, action: Action) {
  return context.orders.of(shopOf(call).id).act(order, secondsOf(call.now), action);
}

/** A call with a key that was used already changes nothing. */
function once(call: ShopCall, { createdByKey }: ShopContext, act: () => unknown): unknown {
  const key = call.query.text('idempotency_key');
  if (key === null) return act();
  if (key.length > 255) throw call.query.invalid('idempotency_key', 'longer than 255');
  const known = `${shopOf(call).id} ${call.path} ${key}`;
  if (!createdByKey.has(known)) createdByKey.set(known, act());
  return createdByKey.get(known);
}

/** By ids of items, or by SKUs with quantities; null for neither. */
function readSubjects(body: ShopParameters, order: OrderState): readonly number[] | null {
  const named = readItems(body, order);
  const skus = body.records('skus');
  if (named !== null || skus === null || skus.length === 0) return named;
  return skus.flatMap((sku) => {
    const skuId = sku.required('sku_id');
    const quantity = sku.integer('quantity', { min: 1, max: 1_000 }) ?? 1;
    const places = order.plan.items.flatMap(({ good }, place) =>
      good.skuId === skuId && !order.items[place]!.cancelled ? [place] : [],
    );
    if (places.length < quantity) throw body.invalid('skus', 'more than the order has');
    return places.slice(0, quantity);
  });
}

const cancel: ShopEndpoint = {
  ...{ method: 'POST', path: `${base}/cancellations`, ...common },
  answer(call, context) {
    const order = orderOf(context.orders.of(shopOf(call).id), call.body.required('order_id'));
    const reason = call.body.required('cancel_reason');
    const items = readSubjects(call.body, order);
    const action = { name: 'cancel', reason, ...(items ? { items } : {}) } as const;
    const [cancel_id] = actOn(call, context, order, action);
    const { status } = order.cancellations.find(({ id }) => id === cancel_id)!;
    return { cancel_id, cancel_status: status };
  },
};

function orderOfPart(call: ShopCall, { orders }: ShopContext, kind: 'cancellation' | 'return') {
  const id = call.parts.cancel_id ?? call.parts.return_id ?? '';
  const order = orders.of(shopOf(call).id).find(id, kind);
  if (!order) throw new ShopRefusal(25_020_005, 'It does not belong to an order of this shop.');
  return { order, id };
}

const answerCancellation = (word: 'approve' | 'reject'): ShopEndpoint => ({
  ...{ method: 'POST', path: `${base}/cancellations/{cancel_id}/${word}`, ...common },
  answer(call, context) {
    const { order, id } = orderOfPart(call, context, 'cancellation');
    if (word === 'reject') call.body.required('reject_reason');
    return once(call, context, () => {
      actOn(call, context, order, { name: `${word}-cancel`, id });
      return {};
    });
  },
});

const createReturn: ShopEndpoint = {
  ...{ method: 'POST', path: `${base}/returns`, ...common },
  scopes: ['seller.fulfillment.basic', ...scopes],
  answer(call, context) {
    const order = orderOf(context.orders.of(shopOf(call).id), call.body.required('order_id'));
    const request = {
      type: call.body.oneOf('return_type', returnTypes),
      role: 'SELLER',
      reason: call.body.required('return_reason'),
      items: readSubjects(call.body, order) ?? returnableOf(order),
    } as const;
    return once(call, context, () => {
      const [return_id] = actOn(call, context, order, { name: 'request-return', request });
      const { status } = order.returns.find(({ id }) => id === return_id)!;
      return { return_id, return_status: status };
    });
  },
};

const answerReturn = (word: 'approve' | 'reject'): ShopEndpoint => ({
  ...{ method: 'POST', path: `${base}/returns/{return_id}/${word}`, ...common },
  answer(call, context) {
    const { order, id } = orderOfPart(call, context, 'return');
    const allowed = decisions.filter((name) => name.startsWith('REJECT') === (word === 'reject'));
    const decision = call.body.oneOf('decision', allowed);
    if (word === 'reject') call.body.required('reject_reason');
    const amount = call.body.record('partial_refund')?.text('amount');
    const decimals = order.plan.front.shop.moneyDecimals;
    const details = {
      keepsItem: call.body.boolean('buyer_keep_item'),
      ...(amount ? { offer: moneyUnits(amount, decimals) ?? 0 } : {}),
    };
    return once(call, context, () => {
      actOn(call, context, order, { name: 'decide-return', id, decision, details });
      return {};
    });
  },
});

const records: ShopEndpoint = {
  ...{ method: 'GET', path: `${base}/returns/{return_id}/records`, ...common },
  answer(call, context) {
    const { order, id } = orderOfPart(call, context, 'return');
    const it = order.returns.find((candidate) => candidate.id === id);
    return {
      records: (it?.records ?? []).map(({ event, role, at }) => ({
        event,
        role,
        description: event.toLowerCase().replaceAll('_', ' '),
        reason_text: returnReasons[it!.reason] ?? '',
        note: '',
        images: [],
        videos: [],
        create_time: at,
      })),
    };
  },
};

const rejectReasons: ShopEndpoint = {
  ...{ method: 'GET', path: `${base}/reject_reasons`, ...common },
  answer(call) {
    call.query.required('return_or_cancel_id');
    return {
      reasons: [
        { name: 'seller_reject_apply_product_has_been_packed', text: 'Product has been packed' },
        { name: 'reverse_reject_request_reason_1', text: 'Evidence is not sufficient' },
      ],
    };
  },
};

const eligibility: ShopEndpoint = {
  ...{ method: 'GET', path: `${base}/orders/{order_id}/aftersale_eligibility`, ...common },
  answer(call, { orders }) {
    const order = orderOf(orders.of(shopOf(call).id), call.parts.order_id);
    const returnable = returnableOf(order);
    const cancellable = order.shippedAt === null && order.cancelledAt === null;
    const bySku = Map.groupBy(order.plan.items.entries(), ([, { good }]) => good.skuId);
    return {
      sku_eligibility: [...bySku].map(([sku_id, items]) => ({
        sku_id,
        line_item_eligibility: ['CANCEL', 'REFUND', 'RETURN_AND_REFUND'].map((request_type) => {
          const eligible = items.every(([place]) =>
            request_type === 'CANCEL' ? cancellable : returnable.includes(place),
          );
          return {
            request_type,
            order_line_items_ids: items.map(([, { id }]) => id),
            eligible,
            ...(eligible
              ? {}
              : {
                  ineligible_code: 25_011_012,
                  ineligible_reason: 'The status does not allow it.',
                }),
          };
        }),
      })),
    };
  },
};

const calculate: ShopEndpoint = {
  ...{ method: 'POST', path: `${base}/refunds/calculate`, ...common },
  answer(call, { orders }) {
    const order = orderOf(orders.of(shopOf(call).id), call.body.required('order_id'));
    call.body.oneOf('request_type', ['CANCEL', 'REFUND', 'RETURN_AND_REFUND']);
    const reason = call.body.required('reason_name');
    if (!Object.hasOwn({ ...cancelReasons, ...returnReasons }, reason)) {
      throw new ShopRefusal(25_001_014, 'The reason is unknown.');
    }
    const items = readSubjects(call.body, order) ?? order.plan.items.map((_, place) => place);
    const chosen = items.map((place) => order.plan.items[place]!);
    const refund = {
      subtotal: sum(chosen.map(({ sale }) => sale)),
      tax: sum(chosen.map(({ tax }) => tax)),
      shipping: 0,
    };
    return { order_refund_amount: refundRecord(order, refund) };
  },
};

export const afterSaleEndpoints: readonly ShopEndpoint[] = [
  searchCancellations,
  searchReturns,
  cancel,
  answerCancellation('approve'),
  answerCancellation('reject'),
  createReturn,
  answerReturn('approve'),
  answerReturn('reject'),
  records,
  rejectReasons,
  eligibility,
  calculate,
];
