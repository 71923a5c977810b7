/** Creating, replacing and partly editing products, and the dry run of it. */
import { ShopRefusal } from '../answers.ts';
import { type ShopCall, type ShopContext, type ShopEndpoint, shopOf } from '../endpoint.ts';
import { ShopParameters } from '../parameters.ts';
import type { Product, ProductContent, Shop } from '../world.ts';
import { type Listing, readListing } from './listing.ts';
import { applyOffers } from './listing-skus.ts';
import { qualityOf, skuAnswer } from './product-record.ts';
import { productOf } from './search.ts';

const invalidCode = 12_052_910;
const saveModes = ['LISTING', 'AS_DRAFT'] as const;
const keyLengthMax = 128;

const isDraft = ({ body }: ShopCall): boolean =>
  body.oneOf('save_mode', saveModes, 'LISTING') === 'AS_DRAFT';

const listingAnswer = (product: Product, { content, warnings }: Listing) => ({
  product_id: product.id,
  skus: content.skus.map(skuAnswer),
  warnings,
});

const create: ShopEndpoint = {
  method: 'POST',
  path: '/product/202309/products',
  scopes: ['seller.product.write'],
  cipher: 'required',
  invalidCode,
  answer(call, context) {
    const shop = shopOf(call);
    const key = call.body.text('idempotency_key');
    if (key && key.length > keyLengthMax) {
      throw call.body.invalid('idempotency_key', `at most ${keyLengthMax} characters`);
    }
    const known = key === null ? undefined : context.createdByKey.get(`${shop.id} ${key}`);
    if (known !== undefined) return known;
    const listing = readListing(call.body, shop, context, null);
    const draft = isDraft(call);
    if (!draft && listing.faults.length > 0) throw listing.faults[0]!;
    const product = addProduct(listing, shop, call.now, context);
    if (!draft) {
      product.status = 'PENDING';
      context.audits.start(product, call.now);
    }
    const answer = listingAnswer(product, listing);
    if (key !== null) context.createdByKey.set(`${shop.id} ${key}`, answer);
    return answer;
  },
};

function addProduct(listing: Listing, shop: Shop, now: Date, context: ShopContext): Product {
  const seconds = Math.floor(now.getTime() / 1000);
  const product: Product = {
    ...{ id: context.world.newId(), shopId: shop.id, createdAt: seconds, updatedAt: seconds },
    ...{ status: 'DRAFT', audit: 'NONE', auditFailedReasons: [], auditNumber: 0 },
    ...{ content: listing.content, underReview: null, draft: null, offers: new Map() },
  };
  applyOffers(product, listing.skus, shop);
  context.world.add(product);
  context.audits.tellCreation(product, now);
  return product;
}

/** A full edit: what is left out is cleared, but prices and stock. */
const replace = (version: string): ShopEndpoint => ({
  method: 'PUT',
  path: `/product/${version}/products/{product_id}`,
  scopes: ['seller.product.write'],
  cipher: 'required',
  invalidCode,
  answer(call, context) {
    const shop = shopOf(call);
    const product = editableOf(call, context);
    const listing = readListing(call.body, shop, context, product);
    edit(product, listing, call, context);
    return listingAnswer(product, listing);
  },
});

/** Each top-level member that is sent replaces what there is. */
const partialEdit = (version: string): ShopEndpoint => ({
  method: 'POST',
  path: `/product/${version}/products/{product_id}/partial_edit`,
  scopes: ['seller.product.write'],
  cipher: 'required',
  invalidCode,
  answer(call, context) {
    const shop = shopOf(call);
    const product = editableOf(call, context);
    const before = asSent(product.underReview ?? product.draft ?? product.content);
    const merged = new ShopParameters({ ...before, ...call.body.values }, invalidCode);
    const listing = readListing(merged, shop, context, product);
    edit(product, listing, call, context);
    const { product_id, skus } = listingAnswer(product, listing);
    return { product_id, skus, audit: { status: product.audit } };
  },
});

function editableOf(call: ShopCall, context: ShopContext): Product {
  const product = productOf(shopOf(call), call.parts.product_id!, context);
  if (product.status === 'FREEZE' || product.status === 'DELETED') {
    throw new ShopRefusal(12_052_901, `Its status ${product.status} does not allow it.`);
  }
  return product;
}

/** What is on sale stays so while the edit is audited. */
function edit(product: Product, listing: Listing, call: ShopCall, context: ShopContext): void {
  const draft = isDraft(call);
  if (!draft && listing.faults.length > 0) throw listing.faults[0]!;
  applyOffers(product, listing.skus, shopOf(call));
  context.world.noteSkus(product);
  if (draft && product.status !== 'DRAFT') product.draft = listing.content;
  else if (draft) product.content = listing.content;
  else submit(product, listing.content, call.now, context);
  const fields = Object.keys(call.body.values).filter((name) => name !== 'save_mode');
  context.audits.tellChange(product, call.now, fields);
}

function submit(
  product: Product,
  content: ProductContent,
  now: Date,
  { audits }: ShopContext,
): void {
  product.draft = null;
  if (product.status === 'ACTIVATE') {
    product.underReview = content;
  } else {
    product.content = content;
    if (product.status !== 'PENDING') audits.setStatus(product, 'PENDING', now);
  }
  audits.start(product, now);
}

/** Content in the form in which a call would send it. */
function asSent(content: ProductContent): Readonly<Record<string, unknown>> {
  return {
    ...content.more,
    title: content.title,
    description: content.description,
    category_id: content.categoryId,
    brand_id: content.brandId,
    main_images: content.imageUris.map((uri) => ({ uri })),
    package_weight: content.packageWeight,
    package_dimensions: content.packageDimensions,
    product_attributes: content.attributes,
    skus: content.skus.map(({ id, sellerSku, salesAttributes, more }) => ({
      ...more,
      id,
      seller_sku: sellerSku,
      sales_attributes: salesAttributes.map((attribute) => ({
        id: attribute.id,
        name: attribute.name,
        value_id: attribute.valueId,
        value_name: attribute.valueName,
        ...(attribute.imageUri === null ? {} : { sku_img: { uri: attribute.imageUri } }),
      })),
    })),
  };
}

const listingCheck: ShopEndpoint = {
  method: 'POST',
  path: '/product/202309/products/listing_check',
  scopes: ['seller.product.basic', 'serller.product.optimize'],
  cipher: 'required',
  invalidCode,
  answer(call, context) {
    const { faults, warnings, content } = readListing(call.body, shopOf(call), context, null);
    return {
      check_result: faults.length > 0 ? 'FAILED' : 'PASS',
      fail_reasons: faults.map(({ code, message }) => ({ code, message })),
      // One object here, unlike everywhere else.
      warnings: warnings[0] ?? {},
      listing_quality: { current_tier: qualityOf(content), remaining_recommendations: 1 },
      diagnoses: [],
    };
  },
};

const prerequisites: ShopEndpoint = {
  method: 'GET',
  path: '/product/202312/prerequisites',
  scopes: ['seller.product.basic'],
  cipher: 'required',
  answer: () => ({
    check_results: ['WAREHOUSE', 'SHIPPING_TEMPLATE', 'TAX'].map((check_item) => ({
      ...{ check_item, is_failed: false, fail_reasons: [] },
    })),
  }),
};

export const productWriteEndpoints: readonly ShopEndpoint[] = [
  create,
  ...['202309', '202509'].flatMap((version) => [replace(version), partialEdit(version)]),
  listingCheck,
  prerequisites,
];
