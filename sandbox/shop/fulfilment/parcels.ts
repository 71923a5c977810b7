/** The packages of an order: made when it may be shipped, then shipped, collected, delivered. */
import { ShopRefusal } from '../answers.ts';
import { idKinds, idOf } from '../orders/order-plan.ts';
import {
  dropSteps,
  isPending,
  type OrderState,
  planStep,
  restate,
  touch,
} from '../orders/order-state.ts';

export type ParcelStatus = 'TO_FULFILL' | 'PROCESSING' | 'FULFILLING' | 'COMPLETED' | 'CANCELLED';

export interface Slot {
  readonly start: number;
  readonly end: number;
}

export interface Parcel {
  readonly id: string;
  /** Places of its items among the order's; a cancelled item stays in its parcel. */
  items: readonly number[];
  status: ParcelStatus;
  readonly createdAt: number;
  updatedAt: number;
  handover: 'PICKUP' | 'DROP_OFF' | null;
  pickupSlot: Slot | null;
  tracking: string | null;
  provider: { readonly id: string; readonly name: string } | null;
  shippedAt: number | null;
  collectedAt: number | null;
  deliveredAt: number | null;
  splitFrom: string | null;
}

export interface Shipment {
  readonly handover?: 'PICKUP' | 'DROP_OFF';
  readonly pickupSlot?: Slot;
  readonly tracking?: string;
  readonly providerId?: string;
}

const hourSeconds = 3_600;
const daySeconds = 86_400;

/** Makes what is not cancelled ready to ship; each parcel ships by itself if nobody calls. */
export function openParcels(order: OrderState, at: number): void {
  const { plan } = order;
  const alive = plan.items.flatMap((_, place) => (order.items[place]!.cancelled ? [] : [place]));
  const cut = plan.parcels === 2 ? Math.ceil(alive.length / 2) : alive.length;
  for (const items of [alive.slice(0, cut), alive.slice(cut)]) {
    if (items.length > 0) addParcel(order, at, items, null);
  }
  planShipping(order, at);
}

/** By parcel some 2 to 40 hours from now, unless it is planned already. */
export function planShipping(order: OrderState, at: number): void {
  for (const [number, parcel] of order.parcels.entries()) {
    if (parcel.status !== 'TO_FULFILL') continue;
    dropSteps(order, ['ship'], parcel.id);
    const wait = order.plan.between(40 + number, 2 * hourSeconds, 40 * hourSeconds);
    planStep(order, at + wait + number * 15 * hourSeconds, 'ship', parcel.id);
  }
}

function addParcel(
  order: OrderState,
  at: number,
  items: readonly number[],
  splitFrom: string | null,
): Parcel {
  const { front, index } = order.plan;
  const parcel: Parcel = {
    id: idOf(idKinds.package, front, index, order.parcels.length),
    items,
    status: 'TO_FULFILL',
    createdAt: at,
    updatedAt: at,
    handover: null,
    pickupSlot: null,
    tracking: null,
    provider: null,
    shippedAt: null,
    collectedAt: null,
    deliveredAt: null,
    splitFrom,
  };
  order.parcels.push(parcel);
  return parcel;
}

export function parcelOf(order: OrderState, id: string): Parcel {
  const parcel = order.parcels.find((candidate) => candidate.id === id);
  if (!parcel) throw new ShopRefusal(21_008_111, 'The package does not exist in this shop.');
  return parcel;
}

/** By a call or in Seller Center: the order waits for its carrier. */
export function shipParcel(order: OrderState, id: string, at: number, how: Shipment = {}): void {
  const parcel = parcelOf(order, id);
  checkShippable(order, parcel);
  const { delivery, between } = order.plan;
  const provider = how.providerId
    ? delivery.providers.find((candidate) => candidate.id === how.providerId)
    : delivery.providers[0]!;
  if (!provider) throw new ShopRefusal(21_008_043, 'The shipping provider is not available here.');
  parcel.status = 'PROCESSING';
  parcel.shippedAt = at;
  parcel.updatedAt = at;
  parcel.handover = how.handover ?? 'DROP_OFF';
  parcel.pickupSlot = how.pickupSlot ?? null;
  parcel.tracking = how.tracking ?? trackingOf(order, parcel);
  parcel.provider = provider;
  order.shippedAt ??= at;
  dropSteps(order, ['ship'], id);
  const wait = between(44 + order.parcels.indexOf(parcel), 2 * hourSeconds, daySeconds);
  planStep(order, at + wait, 'collect', id);
  restate(order, at);
}

function checkShippable(order: OrderState, parcel: Parcel): void {
  if (order.onHold || parcel.status === 'CANCELLED') {
    throw new ShopRefusal(21_008_041, 'The status of the order does not allow shipping.');
  }
  if (parcel.status !== 'TO_FULFILL') {
    throw new ShopRefusal(21_008_099, 'The package has been shipped already.');
  }
  if (isPending(order)) {
    throw new ShopRefusal(21_008_044, 'The order has an open after-sale request.');
  }
}

const trackingOf = ({ plan }: OrderState, parcel: Parcel): string =>
  `JD${parcel.id.slice(-7)}${String(plan.between(48, 0, 999)).padStart(3, '0')}`;

export function collectParcel(order: OrderState, id: string, at: number): void {
  const parcel = parcelOf(order, id);
  parcel.status = 'FULFILLING';
  parcel.collectedAt = at;
  parcel.updatedAt = at;
  order.collectedAt ??= at;
  const wait = order.plan.between(49 + order.parcels.indexOf(parcel), daySeconds, 6 * daySeconds);
  planStep(order, at + wait, 'deliver', id);
  restate(order, at);
}

export function deliverParcel(order: OrderState, id: string, at: number): void {
  const parcel = parcelOf(order, id);
  parcel.status = 'COMPLETED';
  parcel.deliveredAt = at;
  parcel.updatedAt = at;
  restate(order, at);
  if (order.status !== 'DELIVERED') return;
  order.deliveredAt = at;
  planStep(order, at + order.plan.between(53, 3 * daySeconds, 10 * daySeconds), 'complete');
  if (order.plan.afterSale === 'none') return;
  planStep(order, at + order.plan.between(54, daySeconds, 16 * daySeconds), 'request-return');
}

/** Another number for a parcel that is on its way to the carrier. */
export function renumberParcel(order: OrderState, id: string, at: number, how: Shipment): void {
  const parcel = parcelOf(order, id);
  if (parcel.status === 'TO_FULFILL') {
    throw new ShopRefusal(21_023_035, 'Arrange the shipment first.');
  }
  const provider = order.plan.delivery.providers.find(({ id: known }) => known === how.providerId);
  if (!provider) throw new ShopRefusal(21_008_043, 'The shipping provider is not available here.');
  parcel.tracking = how.tracking ?? parcel.tracking;
  parcel.provider = provider;
  parcel.updatedAt = at;
  touch(order, at);
}

/** One parcel becomes several, each with the items named for it; all items must be named once. */
export function splitParcel(
  order: OrderState,
  groups: readonly (readonly number[])[],
  at: number,
): readonly Parcel[] {
  const parcel = order.parcels.find((one) => one.items.includes(groups[0]?.[0] ?? -1));
  const named = groups.flat().sort((one, other) => one - other);
  const own = [...(parcel?.items ?? [])].sort((one, other) => one - other);
  if (!parcel || groups.length < 2 || String(named) !== String(own)) {
    throw new ShopRefusal(21_001_001, 'Name each item of one package in exactly one group.');
  }
  checkShippable(order, parcel);
  parcel.status = 'CANCELLED';
  parcel.updatedAt = at;
  const parcels = groups.map((items) => addParcel(order, at, items, parcel.id));
  dropSteps(order, ['ship'], parcel.id);
  planShipping(order, at);
  touch(order, at);
  tellParcels(order, at, 'SPLIT', 'ROLE_SELLER', parcels);
  return parcels;
}

/** The rest of a parcel goes on; a parcel without a living item is cancelled. */
export function dropCancelledItems(order: OrderState, at: number): void {
  for (const parcel of order.parcels) {
    if (parcel.items.some((place) => !order.items[place]!.cancelled)) continue;
    parcel.status = 'CANCELLED';
    parcel.updatedAt = at;
    dropSteps(order, ['ship', 'collect', 'deliver'], parcel.id);
  }
}

export function tellParcels(
  order: OrderState,
  at: number,
  scType: string,
  role: string,
  parcels: readonly Parcel[],
): void {
  const parcelIds = parcels.map(({ id }) => id);
  order.changes.push({ kind: 'parcels', at, scType, role, parcelIds });
}
