/** `POST /product/{version}/products/search` and `GET /product/{version}/products/{product_id}`. */
import { ShopRefusal } from '../answers.ts';
import { type ShopCall, type ShopContext, type ShopEndpoint, shopOf } from '../endpoint.ts';
import { pageOfSorted } from '../sorted-pages.ts';
import {
  auditStatuses,
  type Product,
  type ProductContent,
  productStatuses,
  type Shop,
} from '../world.ts';
import { detailRecord, qualityOf, searchRecord } from './product-record.ts';

const hitsMax = 10_000;
const idsMax = 10;
const statuses = ['ALL', ...productStatuses] as const;
const badTimeFilter = 12_019_118;
const tooManySellerSkus = 12_019_027;
const tooManyIds = 12_019_120;

type Test = (product: Product) => boolean;

/** @throws ShopRefusal for a filter that TikTok would refuse. */
function readFilter({ body }: ShopCall): Test {
  const tests: Test[] = [];
  const status = body.oneOf('status', statuses, 'ALL');
  if (status !== 'ALL') tests.push((product) => product.status === status);
  for (const [name, read] of [
    ['create_time', (product: Product) => product.createdAt],
    ['update_time', (product: Product) => product.updatedAt],
  ] as const) {
    const from = body.seconds(`${name}_ge`);
    const to = body.seconds(`${name}_le`);
    if (from !== null && to !== null && from > to) {
      throw new ShopRefusal(badTimeFilter, `${name}_ge must not be later than ${name}_le.`);
    }
    if (from !== null) tests.push((product) => read(product) >= from);
    if (to !== null) tests.push((product) => read(product) <= to);
  }
  return [...tests, ...listTests(body)].reduce<Test>(
    (all, test) => (product) => all(product) && test(product),
    () => true,
  );
}

function listTests(body: ShopCall['body']): readonly Test[] {
  const tests: Test[] = [];
  const sellerSkus = body.list('seller_skus');
  if (sellerSkus && sellerSkus.length > idsMax) {
    throw new ShopRefusal(tooManySellerSkus, `At most ${idsMax} seller_skus.`);
  }
  const skuIds = body.list('sku_ids');
  if (skuIds && skuIds.length > idsMax) {
    throw new ShopRefusal(tooManyIds, `At most ${idsMax} sku_ids.`);
  }
  const audits = body.list('audit_status');
  const unknown = audits?.find((audit) => !auditStatuses.some((known) => known === audit));
  if (unknown !== undefined) throw body.invalid('audit_status', `unknown value ${unknown}`);
  const tiers = body.list('listing_quality_tiers');
  const skusOf = (product: Product) => product.content.skus;
  if (sellerSkus?.length) {
    tests.push((product) => skusOf(product).some((sku) => sellerSkus.includes(sku.sellerSku)));
  }
  if (skuIds?.length) {
    tests.push((product) => skusOf(product).some((sku) => skuIds.includes(sku.id)));
  }
  if (audits?.length) tests.push((product) => audits.includes(product.audit));
  if (tiers?.length) tests.push((product) => tiers.includes(qualityOf(product.content)));
  return tests;
}

/** Older versions know neither audits nor drafts. */
function olderRecord(record: ReturnType<typeof searchRecord>) {
  const { audit: _audit, has_draft: _draft, ...rest } = record;
  return rest;
}

const search = (version: string): ShopEndpoint => ({
  method: 'POST',
  path: `/product/${version}/products/search`,
  scopes: ['seller.product.basic'],
  cipher: 'required',
  invalidCode: 12_052_910,
  answer(call, { world }) {
    const shop = shopOf(call);
    const matching = world.productsOf(shop.id).filter(readFilter(call));
    const { rows, nextPageToken } = pageOfSorted(matching, call.query, {
      rules: { max: 100, code: 12_019_109 },
      placeOf: ({ createdAt, id }) => ({ order: createdAt, id }),
      descending: true,
    });
    if (matching.length > hitsMax) {
      throw new ShopRefusal(12_052_180, `More than ${hitsMax} products match: narrow the filter.`);
    }
    const wantsDraft = call.body.boolean('return_draft_version');
    const products = rows.map((product) => {
      const content = wantsDraft ? (product.draft ?? product.content) : product.content;
      const record = searchRecord(product, content, shop);
      return version === '202502' ? record : olderRecord(record);
    });
    return { total_count: matching.length, products, next_page_token: nextPageToken };
  },
});

/** @throws ShopRefusal when there is none, or it is another shop's. */
export function productOf(shop: Shop, id: string, { world }: ShopContext): Product {
  const product = world.product(id);
  if (!product) throw new ShopRefusal(12_052_032, 'The product does not exist.');
  if (product.shopId !== shop.id) throw new ShopRefusal(12_052_048, 'Not a product of this shop.');
  return product;
}

function versionOf({ query }: ShopCall, product: Product): ProductContent {
  if (query.boolean('return_draft_version')) return product.draft ?? product.content;
  if (query.boolean('return_under_review_version')) return product.underReview ?? product.content;
  return product.content;
}

const detail = (version: string): ShopEndpoint => ({
  method: 'GET',
  path: `/product/${version}/products/{product_id}`,
  scopes: ['seller.product.basic'],
  cipher: 'required',
  invalidCode: 12_052_910,
  answer(call, context) {
    const shop = shopOf(call);
    const product = productOf(shop, call.parts.product_id!, context);
    return detailRecord(product, versionOf(call, product), shop, context);
  },
});

export const productReadEndpoints: readonly ShopEndpoint[] = [
  ...['202309', '202312', '202502'].map(search),
  ...['202309', '202509'].map(detail),
];
