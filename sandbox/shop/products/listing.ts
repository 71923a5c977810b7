/** What a sent product says, and what TikTok finds wrong with it. */
import { ShopRefusal } from '../answers.ts';
import {
  attributesOf,
  type CategoryVersion,
  categoryOf,
  categoryVersionOf,
  certificationsOf,
} from '../categories.ts';
import type { ShopContext } from '../endpoint.ts';
import type { ShopParameters } from '../parameters.ts';
import type { Product, ProductAttribute, ProductContent, Shop } from '../world.ts';
import { readSkus, type SentSku } from './listing-skus.ts';

export interface Listing {
  readonly content: ProductContent;
  readonly skus: readonly SentSku[];
  readonly warnings: readonly { readonly message: string }[];
  /** In the order in which TikTok would say them; a draft may have them. */
  readonly faults: readonly ShopRefusal[];
}

/** Members that the sandbox understands; all others come back as they were sent. */
const understood = new Set([
  ...['save_mode', 'title', 'description', 'category_id', 'brand_id', 'main_images', 'skus'],
  ...['package_weight', 'package_dimensions', 'product_attributes', 'category_version'],
  ...['idempotency_key', 'listing_platforms', 'replicated_products', 'certifications'],
]);

const imagesMax = 9;
const descriptionMax = 10_000;
const manySkus = new Set(['BR', 'DE', 'ES', 'FR', 'IE', 'IT', 'JP', 'MX', 'GB', 'US']);
const briefTitles = new Set(['DE', 'ES', 'FR', 'IE', 'IT', 'JP', 'GB', 'US']);

const fault = (code: number, message: string) => new ShopRefusal(code, message);

/** Collects faults in place of throwing the first one: a listing check shows them all. */
class Faults {
  readonly list: ShopRefusal[] = [];

  when(wrong: boolean, code: number, message: string): void {
    if (wrong) this.list.push(fault(code, message));
  }

  /** What `read` returns, or null when it refuses. */
  of<T>(read: () => T): T | null {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof ShopRefusal)) throw error;
      this.list.push(error);
      return null;
    }
  }
}

/** `known` is the product that an edit is of; what it has of SKUs keeps its ids. */
export function readListing(
  body: ShopParameters,
  shop: Shop,
  context: ShopContext,
  known: Product | null,
): Listing {
  const faults = new Faults();
  const title = body.text('title') ?? '';
  checkTitle(title, shop, faults);
  const description = body.text('description') ?? '';
  const long = description === '' || description.length > descriptionMax;
  faults.when(long, 12_052_910, `The description needs 1 to ${descriptionMax} characters.`);
  const categoryId = body.text('category_id') ?? known?.content.categoryId ?? '';
  const version = (body.text('category_version') ?? 'v1') as CategoryVersion;
  checkCategory(categoryId, known ? categoryVersionOf(shop.region) : version, shop, faults);
  const imageUris = (body.records('main_images') ?? []).map((image) => image.required('uri'));
  faults.when(imageUris.length === 0, 12_052_028, 'The main image is missing.');
  faults.when(imageUris.length > imagesMax, 12_052_910, `At most ${imagesMax} main images.`);
  const unknown = imageUris.find((uri) => !uri.startsWith('tos-'));
  faults.when(unknown !== undefined, 12_052_910, 'One of the images does not exist.');
  faults.when(!body.has('package_weight'), 12_052_910, 'package_weight is required.');
  const attributes = readAttributes(body, categoryId, faults);
  checkCertifications(body, categoryId, faults);
  const brandId = body.text('brand_id');
  const brand = brandId === null ? null : context.brands.find(brandId);
  const skus = faults.of(() => readSkus(body, shop, context, known)) ?? [];
  const skusMax = manySkus.has(shop.region) ? 300 : 100;
  faults.when(skus.length > skusMax, 12_052_050, `A product has at most ${skusMax} SKUs.`);
  return {
    content: {
      ...{ title, description, categoryId, brandId: brand?.id ?? null, imageUris, attributes },
      packageWeight: body.record('package_weight')?.values ?? {},
      packageDimensions: body.record('package_dimensions')?.values ?? null,
      skus: skus.map(({ sku }) => sku),
      more: Object.fromEntries(
        Object.entries(body.values).filter(([name]) => !understood.has(name)),
      ),
    },
    skus,
    warnings: brandId !== null && brand === null ? [clearedBrand] : [],
    faults: faults.list,
  };
}

const clearedBrand = {
  message: 'The [brand_id] field is incorrect and has been automatically cleared.',
};

function checkTitle(title: string, { region }: Shop, faults: Faults): void {
  const brief = briefTitles.has(region);
  const max = region === 'BR' || region === 'MX' ? 300 : 255;
  const min = brief || max === 300 ? 1 : 25;
  faults.when(title.length > max, 12_052_051, `The title is longer than ${max} characters.`);
  faults.when(title.length < min, 12_052_910, `The title needs at least ${min} characters.`);
}

function checkCategory(id: string, version: CategoryVersion, shop: Shop, faults: Faults): void {
  const category = categoryOf(id);
  const due = categoryVersionOf(shop.region);
  if (!category) faults.when(true, 12_052_023, 'The category does not exist.');
  else if (version !== due || category.version !== due) {
    faults.when(true, 12_052_217, `The category version must be ${due}.`);
  } else faults.when(!category.isLeaf, 12_052_024, 'The category is not a leaf category.');
}

function readAttributes(
  body: ShopParameters,
  categoryId: string,
  faults: Faults,
): readonly ProductAttribute[] {
  const offered = attributesOf(categoryId);
  const sent = (body.records('product_attributes') ?? []).map((attribute) => {
    const id = attribute.required('id');
    const known = offered.find((candidate) => candidate.id === id);
    const values = (attribute.records('values') ?? []).map((value) => {
      const valueId = value.text('id') ?? '';
      const named = known?.values.find((candidate) => candidate.id === valueId);
      return { id: valueId, name: value.text('name') ?? named?.name ?? '' };
    });
    return { id, name: known?.name ?? '', values };
  });
  for (const { id, name, required } of offered) {
    const missing = required && !sent.some((attribute) => attribute.id === id);
    faults.when(missing, 12_052_104, `The attribute ${name} is required.`);
  }
  return sent;
}

function checkCertifications(body: ShopParameters, categoryId: string, faults: Faults): void {
  const sent = (body.records('certifications') ?? []).map((one) => one.text('id'));
  for (const { id, name } of certificationsOf(categoryId)) {
    faults.when(!sent.includes(id), 12_052_105, `The qualification ${name} is required.`);
  }
}
