/**
 * What the products of a shop really are, counted without the code that answers calls: rows of products, SKUs and
 * stock, and their sums.
 */
import type { Product, Shop, ShopWorld } from '../world.ts';

export interface ProductTruth {
  readonly products: readonly ProductRow[];
  readonly skus: readonly SkuRow[];
  readonly inventory: readonly InventoryRow[];
  readonly sums: {
    readonly products: number;
    readonly productsByStatus: Readonly<Record<string, number>>;
    readonly skus: number;
    readonly available: number;
    readonly committed: number;
    /** Sale prices of all SKUs, in the smallest unit of money. */
    readonly salePriceUnits: string;
  };
}

interface ProductRow {
  readonly id: string;
  readonly status: string;
  readonly auditStatus: string;
  readonly title: string;
  readonly categoryId: string;
  readonly brandId: string | null;
  readonly createTime: number;
  readonly updateTime: number;
}

interface SkuRow {
  readonly id: string;
  readonly productId: string;
  readonly sellerSku: string;
  readonly salePrice: string;
  readonly currency: string;
}

interface InventoryRow {
  readonly skuId: string;
  readonly productId: string;
  readonly warehouseId: string;
  readonly available: number;
  readonly committed: number;
}

export function productTruth(shop: Shop, world: ShopWorld): ProductTruth {
  const products: ProductRow[] = [];
  const skus: SkuRow[] = [];
  const inventory: InventoryRow[] = [];
  const byStatus: Record<string, number> = {};
  let units = 0n;
  let available = 0;
  let committed = 0;
  for (const product of world.productsOf(shop.id)) {
    products.push(productRow(product));
    byStatus[product.status] = (byStatus[product.status] ?? 0) + 1;
    for (const sku of product.content.skus) {
      const { salePrice, stock } = product.offers.get(sku.id)!;
      units += BigInt(salePrice.replace('.', ''));
      const { id, sellerSku } = sku;
      const productId = product.id;
      skus.push({ id, productId, sellerSku, salePrice, currency: shop.currency });
      for (const [warehouseId, held] of stock) {
        available += held.available;
        committed += held.committed;
        inventory.push({ skuId: id, productId, warehouseId, ...held });
      }
    }
  }
  const sums = {
    ...{ products: products.length, productsByStatus: byStatus, skus: skus.length },
    ...{ available, committed, salePriceUnits: String(units) },
  };
  return { products, skus, inventory, sums };
}

const productRow = (product: Product): ProductRow => ({
  id: product.id,
  status: product.status,
  auditStatus: product.audit,
  title: product.content.title,
  categoryId: product.content.categoryId,
  brandId: product.content.brandId,
  createTime: product.createdAt,
  updateTime: product.updatedAt,
});
