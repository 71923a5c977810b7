/**
 * What is settled about an order from its birth: buyer, items, amounts, and what would happen to it if nobody called.
 * All of it follows from the seed and the order's number; nothing is stored.
 */
import { hash, pick } from '../../generator/hash.ts';
import { moneyUnits } from '../money.ts';
import { type DeliveryOption, type Shop, type ShopWorld, skuName } from '../world.ts';
import { partsOf, shareOf } from './amounts.ts';

/** A SKU as its order lines copy it: later edits of the product do not reach them. */
export interface Good {
  readonly productId: string;
  readonly productName: string;
  readonly skuId: string;
  readonly skuName: string;
  readonly sellerSku: string;
  readonly image: string;
  readonly units: number;
}

/** What the orders of one shop are drawn from. */
export interface Storefront {
  readonly seed: number;
  readonly shop: Shop;
  /** Of the shop among the shops: part of every id. */
  readonly place: number;
  readonly goods: readonly Good[];
  /** Unix seconds of the first order, and how far orders are apart. */
  readonly firstAt: number;
  readonly everySeconds: number;
  readonly buyers: number;
}

export interface PlannedItem {
  readonly id: string;
  readonly good: Good;
  readonly original: number;
  readonly sellerDiscount: number;
  readonly platformDiscount: number;
  /** What the buyer pays for it before tax. */
  readonly sale: number;
  readonly tax: number;
}

/** How an order goes that nobody touches. */
export type Fate =
  | 'fulfilled'
  | 'never-paid'
  | 'cancelled-on-hold'
  | 'cancelled-by-seller'
  | 'request-approved'
  | 'request-rejected'
  | 'request-unanswered';

export type AfterSale = 'none' | 'refund' | 'return' | 'replacement';

export interface OrderPlan {
  readonly id: string;
  readonly index: number;
  readonly front: Storefront;
  readonly createdAt: number;
  readonly buyer: number;
  readonly items: readonly PlannedItem[];
  readonly shippingOriginal: number;
  readonly shippingSellerDiscount: number;
  readonly shippingPlatformDiscount: number;
  readonly fulfilment: 'FULFILLMENT_BY_SELLER' | 'FULFILLMENT_BY_TIKTOK';
  readonly delivery: DeliveryOption;
  readonly warehouseId: string;
  /** One value in some 200 orders is in no documentation. */
  readonly orderType: string;
  readonly isCod: boolean;
  readonly affiliate: boolean;
  readonly parcels: 1 | 2;
  readonly fate: Fate;
  readonly afterSale: AfterSale;
  readonly movesHouse: boolean;
  /** A number from `from` to `to` that belongs to this order and purpose. */
  between(purpose: number, from: number, to: number): number;
}

export interface PlanChoices {
  readonly createdAt?: number;
  readonly buyer?: number;
  readonly fate?: Fate;
  readonly afterSale?: AfterSale;
  readonly parcels?: 1 | 2;
}

const hourSeconds = 3_600;
/** Numbers of orders that tests make by hand start here. */
export const handMadeFrom = 9_000_000;

export function createStorefront(
  world: ShopWorld,
  place: number,
  size: { readonly orders: number; readonly days: number },
): Storefront {
  const shop = world.shops[place]!;
  const startsAt = Math.floor(world.startsAt.getTime() / 1000);
  const spanSeconds = size.days * 24 * hourSeconds;
  return {
    seed: world.seed,
    shop,
    place,
    goods: goodsOf(world, shop),
    firstAt: startsAt - spanSeconds,
    everySeconds: size.orders === 0 ? Number.POSITIVE_INFINITY : spanSeconds / size.orders,
    buyers: Math.max(3, Math.ceil(size.orders * 0.4)),
  };
}

function goodsOf(world: ShopWorld, shop: Shop): readonly Good[] {
  return world
    .productsOf(shop.id)
    .filter(({ status }) => !['DRAFT', 'PENDING', 'FAILED'].includes(status))
    .flatMap(({ id, content, offers }) =>
      content.skus.map((sku) => ({
        productId: id,
        productName: content.title,
        skuId: sku.id,
        skuName: skuName(sku),
        sellerSku: sku.sellerSku,
        image: `https://p16.example/${content.imageUris[0] ?? 'none'}.jpg`,
        units: moneyUnits(offers.get(sku.id)!.salePrice, shop.moneyDecimals)!,
      })),
    );
}

/** Orders come in ascending time: each has its own stretch, and its place in it. */
export function createdAtOf({ seed, place, firstAt, everySeconds }: Storefront, index: number) {
  const shift = (hash(seed, place * 31 + 1, index) % 1_000) / 1_000;
  return Math.floor(firstAt + (index + shift) * everySeconds);
}

/** 18 digits (19 with five digits of kind): kind, shop, order, number within the order, two drawn ones. */
export function idOf(kind: string, front: Storefront, index: number, number: number): string {
  const drawn = hash(front.seed, front.place * 64 + number, index) % 100;
  const digits = (value: number, length: number) => String(value).padStart(length, '0');
  return kind + digits(front.place, 3) + digits(index, 7) + digits(number, 2) + digits(drawn, 2);
}

/** The order that an id of it or of a part of it belongs to; null for one of another shop or form. */
export function indexOfId(kind: string, front: Storefront, id: string): number | null {
  if (!/^\d{18,19}$/.test(id) || !id.startsWith(kind)) return null;
  const index = Number(id.slice(kind.length + 3, kind.length + 10));
  const number = Number(id.slice(kind.length + 10, kind.length + 12));
  return idOf(kind, front, index, number) === id ? index : null;
}

export const idKinds = {
  order: '5769',
  item: '5770',
  package: '11531',
  cancellation: '40353',
  return: '40354',
  returnItem: '40355',
  cancelItem: '40356',
  transaction: '73441',
} as const;

export function planOrder(front: Storefront, index: number, chosen: PlanChoices = {}): OrderPlan {
  const { seed, place, shop } = front;
  const draw = (purpose: number) => hash(seed ^ (place * 0x9e37), index, purpose);
  const between = (purpose: number, from: number, to: number) =>
    from + (draw(purpose) % (to - from + 1));
  const items = planItems(front, index, between);
  const dearest = Math.max(...items.map(({ original }) => original));
  const shippingOriginal = draw(20) % 4 === 0 ? 0 : shareOf(dearest, 1_500);
  const byTikTok = draw(21) % 16 === 0;
  const delivery = byTikTok
    ? shop.deliveryOptions[0]!
    : pick(shop.deliveryOptions, seed, index, 22);
  return {
    id: idOf(idKinds.order, front, index, 0),
    index,
    front,
    createdAt: chosen.createdAt ?? createdAtOf(front, index),
    buyer: chosen.buyer ?? draw(23) % front.buyers,
    items,
    shippingOriginal,
    shippingSellerDiscount: draw(24) % 5 === 0 ? shareOf(shippingOriginal, 2_500) : 0,
    shippingPlatformDiscount: draw(25) % 5 === 0 ? shareOf(shippingOriginal, 3_000) : 0,
    fulfilment: byTikTok ? 'FULFILLMENT_BY_TIKTOK' : 'FULFILLMENT_BY_SELLER',
    delivery,
    warehouseId: shop.warehouses[0]!.id,
    orderType: orderTypeOf(draw(26)),
    isCod: ['ID', 'MY'].includes(shop.region) && draw(27) % 8 === 0,
    affiliate: draw(28) % 5 === 0,
    parcels: chosen.parcels ?? (items.length > 1 && draw(29) % 4 === 0 ? 2 : 1),
    fate: chosen.fate ?? fateOf(draw(30) % 100),
    afterSale: chosen.afterSale ?? afterSaleOf(draw(31) % 100),
    movesHouse: draw(32) % 40 === 0,
    between,
  };
}

/** One row per unit sold: two of a SKU are two items. */
function planItems(front: Storefront, index: number, between: OrderPlan['between']) {
  const items: PlannedItem[] = [];
  const kinds = between(1, 1, 10) > 7 ? between(2, 2, 3) : 1;
  for (let kind = 0; kind < kinds; kind += 1) {
    const good = front.goods[between(3 + kind, 0, front.goods.length - 1)]!;
    const units = between(6 + kind, 1, 8) === 8 ? between(9 + kind, 2, 3) : 1;
    const discount = between(12 + kind, 0, 3) === 3 ? between(15 + kind, 5, 20) * 100 : 0;
    // Discounts are given per SKU, so that units of one SKU can differ by the smallest unit of money.
    const bySeller = partsOf(shareOf(good.units * units, discount), units);
    const byPlatform = partsOf(shareOf(good.units * units, discount >> 1), units);
    for (let unit = 0; unit < units; unit += 1) {
      const sale = good.units - bySeller[unit]! - byPlatform[unit]!;
      items.push({
        id: idOf(idKinds.item, front, index, items.length),
        good,
        original: good.units,
        sellerDiscount: bySeller[unit]!,
        platformDiscount: byPlatform[unit]!,
        sale,
        tax: front.shop.region === 'US' ? shareOf(sale, 825) : 0,
      });
    }
  }
  return items;
}

function orderTypeOf(draw: number): string {
  if (draw % 200 === 3) return 'LIVE_GROUP_BUY';
  if (draw % 200 < 3) return '';
  if (draw % 200 < 12) return 'PRE_ORDER';
  return 'NORMAL';
}

function fateOf(percent: number): Fate {
  if (percent < 4) return 'never-paid';
  if (percent < 7) return 'cancelled-on-hold';
  if (percent < 9) return 'cancelled-by-seller';
  if (percent < 12) return 'request-approved';
  if (percent < 14) return 'request-rejected';
  if (percent < 15) return 'request-unanswered';
  return 'fulfilled';
}

function afterSaleOf(percent: number): AfterSale {
  if (percent < 4) return 'return';
  if (percent < 7) return 'refund';
  return percent < 8 ? 'replacement' : 'none';
}
