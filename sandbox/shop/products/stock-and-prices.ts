/** Stock and prices: they change at once, without an audit. */
import { ShopRefusal } from '../answers.ts';
import { type ShopCall, type ShopContext, type ShopEndpoint, shopOf } from '../endpoint.ts';
import { moneyText, moneyUnits } from '../money.ts';
import type { ShopParameters } from '../parameters.ts';
import type { Offer, Product, Shop } from '../world.ts';
import { productOf } from './search.ts';

const quantityMax = 99_999;
const searchProductsMax = 100;
const searchSkusMax = 600;
const scarce = 10;
const inventoryStatusChange = 27;

interface ExtraError {
  readonly warehouse_id: string;
  readonly code: number;
  readonly message: string;
}

/** What is wrong with a quantity in a warehouse, or null. */
export function stockFault(
  shop: Shop,
  warehouseId: string,
  quantity: number | null,
  { world }: Pick<ShopContext, 'world'>,
): Omit<ExtraError, 'warehouse_id'> | null {
  const warehouse = shop.warehouses.find(({ id }) => id === warehouseId);
  if (!warehouse) {
    const foreign = world.shops.some((other) =>
      other.warehouses.some(({ id }) => id === warehouseId),
    );
    if (foreign) return { code: 12_052_530, message: 'The warehouse is not of this shop' };
    return { code: 12_052_097, message: 'The warehouse does not exist' };
  }
  if (!warehouse.enabled) return { code: 12_052_531, message: 'The warehouse is disabled' };
  if (quantity === null || quantity < 0 || quantity > quantityMax) {
    return { code: 12_052_055, message: 'The stock is out of range' };
  }
  return null;
}

/** Any number, so that one out of range gets its own error. */
export const readQuantity = (entry: ShopParameters): number | null =>
  entry.integer('quantity', { min: -999_999_999, max: 999_999_999 });

/** The decimal text of a price that the shop may ask. */
export function readPrice(price: ShopParameters | null, shop: Shop): string {
  const text = price?.text('sale_price') ?? price?.text('amount') ?? '';
  const units = moneyUnits(text, shop.moneyDecimals);
  if (units === null || units <= 0) throw new ShopRefusal(12_052_073, 'The price is invalid.');
  if (price?.text('currency') !== shop.currency) {
    throw new ShopRefusal(12_052_084, `The currency must be ${shop.currency}.`);
  }
  return moneyText(units, shop.moneyDecimals);
}

export function setPrice(offer: Offer, price: string, shop: Shop): void {
  offer.salePrice = price;
  const units = moneyUnits(price, shop.moneyDecimals)!;
  const taxed = ['GB', 'DE'].includes(shop.region);
  offer.taxExclusivePrice = moneyText(taxed ? Math.round(units / 1.2) : units, shop.moneyDecimals);
}

interface SentSku {
  readonly sent: ShopParameters;
  readonly offer: Offer;
}

/** The SKUs of a call, each known and of this product. */
function readSkus(call: ShopCall, product: Product, { world }: ShopContext): readonly SentSku[] {
  const sent = call.body.records('skus');
  if (!sent || sent.length === 0) throw call.body.invalid('skus', 'it is required');
  return sent.map((entry) => {
    const id = entry.required('id');
    const offer = product.offers.get(id);
    if (offer) return { sent: entry, offer };
    if (world.productOfSku(id)) throw new ShopRefusal(12_052_557, 'A SKU of another product.');
    throw new ShopRefusal(12_052_556, 'The SKU does not exist.');
  });
}

const inventoryUpdate: ShopEndpoint = {
  method: 'POST',
  path: '/product/202309/products/{product_id}/inventory/update',
  scopes: ['seller.product.write'],
  cipher: 'required',
  invalidCode: 12_052_910,
  answer(call, context) {
    const shop = shopOf(call);
    const product = productOf(shop, call.parts.product_id!, context);
    const errors = readSkus(call, product, context).flatMap(({ sent, offer }) => {
      const entries = readEntries(sent, offer);
      const extra_errors = entries.flatMap(({ warehouse_id, quantity }) => {
        const fault = stockFault(shop, warehouse_id, quantity, context);
        return fault ? [{ warehouse_id, ...fault }] : [];
      });
      if (extra_errors.length > 0) {
        const detail = { sku_id: offer.skuId, extra_errors };
        return [{ code: 12_052_990, message: 'The check failed.', detail }];
      }
      const before = availableOf(offer);
      for (const { warehouse_id, quantity } of entries) {
        const committed = offer.stock.get(warehouse_id)?.committed ?? 0;
        offer.stock.set(warehouse_id, { available: quantity!, committed });
      }
      tellStock(product, offer, before, call.now, context);
      return [];
    });
    product.updatedAt = Math.floor(call.now.getTime() / 1000);
    return errors.length > 0 ? { errors } : {};
  },
};

/** With one warehouse it need not be named; of several none may be left out. */
function readEntries(sent: ShopParameters, offer: Offer) {
  const only = offer.stock.size === 1 ? [...offer.stock.keys()][0]! : null;
  const entries = (sent.records('inventory') ?? []).map((entry) => ({
    warehouse_id: entry.text('warehouse_id') ?? only ?? entry.required('warehouse_id'),
    quantity: readQuantity(entry),
  }));
  const named = entries.map(({ warehouse_id }) => warehouse_id);
  if ([...offer.stock.keys()].some((id) => !named.includes(id))) {
    throw new ShopRefusal(12_019_028, 'All warehouses of the SKU must be listed.');
  }
  return entries;
}

export const availableOf = (offer: Offer): number =>
  [...offer.stock.values()].reduce((sum, { available }) => sum + available, 0);

const committedOf = (offer: Offer): number =>
  [...offer.stock.values()].reduce((sum, { committed }) => sum + committed, 0);

function stockState(quantity: number): string {
  if (quantity === 0) return 'OUT_OF_STOCK';
  return quantity < scarce ? 'LOW_STOCK' : 'SUFFICIENT_STOCK';
}

/** After stock has changed, also by orders: TikTok tells when it becomes scarce, gone, or enough. */
export function tellStock(
  product: Product,
  offer: Offer,
  before: number,
  at: Date,
  { events }: Pick<ShopContext, 'events'>,
): void {
  const state = stockState(availableOf(offer));
  if (state === stockState(before)) return;
  events.emit({
    ...{ type: inventoryStatusChange, shopId: product.shopId, at },
    data: {
      product_id: product.id,
      sku_id: offer.skuId,
      trigger_reason: { alert_type: 'REALTIME', lead_days: 0, low_stock_threshold: scarce },
      current_inventory_status: state,
    },
  });
}

const pricesUpdate: ShopEndpoint = {
  method: 'POST',
  path: '/product/202309/products/{product_id}/prices/update',
  scopes: ['seller.product.write'],
  cipher: 'required',
  invalidCode: 12_052_910,
  answer(call, context) {
    const shop = shopOf(call);
    const product = productOf(shop, call.parts.product_id!, context);
    const priced = readSkus(call, product, context).map(({ sent, offer }) => ({
      offer,
      price: readPrice(sent.record('price'), shop),
    }));
    for (const { offer, price } of priced) setPrice(offer, price, shop);
    product.updatedAt = Math.floor(call.now.getTime() / 1000);
    return {};
  },
};

const inventorySearch: ShopEndpoint = {
  method: 'POST',
  path: '/product/202309/inventory/search',
  scopes: ['seller.product.basic'],
  cipher: 'required',
  invalidCode: 12_052_910,
  answer(call, { world }) {
    const shop = shopOf(call);
    const productIds = call.body.list('product_ids') ?? [];
    const skuIds = call.body.list('sku_ids') ?? [];
    if (productIds.length > searchProductsMax || skuIds.length > searchSkusMax) {
      throw new ShopRefusal(12_019_120, 'At most 100 product_ids or 600 sku_ids.');
    }
    if (productIds.length + skuIds.length === 0) {
      throw call.body.invalid('product_ids', 'give product_ids or sku_ids');
    }
    const named = [...productIds, ...skuIds.map((id) => world.productOfSku(id)?.id ?? '')];
    const inventory = [...new Set(named)]
      .flatMap((id) => world.product(id) ?? [])
      .filter(({ shopId }) => shopId === shop.id)
      .map((product) => ({
        product_id: product.id,
        skus: product.content.skus
          .filter(({ id }) => productIds.includes(product.id) || skuIds.includes(id))
          .map(({ id, sellerSku }) => inventoryRecord(product.offers.get(id)!, sellerSku)),
      }));
    return { inventory };
  },
};

function inventoryRecord(offer: Offer, sellerSku: string) {
  const available = availableOf(offer);
  return {
    id: offer.skuId,
    seller_sku: sellerSku,
    total_available_quantity: available,
    total_committed_quantity: committedOf(offer),
    warehouse_inventory: [...offer.stock].map(([warehouse_id, stock]) => ({
      warehouse_id,
      available_quantity: stock.available,
      committed_quantity: stock.committed,
    })),
    total_available_inventory_distribution: {
      campaign_inventory: [],
      creator_inventory: [],
      in_shop_inventory: { quantity: available },
    },
  };
}

export const stockAndPriceEndpoints: readonly ShopEndpoint[] = [
  inventoryUpdate,
  pricesUpdate,
  inventorySearch,
];
