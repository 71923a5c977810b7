/** Packages: search, detail, shipping, documents, tracking, splitting. */
import { ShopRefusal } from '../answers.ts';
import {
  type ShopCall,
  type ShopContext,
  type ShopEndpoint,
  secondsOf,
  shopOf,
} from '../endpoint.ts';
import type { OrderBook } from '../orders/order-book.ts';
import { orderOf, readRange } from '../orders/order-endpoints.ts';
import type { OrderState } from '../orders/order-state.ts';
import type { ShopParameters } from '../parameters.ts';
import { pageOfSorted, Remembered } from '../sorted-pages.ts';
import { labelUrl } from './labels.ts';
import { type FoundParcel, parcelDetail, parcelRow, trackingOf } from './parcel-records.ts';
import type { ParcelStatus, Shipment } from './parcels.ts';

const basic = ['seller.fulfillment.basic'];
const cipher = 'required';
const base = '/fulfillment/202309';
const hourSeconds = 3_600;
const daySeconds = 86_400;
const statuses: readonly ParcelStatus[] = [
  'TO_FULFILL',
  'PROCESSING',
  'FULFILLING',
  'COMPLETED',
  'CANCELLED',
];
const documentTypes = [
  'SHIPPING_LABEL',
  'PACKING_SLIP',
  'SHIPPING_LABEL_AND_PACKING_SLIP',
  'SHIPPING_LABEL_PICTURE',
  'HAZMAT_LABEL',
] as const;
const sorts = {
  create_time: ({ parcel }: FoundParcel) => parcel.createdAt,
  update_time: ({ parcel }: FoundParcel) => parcel.updatedAt,
  order_pay_time: ({ order }: FoundParcel) => order.paidAt ?? 0,
} as const;

const remembered = new WeakMap<OrderBook, Remembered<readonly FoundParcel[]>>();

const search: ShopEndpoint = {
  ...{ method: 'POST', path: `${base}/packages/search`, scopes: basic, cipher },
  answer(call, { orders }) {
    const book = orders.of(shopOf(call).id);
    const field = call.query.oneOf('sort_field', Object.keys(sorts), 'create_time');
    const sortOf = sorts[field as keyof typeof sorts];
    const order = call.query.oneOf('sort_order', ['ASC', 'DESC'], 'DESC');
    const found = find(book, call, sortOf, field);
    const page = pageOfSorted(found, call.query, {
      rules: { max: 50, fallback: 20 },
      placeOf: (row) => ({ order: sortOf(row), id: row.parcel.id }),
      descending: order === 'DESC',
    });
    return {
      total_count: found.length,
      next_page_token: page.nextPageToken,
      packages: page.rows.map(parcelRow),
    };
  },
};

function find(
  book: OrderBook,
  { body, now }: ShopCall,
  sortOf: (row: FoundParcel) => number,
  field: string,
): readonly FoundParcel[] {
  const status = body.has('package_status') ? body.oneOf('package_status', statuses) : null;
  const inCreation = readRange(body, 'create_time', secondsOf(now));
  const inUpdate = readRange(body, 'update_time', secondsOf(now));
  const searches = remembered.get(book) ?? new Remembered(8);
  remembered.set(book, searches);
  const question = JSON.stringify([field, body.values, secondsOf(now)]);
  return searches.get(question, book.version, () =>
    book.orders
      .flatMap((order) => order.parcels.map((parcel) => ({ order, parcel })))
      .filter(
        ({ parcel }) =>
          (status === null || parcel.status === status) &&
          inCreation(parcel.createdAt) &&
          inUpdate(parcel.updatedAt),
      )
      .sort(
        (one, other) => sortOf(one) - sortOf(other) || (one.parcel.id < other.parcel.id ? -1 : 1),
      ),
  );
}

function parcelOfCall(call: ShopCall, { orders }: ShopContext, id = call.parts.package_id) {
  const book = orders.of(shopOf(call).id);
  const order = book.find(id ?? '', 'package');
  const parcel = order?.parcels.find((candidate) => candidate.id === id);
  if (!order || !parcel) {
    throw new ShopRefusal(21_008_111, 'The package does not exist in this shop.');
  }
  return { book, order, parcel };
}

const detail: ShopEndpoint = {
  ...{ method: 'GET', path: `${base}/packages/{package_id}`, scopes: basic, cipher },
  answer: (call, context) => parcelDetail(parcelOfCall(call, context), secondsOf(call.now)),
};

/** Own carriers need a number; TikTok's label brings one. */
function readShipment(body: ShopParameters, order: OrderState): Shipment {
  const { fulfilment, delivery } = order.plan;
  if (fulfilment === 'FULFILLMENT_BY_TIKTOK') {
    throw new ShopRefusal(21_008_025, 'The order is fulfilled by the platform.');
  }
  const own = body.record('self_shipment');
  if (delivery.shippingType === 'SELLER') {
    if (!own) throw body.invalid('self_shipment', 'it is required for the seller’s own carrier');
    return readCarrier(own);
  }
  const slot = body.record('pickup_slot');
  const start = slot?.seconds('start_time');
  const end = slot?.seconds('end_time');
  return {
    handover: body.oneOf('handover_method', ['PICKUP', 'DROP_OFF'] as const, 'DROP_OFF'),
    ...(start && end ? { pickupSlot: { start, end } } : {}),
  };
}

const readCarrier = (body: ShopParameters): Shipment => ({
  tracking: body.required('tracking_number'),
  providerId: body.required('shipping_provider_id'),
});

const ship: ShopEndpoint = {
  ...{ method: 'POST', path: `${base}/packages/{package_id}/ship`, scopes: basic, cipher },
  answer(call, context) {
    const { book, order, parcel } = parcelOfCall(call, context);
    const how = readShipment(call.body, order);
    book.act(order, secondsOf(call.now), { name: 'ship', parcelId: parcel.id, how });
    return {};
  },
};

/** What is wrong with one package does not keep the others. */
const shipMany: ShopEndpoint = {
  ...{ method: 'POST', path: `${base}/packages/ship`, scopes: basic, cipher },
  answer(call, context) {
    const errors = (call.body.records('packages') ?? []).flatMap((body) => {
      const package_id = body.required('id');
      try {
        const { book, order, parcel } = parcelOfCall(call, context, package_id);
        const how = readShipment(body, order);
        book.act(order, secondsOf(call.now), { name: 'ship', parcelId: parcel.id, how });
        return [];
      } catch (error) {
        if (!(error instanceof ShopRefusal)) throw error;
        return [{ code: error.code, message: error.message, detail: { package_id } }];
      }
    });
    return errors.length > 0 ? { errors } : {};
  },
};

/** The places of the items named in a body, or of all that are left to ship. */
export function readItems(body: ShopParameters, order: OrderState): readonly number[] | null {
  const ids = body.list('order_line_item_ids');
  if (ids === null || ids.length === 0) return null;
  return ids.map((id) => {
    const place = order.plan.items.findIndex((item) => item.id === id);
    if (place < 0) throw body.invalid('order_line_item_ids', 'not an item of this order');
    return place;
  });
}

/** The seller has sent items with a carrier of their own; a part of a package is split off first. */
const markShipped: ShopEndpoint = {
  ...{ method: 'POST', path: `${base}/orders/{order_id}/packages`, scopes: basic, cipher },
  answer(call, { orders }) {
    const book = orders.of(shopOf(call).id);
    const order = orderOf(book, call.parts.order_id);
    const waiting = order.parcels.filter(({ status }) => status === 'TO_FULFILL');
    const items = readItems(call.body, order) ?? waiting[0]?.items ?? [];
    const parcel = waiting.find((one) => items.every((place) => one.items.includes(place)));
    if (!parcel) throw new ShopRefusal(21_008_099, 'The items have been shipped already.');
    const how = readCarrier(call.body);
    const now = secondsOf(call.now);
    const rest = parcel.items.filter((place) => !items.includes(place));
    const [parcelId = parcel.id] =
      rest.length > 0 ? book.act(order, now, { name: 'split', groups: [items, rest] }) : [];
    book.act(order, now, { name: 'ship', parcelId, how });
    const order_line_item_ids = items.map((place) => order.plan.items[place]!.id);
    return { order_id: order.plan.id, order_line_item_ids, package_id: parcelId };
  },
};

const documents: ShopEndpoint = {
  ...{
    method: 'GET',
    path: `${base}/packages/{package_id}/shipping_documents`,
    scopes: basic,
    cipher,
  },
  answer(call, context) {
    const kind = call.query.oneOf('document_type', documentTypes);
    call.query.oneOf('document_size', ['A6', 'A5', 'A4'], 'A6');
    call.query.oneOf('document_format', ['PDF', 'ZPL'], 'PDF');
    const { parcel } = parcelOfCall(call, context);
    if (parcel.tracking === null) {
      throw new ShopRefusal(21_023_035, 'Arrange the shipment first.');
    }
    const doc_url = labelUrl(context, parcel.id, kind, secondsOf(call.now));
    return { doc_url, tracking_number: parcel.tracking };
  },
};

const slots: ShopEndpoint = {
  ...{ method: 'GET', path: `${base}/packages/{package_id}/handover_time_slots`, cipher },
  scopes: ['seller.fulfillment.package.write'],
  answer(call, context) {
    const { order } = parcelOfCall(call, context);
    const midnight = Math.floor(secondsOf(call.now) / daySeconds) * daySeconds;
    return {
      can_pickup: order.plan.delivery.shippingType === 'TIKTOK',
      can_drop_off: true,
      can_van_collection: false,
      drop_off_point_url: '',
      pickup_slots: [1, 2, 3].map((day) => ({
        start_time: midnight + day * daySeconds + 9 * hourSeconds,
        end_time: midnight + day * daySeconds + 12 * hourSeconds,
        avaliable: day !== 2,
      })),
    };
  },
};

const tracking: ShopEndpoint = {
  ...{ method: 'GET', path: `${base}/orders/{order_id}/tracking`, cipher },
  scopes: ['seller.logistics'],
  answer: (call, { orders }) => ({
    tracking: trackingOf(orderOf(orders.of(shopOf(call).id), call.parts.order_id)),
  }),
};

const renumber = (path: string, scopes: readonly string[]): ShopEndpoint => ({
  ...{ method: 'POST', path, scopes, cipher },
  answer(call, context) {
    const how = readCarrier(call.body);
    const book = context.orders.of(shopOf(call).id);
    const order = call.parts.order_id
      ? orderOf(book, call.parts.order_id)
      : parcelOfCall(call, context).order;
    const now = secondsOf(call.now);
    const alive = order.parcels.filter(({ status }) => status !== 'CANCELLED');
    const { package_id } = call.parts;
    const parcels = package_id ? alive.filter(({ id }) => id === package_id) : alive;
    for (const { id } of parcels) book.act(order, now, { name: 'renumber', parcelId: id, how });
    return {};
  },
});

const split: ShopEndpoint = {
  ...{ method: 'POST', path: `${base}/orders/{order_id}/split`, cipher },
  scopes: ['seller.fulfillment.package.write'],
  answer(call, { orders }) {
    const book = orders.of(shopOf(call).id);
    const order = orderOf(book, call.parts.order_id);
    const named = call.body.records('splittable_groups') ?? [];
    const groups = named.map((group) => readItems(group, order) ?? []);
    const made = book.act(order, secondsOf(call.now), { name: 'split', groups });
    return {
      packages: made.map((id, place) => ({
        splittable_group_id: named[place]!.required('id'),
        id,
      })),
    };
  },
};

/** The sandbox combines nothing: each package is refused by itself. */
const combine: ShopEndpoint = {
  ...{ method: 'POST', path: `${base}/packages/combine`, cipher },
  scopes: ['seller.fulfillment.package.write'],
  answer: (call) => ({
    packages: [],
    errors: (call.body.records('combinable_packages') ?? []).map((body) => ({
      code: 21_008_041,
      message: 'The package cannot be combined with another one.',
      detail: { package_id: body.required('id') },
    })),
  }),
};

export const fulfilmentEndpoints: readonly ShopEndpoint[] = [
  search,
  detail,
  ship,
  shipMany,
  markShipped,
  documents,
  slots,
  tracking,
  renumber(`${base}/orders/{order_id}/shipping_info/update`, ['seller.logistics']),
  renumber(`${base}/packages/{package_id}/shipping_info/update`, basic),
  split,
  combine,
];
