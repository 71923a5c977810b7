/** Products of one shop as they stand when the clock starts. */
import { hash, pick } from '../../generator/hash.ts';
import { attributesOf, categoryVersionOf, colour, leavesOf, size } from '../categories.ts';
import { moneyText } from '../money.ts';
import type {
  AuditStatus,
  Offer,
  Product,
  ProductContent,
  ProductStatus,
  SalesAttribute,
  Shop,
  Sku,
} from '../world.ts';
import { brandsOf } from './brands.ts';
import { idOf } from './shops.ts';

const daySeconds = 86_400;
const adjectives = ['hand woven', 'light', 'for two', '“Midnight”', 'daily', 'travel'];

/** Of twenty products: most are on sale, each other state comes up at least once in forty. */
const states: readonly (readonly [ProductStatus, AuditStatus])[] = [
  ...Array.from({ length: 13 }, () => ['ACTIVATE', 'APPROVED'] as const),
  ['SELLER_DEACTIVATED', 'APPROVED'],
  ['DRAFT', 'NONE'],
  ['PENDING', 'AUDITING'],
  ['FAILED', 'FAILED'],
  ['PLATFORM_DEACTIVATED', 'APPROVED'],
  ['FREEZE', 'APPROVED'],
  ['DELETED', 'APPROVED'],
];

export interface ProductSeed {
  readonly seed: number;
  readonly shop: Shop;
  /** Of the shop among the shops, and of the product in the shop. */
  readonly shopIndex: number;
  readonly index: number;
  readonly unitsOfPound: number;
  readonly startsAt: number;
}

export function createProduct(input: ProductSeed): Product {
  const { seed, shop, shopIndex, index, startsAt } = input;
  const mixed = hash(seed, shopIndex * 1_000_003 + index, 51);
  const [status, audit] = states[(index * 7 + shopIndex) % states.length]!;
  const createdAt = startsAt - 300 * daySeconds + ((mixed % 280) * daySeconds + (index % 86_400));
  const place = (shopIndex * 1_000_000 + index) * 64;
  const content = createContent(input, mixed, place);
  return {
    id: idOf(1_729_592_000_000_000_000n, seed, place),
    shopId: shop.id,
    createdAt,
    updatedAt: startsAt - (hash(mixed, 1, 52) % (20 * daySeconds)) - 60,
    status,
    audit,
    auditFailedReasons: status === 'FAILED' ? ['The main image shows a price.'] : [],
    content,
    underReview: null,
    draft: null,
    auditNumber: 0,
    offers: new Map(
      content.skus.map((sku, at) => [sku.id, createOffer(input, sku.id, hash(mixed, at, 53))]),
    ),
  };
}

function createContent(input: ProductSeed, mixed: number, place: number): ProductContent {
  const { seed, shop, index } = input;
  const leaves = leavesOf(categoryVersionOf(shop.region));
  const category = pick(leaves, seed, index, 54);
  const own = attributesOf(category.id).find(({ type }) => type === 'PRODUCT_PROPERTY')!;
  const brands = brandsOf(seed);
  const title = `${category.name} ${pick(adjectives, mixed, 0, 55)}, model ${index + 1}`;
  return {
    title: title.length < 25 ? `${title} by ${shop.name}` : title,
    description: `<p>${title}</p>`,
    categoryId: category.id,
    brandId: mixed % 5 === 0 ? null : brands[mixed % brands.length]!.id,
    imageUris: Array.from(
      { length: 1 + (mixed % 3) },
      (_, at) => `tos-useast2a-i-o3syd03w52/${hash(mixed, at, 56).toString(16).padStart(8, '0')}`,
    ),
    packageWeight: { value: `${(1 + (mixed % 40)) / 10}`, unit: 'KILOGRAM' },
    packageDimensions: { length: '30', width: '30', height: '40', unit: 'CENTIMETER' },
    attributes: [{ id: own.id, name: own.name, values: [pick(own.values, mixed, 1, 57)] }],
    skus: createSkus(input, mixed, place),
    more: { is_cod_allowed: mixed % 2 === 0 },
  };
}

/** One to six kinds: of one colour each, or of colours in sizes. */
function createSkus({ seed, index }: ProductSeed, mixed: number, place: number): readonly Sku[] {
  const colours = 1 + (mixed % 3);
  const sizes = mixed % 4 === 0 ? 2 : 1;
  return Array.from({ length: colours * sizes }, (_, at) => {
    const chosen: SalesAttribute[] = [attributeOf(colour, at % colours)];
    if (sizes > 1) chosen.push(attributeOf(size, Math.floor(at / colours)));
    return {
      id: idOf(1_729_592_000_000_000_000n, seed, place + 1 + at),
      sellerSku: `SKU-${index + 1}-${chosen.map(({ valueName }) => valueName.slice(0, 3)).join('-')}`,
      salesAttributes: chosen,
      more: {},
    };
  });
}

function attributeOf(attribute: typeof colour, at: number): SalesAttribute {
  const value = attribute.values[at % attribute.values.length]!;
  return {
    id: attribute.id,
    name: attribute.name,
    valueId: value.id,
    valueName: value.name,
    imageUri: null,
  };
}

function createOffer({ shop, unitsOfPound }: ProductSeed, skuId: string, mixed: number): Offer {
  const units = Math.max(1, Math.round(((499 + (mixed % 8_000)) * unitsOfPound) / 100));
  const taxed = ['GB', 'DE'].includes(shop.region);
  const decimals = shop.moneyDecimals;
  const selling = shop.warehouses.filter(
    ({ type, enabled }) => type === 'SALES_WAREHOUSE' && enabled,
  );
  return {
    skuId,
    salePrice: moneyText(units, decimals),
    taxExclusivePrice: moneyText(taxed ? Math.round(units / 1.2) : units, decimals),
    stock: new Map(
      selling.map((warehouse, at) => [
        warehouse.id,
        { available: hash(mixed, at, 58) % 400, committed: 0 },
      ]),
    ),
  };
}
