/** Products as calls answer them. */

import type { ImageStore } from '../../images.ts';
import { categoryChain } from '../categories.ts';
import type { Offer, Product, ProductContent, SalesAttribute, Shop, Sku } from '../world.ts';
import type { BrandBook } from './brands.ts';

export interface RecordContext {
  readonly images: ImageStore;
  readonly brands: BrandBook;
}

export function imageRecord(images: ImageStore, uri: string) {
  return {
    ...images.sizeOf(uri),
    thumb_urls: [images.addressOf(uri, 'thumb')],
    uri,
    urls: [images.addressOf(uri)],
  };
}

const priceRecord = (offer: Offer, shop: Shop) => ({
  currency: shop.currency,
  sale_price: offer.salePrice,
  tax_exclusive_price: offer.taxExclusivePrice,
});

const inventoryRecord = (offer: Offer) =>
  [...offer.stock].map(([warehouse_id, { available }]) => ({ warehouse_id, quantity: available }));

/** A removed or deactivated product's SKUs cannot be bought. */
const skuStatus = (product: Product) =>
  product.status === 'ACTIVATE'
    ? { status: 'NORMAL' }
    : { status: 'DEACTIVATED', deactivation_source: 'SELLER' };

/** As the first row of a search shows it. */
export function searchRecord(product: Product, content: ProductContent, shop: Shop) {
  return {
    id: product.id,
    title: content.title,
    status: product.status,
    skus: content.skus.map((sku) => {
      const offer = product.offers.get(sku.id)!;
      return {
        id: sku.id,
        seller_sku: sku.sellerSku,
        price: priceRecord(offer, shop),
        inventory: inventoryRecord(offer),
        status_info: skuStatus(product),
      };
    }),
    sales_regions: [shop.region],
    create_time: product.createdAt,
    update_time: product.updatedAt,
    product_sync_fail_reasons: [],
    is_not_for_sale: false,
    listing_quality_tier: qualityOf(content),
    audit: auditRecord(product),
    has_draft: product.draft !== null,
  };
}

export const auditRecord = (product: Product) => ({
  status: product.audit,
  pre_approved_reasons: product.audit === 'PRE_APPROVED' ? ['KYC_PENDING'] : [],
});

export function qualityOf(content: ProductContent): 'POOR' | 'FAIR' | 'GOOD' {
  if (content.imageUris.length >= 3) return 'GOOD';
  return content.imageUris.length === 2 ? 'FAIR' : 'POOR';
}

export function detailRecord(
  product: Product,
  content: ProductContent,
  shop: Shop,
  context: RecordContext,
) {
  const { images, brands } = context;
  const brand = content.brandId === null ? null : brands.find(content.brandId);
  return {
    ...content.more,
    id: product.id,
    status: product.status,
    title: content.title,
    category_chains: categoryChain(content.categoryId).map((category) => ({
      id: category.id,
      parent_id: category.parentId,
      local_name: category.name,
      is_leaf: category.isLeaf,
    })),
    ...(brand ? { brand: { id: brand.id, name: brand.name } } : {}),
    main_images: content.imageUris.map((uri) => imageRecord(images, uri)),
    description: content.description,
    ...(content.packageDimensions ? { package_dimensions: content.packageDimensions } : {}),
    package_weight: content.packageWeight,
    skus: content.skus.map((sku) => skuDetail(product, sku, shop, images)),
    product_attributes: content.attributes,
    audit_failed_reasons: product.auditFailedReasons.map((reason) => ({
      position: 'Product',
      reasons: [reason],
      suggestions: ['Correct it and submit the product again.'],
      listing_platform: 'TIKTOK_SHOP',
    })),
    delivery_options: shop.deliveryOptions.map(({ id, name }) => ({
      ...{ id, name },
      is_available: true,
    })),
    create_time: product.createdAt,
    update_time: product.updatedAt,
    product_types: [],
    is_not_for_sale: false,
    listing_quality_tier: qualityOf(content),
    audit: auditRecord(product),
    has_draft: product.draft !== null,
  };
}

function skuDetail(product: Product, sku: Sku, shop: Shop, images: ImageStore) {
  const offer = product.offers.get(sku.id)!;
  return {
    ...sku.more,
    id: sku.id,
    seller_sku: sku.sellerSku,
    price: priceRecord(offer, shop),
    inventory: inventoryRecord(offer),
    sales_attributes: sku.salesAttributes.map((attribute) => attributeRecord(attribute, images)),
    status_info: skuStatus(product),
  };
}

function attributeRecord(attribute: SalesAttribute, images: ImageStore) {
  const { id, name, valueId, valueName, imageUri } = attribute;
  return {
    ...{ id, name },
    value_id: valueId,
    value_name: valueName,
    ...(imageUri === null ? {} : { sku_img: imageRecord(images, imageUri) }),
  };
}

/** What creating and editing answer of each SKU. */
export const skuAnswer = (sku: Sku) => ({
  ...('external_sku_id' in sku.more ? { external_sku_id: sku.more.external_sku_id } : {}),
  id: sku.id,
  seller_sku: sku.sellerSku,
  sales_attributes: sku.salesAttributes.map(({ id, valueId }) => ({ id, value_id: valueId })),
});
