/** Packages as the API sends them. */
import type { OrderState } from '../orders/order-state.ts';
import { recipientOf } from '../orders/recipient.ts';
import type { Parcel } from './parcels.ts';

export interface FoundParcel {
  readonly order: OrderState;
  readonly parcel: Parcel;
}

/** Items of a SKU together, as packages count them. */
function orderOfParcel({ order, parcel }: FoundParcel) {
  const goods = parcel.items.map((place) => order.plan.items[place]!.good);
  const skus = [...new Map(goods.map((good) => [good.skuId, good])).values()];
  return {
    id: order.plan.id,
    skus: skus.map(({ skuId, skuName, image }) => ({
      id: skuId,
      name: skuName,
      image_url: image,
      quantity: goods.filter((good) => good.skuId === skuId).length,
    })),
  };
}

const itemIds = ({ order, parcel }: FoundParcel) =>
  parcel.items.map((place) => order.plan.items[place]!.id);

const carrierOf = ({ provider, tracking }: Parcel) => ({
  tracking_number: tracking ?? '',
  shipping_provider_id: provider?.id ?? '',
  shipping_provider_name: provider?.name ?? '',
});

export function parcelRow(found: FoundParcel) {
  const { parcel } = found;
  return {
    id: parcel.id,
    status: parcel.status,
    orders: [orderOfParcel(found)],
    order_line_item_ids: itemIds(found),
    ...carrierOf(parcel),
    create_time: parcel.createdAt,
    update_time: parcel.updatedAt,
  };
}

export function parcelDetail(found: FoundParcel, now: number) {
  const { order, parcel } = found;
  const { delivery, front, items } = order.plan;
  const recipient = recipientOf(order, now);
  return {
    package_id: parcel.id,
    package_status: parcel.status,
    orders: [orderOfParcel(found)],
    order_line_item_ids: itemIds(found),
    split_and_combine_tag: parcel.splitFrom === null ? 'NONE' : 'SPLIT',
    has_multi_skus: new Set(items.map(({ good }) => good.skuId)).size > 1,
    note_tag: 'NONE',
    ...carrierOf(parcel),
    shipping_type: delivery.shippingType,
    delivery_option_id: delivery.id,
    delivery_option_name: delivery.name,
    handover_method: parcel.handover ?? '',
    ...(parcel.pickupSlot
      ? { pickup_slot: { start_time: parcel.pickupSlot.start, end_time: parcel.pickupSlot.end } }
      : {}),
    create_time: parcel.createdAt,
    update_time: parcel.updatedAt,
    ...(recipient ? { recipient_address: recipient } : {}),
    sender_address: front.shop.warehouses[0]!.address,
    weight: { value: '0.8', unit: 'KILOGRAM' },
    dimension: { length: '30', width: '20', height: '10', unit: 'CENTIMETER' },
  };
}

/** Newest first. */
export function trackingOf({ plan, parcels }: OrderState) {
  const events = parcels.flatMap(({ shippedAt, collectedAt, deliveredAt, provider }) => [
    { at: shippedAt, description: 'The seller has prepared the package.' },
    { at: collectedAt, description: `${provider?.name ?? 'The carrier'} has the package.` },
    { at: deliveredAt, description: 'The package has been delivered.' },
  ]);
  return [{ at: plan.createdAt, description: 'The order was placed.' }, ...events]
    .filter((event): event is { at: number; description: string } => event.at !== null)
    .sort((one, other) => other.at - one.at)
    .map(({ at, description }) => ({ description, update_time_millis: at * 1000 }));
}
