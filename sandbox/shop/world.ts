/**
 * What our own TikTok Shop knows: sellers, their shops, products, stock. A seed says how it starts; calls
 * change it, so one instance belongs to one running sandbox. All ids are strings of 18 or 19 digits, above 2^53.
 */

/** Who grants access: one account at TikTok with shops in one or more regions. */
export interface Seller {
  readonly id: string;
  /** The same for the same person on the platform for developers: made so on purpose, see the README. */
  readonly openId: string;
  readonly name: string;
  readonly baseRegion: string;
}

export interface Shop {
  readonly id: string;
  readonly sellerId: string;
  readonly name: string;
  readonly region: string;
  readonly sellerType: 'LOCAL' | 'CROSS_BORDER';
  /** The `shop_cipher` of calls. */
  readonly cipher: string;
  readonly code: string;
  readonly currency: string;
  /** Decimals of money: 0 where the currency has no minor unit in use. */
  readonly moneyDecimals: 0 | 2;
  /** IANA zone. */
  readonly timeZone: string;
  /** At least two; the first is the default one. */
  readonly warehouses: readonly Warehouse[];
  readonly deliveryOptions: readonly DeliveryOption[];
}

export interface Warehouse {
  readonly id: string;
  readonly name: string;
  readonly isDefault: boolean;
  readonly enabled: boolean;
  readonly type: 'SALES_WAREHOUSE' | 'RETURN_WAREHOUSE';
  readonly address: Readonly<Record<string, unknown>>;
}

export interface DeliveryOption {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  /** `TIKTOK` prints the label, `SELLER` uses a carrier of their own. */
  readonly shippingType: 'TIKTOK' | 'SELLER';
  readonly providers: readonly { readonly id: string; readonly name: string }[];
}

export const productStatuses = [
  'DRAFT',
  'PENDING',
  'FAILED',
  'ACTIVATE',
  'SELLER_DEACTIVATED',
  'PLATFORM_DEACTIVATED',
  'FREEZE',
  'DELETED',
] as const;
export type ProductStatus = (typeof productStatuses)[number];

export const auditStatuses = ['AUDITING', 'APPROVED', 'FAILED', 'PRE_APPROVED', 'NONE'] as const;
export type AuditStatus = (typeof auditStatuses)[number];

export interface Product {
  readonly id: string;
  readonly shopId: string;
  /** Unix seconds. */
  readonly createdAt: number;
  updatedAt: number;
  status: ProductStatus;
  audit: AuditStatus;
  auditFailedReasons: readonly string[];
  /** What buyers see, or what waits for its first audit. */
  content: ProductContent;
  /** The edit of a product on sale that is being audited, while `content` stays on sale. */
  underReview: ProductContent | null;
  draft: ProductContent | null;
  /** Counts audits, so that the end of an outdated one changes nothing. */
  auditNumber: number;
  /** By SKU id: price and stock, which edits and audits do not touch. */
  readonly offers: Map<string, Offer>;
}

/** What an edit replaces: everything but prices and stock. */
export interface ProductContent {
  readonly title: string;
  readonly description: string;
  readonly categoryId: string;
  readonly brandId: string | null;
  readonly imageUris: readonly string[];
  readonly packageWeight: Readonly<Record<string, unknown>>;
  readonly packageDimensions: Readonly<Record<string, unknown>> | null;
  readonly attributes: readonly ProductAttribute[];
  readonly skus: readonly Sku[];
  /** Sent fields that mean nothing to the sandbox and come back as they were sent. */
  readonly more: Readonly<Record<string, unknown>>;
}

export interface ProductAttribute {
  readonly id: string;
  readonly name: string;
  readonly values: readonly { readonly id: string; readonly name: string }[];
}

export interface Sku {
  readonly id: string;
  readonly sellerSku: string;
  readonly salesAttributes: readonly SalesAttribute[];
  readonly more: Readonly<Record<string, unknown>>;
}

export interface SalesAttribute {
  readonly id: string;
  readonly name: string;
  readonly valueId: string;
  readonly valueName: string;
  readonly imageUri: string | null;
}

export interface Offer {
  readonly skuId: string;
  /** Decimal text with the shop's decimals; buyers pay it. */
  salePrice: string;
  taxExclusivePrice: string;
  /** By warehouse id. */
  readonly stock: Map<string, Stock>;
}

export interface Stock {
  /** What can be bought. */
  available: number;
  /** What open orders hold. */
  committed: number;
}

/** A SKU with everything that an order line copies from it. */
export interface FoundSku {
  readonly product: Product;
  readonly sku: Sku;
  readonly offer: Offer;
}

/** Names what buyers chose: `Natural`, or `Natural, L`; `Default` for a product of one kind. */
export const skuName = (sku: Sku): string =>
  sku.salesAttributes.map(({ valueName }) => valueName).join(', ') || 'Default';

export interface WorldStart {
  readonly seed: number;
  /** Where the clock starts: the youngest generated product is older. */
  readonly startsAt: Date;
  readonly sellers: readonly Seller[];
  readonly shops: readonly Shop[];
  readonly products: readonly Product[];
}

function isBefore(one: Product, other: Product): boolean {
  return (
    one.createdAt < other.createdAt || (one.createdAt === other.createdAt && one.id < other.id)
  );
}

/** Products of one shop are kept in the order of their creation. */
export class ShopWorld {
  readonly seed: number;
  readonly startsAt: Date;
  readonly sellers: readonly Seller[];
  readonly shops: readonly Shop[];
  readonly #products = new Map<string, Product>();
  readonly #productsOfShop = new Map<string, Product[]>();
  readonly #productOfSku = new Map<string, string>();
  #lastId = 0n;

  constructor(start: WorldStart) {
    this.seed = start.seed;
    this.startsAt = start.startsAt;
    this.sellers = start.sellers;
    this.shops = start.shops;
    for (const shop of start.shops) this.#productsOfShop.set(shop.id, []);
    const products = [...start.products].sort((one, other) => (isBefore(one, other) ? -1 : 1));
    for (const product of products) this.add(product);
  }

  seller(id: string): Seller | null {
    return this.sellers.find((seller) => seller.id === id) ?? null;
  }

  shopsOf(sellerId: string): readonly Shop[] {
    return this.shops.filter((shop) => shop.sellerId === sellerId);
  }

  shop(id: string): Shop | null {
    return this.shops.find((shop) => shop.id === id) ?? null;
  }

  shopByCipher(cipher: string): Shop | null {
    return this.shops.find((shop) => shop.cipher === cipher) ?? null;
  }

  product(id: string): Product | null {
    return this.#products.get(id) ?? null;
  }

  productsOf(shopId: string): readonly Product[] {
    return this.#productsOfShop.get(shopId) ?? [];
  }

  /** In the content on sale, else in one that waits; null for SKUs that an edit has removed. */
  sku(skuId: string): FoundSku | null {
    const product = this.product(this.#productOfSku.get(skuId) ?? '');
    if (!product) return null;
    const contents = [product.content, product.underReview, product.draft];
    const sku = contents
      .flatMap((content) => content?.skus ?? [])
      .find((candidate) => candidate.id === skuId);
    const offer = product.offers.get(skuId);
    return sku && offer ? { product, sku, offer } : null;
  }

  /** The product that a SKU is or once was of. */
  productOfSku(skuId: string): Product | null {
    return this.product(this.#productOfSku.get(skuId) ?? '');
  }

  add(product: Product): void {
    this.#products.set(product.id, product);
    const products = this.#productsOfShop.get(product.shopId);
    let place = products?.length ?? 0;
    // Almost always the last place: a clock that was put back makes the others.
    while (place > 0 && isBefore(product, products![place - 1]!)) place -= 1;
    products?.splice(place, 0, product);
    this.noteSkus(product);
  }

  /** After an edit that has brought new SKUs. */
  noteSkus(product: Product): void {
    for (const id of product.offers.keys()) this.#productOfSku.set(id, product.id);
  }

  /** Ids of what calls create; generated ones start with other digits. */
  newId(): string {
    this.#lastId += 1n;
    return String(1_739_500_000_000_000_007n + this.#lastId * 8_191n);
  }
}
