/** An order as the API sends it. */
import { moneyText } from '../money.ts';
import { sum } from './amounts.ts';
import { messageOf } from './buyers.ts';
import type { OrderState } from './order-state.ts';
import { buyerOfOrder, recipientOf, taxOf } from './recipient.ts';

const daySeconds = 86_400;

/** `detail` adds what only the call by ids knows. */
export function orderRecord(order: OrderState, now: number, detail = false) {
  const { plan } = order;
  const buyer = buyerOfOrder(order);
  const recipient = recipientOf(order, now);
  const parcels = order.parcels.filter(({ status }) => status !== 'CANCELLED');
  const first = parcels.find(({ tracking }) => tracking !== null);
  return {
    id: plan.id,
    status: order.status,
    user_id: buyer.userId,
    buyer_email: buyer.email,
    buyer_nickname: buyer.nickname,
    buyer_avatar: buyer.avatar,
    buyer_message: messageOf(buyer, plan.index),
    seller_note: '',
    create_time: plan.createdAt,
    update_time: order.updatedAt,
    ...timesOf(order),
    fulfillment_type: plan.fulfilment,
    shipping_type: plan.delivery.shippingType,
    delivery_type: 'HOME_DELIVERY',
    delivery_option_id: plan.delivery.id,
    delivery_option_name: plan.delivery.name,
    warehouse_id: plan.warehouseId,
    ...(first
      ? {
          tracking_number: first.tracking,
          shipping_provider: first.provider!.name,
          shipping_provider_id: first.provider!.id,
        }
      : {}),
    is_cod: plan.isCod,
    is_sample_order: false,
    is_replacement_order: false,
    is_exchange_order: false,
    is_subscription_order: false,
    is_on_hold_order: order.onHold,
    commerce_platform: 'TIKTOK_SHOP',
    order_type: plan.orderType,
    payment_method_name: plan.isCod ? 'Cash on delivery' : 'Visa',
    has_updated_recipient_address: order.movedHouse,
    ...cancellationFields(order),
    ...taxOf(order, now),
    need_upload_invoice: plan.front.shop.region === 'BR' ? 'NEED_INVOICE' : 'UNKNOWN',
    ...(parcels.length > 1 ? { split_or_combine_tag: 'SPLIT' } : {}),
    packages: parcels.map(({ id }) => ({ id })),
    payment: paymentRecord(order),
    ...(recipient ? { recipient_address: recipient } : {}),
    line_items: plan.items.map((_, place) => itemRecord(order, place)),
    ...(detail && plan.front.shop.region === 'BR'
      ? { payment_card_type: 'CREDIT', payment_auth_code: `A${plan.id.slice(-6)}` }
      : {}),
  };
}

/** Absent as long as they have not come: `undefined` is left out of JSON. */
function timesOf(order: OrderState) {
  const { paidAt } = order;
  const after = (days: number) => (paidAt === null ? undefined : paidAt + days * daySeconds);
  return {
    paid_time: paidAt ?? undefined,
    rts_sla_time: after(2),
    tts_sla_time: after(3),
    cancel_order_sla_time: after(4),
    shipping_due_time: after(2),
    rts_time: order.shippedAt ?? undefined,
    collection_time: order.collectedAt ?? undefined,
    delivery_time: order.deliveredAt ?? undefined,
    cancel_time: order.cancelledAt ?? undefined,
    request_cancel_time: order.cancelRequestedAt ?? undefined,
  };
}

function cancellationFields(order: OrderState) {
  const asks = order.cancellations.some(
    ({ status, role }) => status === 'CANCELLATION_REQUEST_PENDING' && role === 'BUYER',
  );
  const cancelled = order.items.find((item) => item.cancelled)?.cancelled;
  if (order.cancelledAt === null || !cancelled) return { is_buyer_request_cancel: asks };
  return {
    is_buyer_request_cancel: asks,
    cancel_reason: cancelled.reason,
    cancellation_initiator: cancelled.by,
  };
}

/** What was agreed when the order was placed; cancellations and returns do not change it. */
export function amountsOf({ plan }: OrderState) {
  const of = (part: 'original' | 'sellerDiscount' | 'platformDiscount' | 'sale' | 'tax') =>
    sum(plan.items.map((item) => item[part]));
  const shipping =
    plan.shippingOriginal - plan.shippingSellerDiscount - plan.shippingPlatformDiscount;
  const subtotal = of('sale');
  const tax = of('tax');
  return {
    original: of('original'),
    sellerDiscount: of('sellerDiscount'),
    platformDiscount: of('platformDiscount'),
    subtotal,
    tax,
    shipping,
    total: subtotal + shipping + tax,
  };
}

/** Writes amounts in the shop's currency. */
export function writerOf({ plan }: OrderState): (units: number) => string {
  const { moneyDecimals } = plan.front.shop;
  return (units) => (units === 0 ? '0' : moneyText(units, moneyDecimals));
}

function paymentRecord(order: OrderState) {
  const { plan } = order;
  const amounts = amountsOf(order);
  const text = writerOf(order);
  return {
    currency: plan.front.shop.currency,
    sub_total: text(amounts.subtotal),
    shipping_fee: text(amounts.shipping),
    seller_discount: text(amounts.sellerDiscount),
    platform_discount: text(amounts.platformDiscount),
    total_amount: text(amounts.total),
    original_total_product_price: text(amounts.original),
    original_shipping_fee: text(plan.shippingOriginal),
    shipping_fee_seller_discount: text(plan.shippingSellerDiscount),
    shipping_fee_platform_discount: text(plan.shippingPlatformDiscount),
    shipping_fee_cofunded_discount: '0',
    tax: text(amounts.tax),
    product_tax: text(amounts.tax),
    shipping_fee_tax: '0',
  };
}

function itemRecord(order: OrderState, place: number) {
  const { id, good, original, sale, sellerDiscount, platformDiscount, tax } =
    order.plan.items[place]!;
  const text = writerOf(order);
  const state = order.items[place]!;
  const parcel = parcelOfItem(order, place);
  return {
    id,
    sku_id: good.skuId,
    product_id: good.productId,
    product_name: good.productName,
    sku_name: good.skuName,
    seller_sku: good.sellerSku,
    sku_image: good.image,
    sku_type: 'NORMAL',
    original_price: text(original),
    sale_price: text(sale),
    seller_discount: text(sellerDiscount),
    platform_discount: text(platformDiscount),
    currency: order.plan.front.shop.currency,
    display_status: displayStatus(order, place),
    is_gift: false,
    ...(tax > 0
      ? { item_tax: [{ tax_type: 'SALES_TAX', tax_amount: text(tax), tax_rate: '0.0825' }] }
      : {}),
    ...(parcel ? { package_id: parcel.id, package_status: packageStatus(order, place) } : {}),
    ...(parcel?.tracking
      ? {
          tracking_number: parcel.tracking,
          shipping_provider_id: parcel.provider!.id,
          shipping_provider_name: parcel.provider!.name,
          rts_time: parcel.shippedAt,
        }
      : {}),
    ...(state.cancelled
      ? { cancel_reason: state.cancelled.reason, cancel_user: state.cancelled.by }
      : {}),
  };
}

/** The newest one that holds it: a split leaves the old parcel behind. */
const parcelOfItem = (order: OrderState, place: number) =>
  order.parcels.findLast(({ items }) => items.includes(place));

const packageStatus = (order: OrderState, place: number): string =>
  order.items[place]!.cancelled ? 'CANCELLED' : parcelOfItem(order, place)!.status;

export function displayStatus(order: OrderState, place: number): string {
  if (order.items[place]!.cancelled) return 'CANCELLED';
  const parcel = parcelOfItem(order, place);
  if (!parcel || order.status === 'COMPLETED') return order.status;
  const shown = {
    TO_FULFILL: 'AWAITING_SHIPMENT',
    PROCESSING: 'AWAITING_COLLECTION',
    FULFILLING: 'IN_TRANSIT',
    COMPLETED: 'DELIVERED',
    CANCELLED: 'CANCELLED',
  } as const;
  return shown[parcel.status];
}

/** Discounts and tax of the whole order and of each line. */
export function priceDetail(order: OrderState) {
  const text = writerOf(order);
  const { plan } = order;
  const { currency } = plan.front.shop;
  const amounts = amountsOf(order);
  return {
    currency,
    total: text(amounts.total),
    payment: text(amounts.total),
    sku_list_price: text(amounts.original),
    sku_sale_price: text(amounts.original - amounts.sellerDiscount),
    subtotal: text(amounts.subtotal),
    subtotal_deduction_seller: text(amounts.sellerDiscount),
    subtotal_deduction_platform: text(amounts.platformDiscount),
    subtotal_tax_amount: text(amounts.tax),
    shipping_list_price: text(plan.shippingOriginal),
    shipping_sale_price: text(amounts.shipping),
    shipping_fee_deduction_seller: text(plan.shippingSellerDiscount),
    shipping_fee_deduction_platform: text(plan.shippingPlatformDiscount),
    tax_amount: text(amounts.tax),
    net_price_amount: text(amounts.subtotal + amounts.shipping),
    line_items: plan.items.map((item) => ({
      id: item.id,
      currency,
      total: text(item.sale + item.tax),
      payment: text(item.sale + item.tax),
      sku_list_price: text(item.original),
      sku_sale_price: text(item.original - item.sellerDiscount),
      subtotal: text(item.sale),
      subtotal_deduction_seller: text(item.sellerDiscount),
      subtotal_deduction_platform: text(item.platformDiscount),
      subtotal_tax_amount: text(item.tax),
      tax_amount: text(item.tax),
      net_price_amount: text(item.sale),
    })),
  };
}
