/** The SKUs of a sent product, with the prices and stocks that came along. */
import { ShopRefusal } from '../answers.ts';
import { attributesOf, colour } from '../categories.ts';
import type { ShopContext } from '../endpoint.ts';
import type { ShopParameters } from '../parameters.ts';
import type { Offer, Product, SalesAttribute, Shop, Sku } from '../world.ts';
import { readPrice, readQuantity, setPrice, stockFault } from './stock-and-prices.ts';

export interface SentSku {
  readonly sku: Sku;
  /** Null when an edit leaves it as it is. */
  readonly price: string | null;
  readonly stock: ReadonlyMap<string, number> | null;
}

const understood = new Set([...['id', 'seller_sku', 'sales_attributes', 'price', 'inventory']]);
const sellerSkuPattern = /^\S{1,50}$/;

/** @throws ShopRefusal for the first thing that is wrong. */
export function readSkus(
  body: ShopParameters,
  shop: Shop,
  context: ShopContext,
  known: Product | null,
): readonly SentSku[] {
  const sent = body.records('skus') ?? [];
  if (sent.length === 0) throw body.invalid('skus', 'it is required');
  const skus = sent.map((entry) => readSku(entry, shop, context, known));
  const kinds = skus.map(({ sku }) =>
    sku.salesAttributes.map(({ id, valueName }) => `${id}=${valueName}`).join('&'),
  );
  if (new Set(kinds).size < kinds.length) {
    throw new ShopRefusal(12_052_553, 'Two SKUs have the same sales attributes.');
  }
  return skus;
}

function readSku(
  entry: ShopParameters,
  shop: Shop,
  context: ShopContext,
  known: Product | null,
): SentSku {
  const id = entry.text('id');
  const offer = id === null ? undefined : known?.offers.get(id);
  if (id !== null && !offer) {
    const foreign = context.world.productOfSku(id) !== null;
    throw new ShopRefusal(foreign ? 12_052_557 : 12_052_556, 'The SKU is not of this product.');
  }
  const sellerSku = entry.text('seller_sku') ?? '';
  if (sellerSku !== '' && !sellerSkuPattern.test(sellerSku)) {
    throw entry.invalid('seller_sku', 'it needs 1 to 50 characters without spaces');
  }
  return {
    sku: {
      id: id ?? context.world.newId(),
      sellerSku,
      salesAttributes: (entry.records('sales_attributes') ?? []).map((one) =>
        readAttribute(one, context),
      ),
      more: Object.fromEntries(
        Object.entries(entry.values).filter(([name]) => !understood.has(name)),
      ),
    },
    price: offer && !entry.has('price') ? null : readPrice(entry.record('price'), shop),
    stock: offer && !entry.has('inventory') ? null : readStock(entry, shop, context),
  };
}

/** A value is named by its id, or is a new one. */
function readAttribute(entry: ShopParameters, { world }: ShopContext): SalesAttribute {
  const name = entry.text('name');
  const id = entry.text('id') ?? colour.id;
  const known = attributesOf('').find((attribute) => attribute.id === id);
  const value = known?.values.find(
    (candidate) =>
      candidate.id === entry.text('value_id') || candidate.name === entry.text('value_name'),
  );
  return {
    id,
    name: name ?? known?.name ?? '',
    valueId: entry.text('value_id') ?? value?.id ?? world.newId(),
    valueName: entry.text('value_name') ?? value?.name ?? '',
    imageUri: entry.record('sku_img')?.text('uri') ?? null,
  };
}

function readStock(
  entry: ShopParameters,
  shop: Shop,
  context: ShopContext,
): ReadonlyMap<string, number> {
  const sent = entry.records('inventory') ?? [];
  if (sent.length === 0) throw entry.invalid('inventory', 'it is required');
  return new Map(
    sent.map((one) => {
      const warehouseId = one.required('warehouse_id');
      const quantity = readQuantity(one);
      const fault = stockFault(shop, warehouseId, quantity, context);
      if (fault) throw new ShopRefusal(fault.code, `${fault.message}.`);
      return [warehouseId, quantity!];
    }),
  );
}

/** Prices and stock change at once, even if the edit waits for its audit. */
export function applyOffers(product: Product, skus: readonly SentSku[], shop: Shop): void {
  for (const { sku, price, stock } of skus) {
    const offer: Offer = product.offers.get(sku.id) ?? {
      ...{ skuId: sku.id, salePrice: '', taxExclusivePrice: '', stock: new Map() },
    };
    if (price !== null) setPrice(offer, price, shop);
    for (const [warehouseId, available] of stock ?? []) {
      const committed = offer.stock.get(warehouseId)?.committed ?? 0;
      offer.stock.set(warehouseId, { available, committed });
    }
    product.offers.set(sku.id, offer);
  }
}
