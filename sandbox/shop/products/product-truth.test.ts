import { afterAll, beforeAll, expect, it } from 'vitest';
import { control } from '../../sandbox-client.ts';
import type { ShopEvent } from '../events.ts';
import { callShop, type ShopSandbox, startShopSandbox } from '../shop-client.ts';
import type { ProductTruth } from './product-truth.ts';

let shop: ShopSandbox;
beforeAll(async () => {
  shop = await startShopSandbox({ rateLimited: false, products: 60 });
});
afterAll(() => shop.close());

const truth = () =>
  control<ProductTruth>(shop.sandbox, `shop/truth/products?shop=${shop.shops[0]!.id}`);

/** All products as calls answer them. */
async function listed(access: string) {
  // biome-ignore lint/suspicious/noExplicitAny: rows as they came.
  const rows: any[] = [];
  let token = '';
  do {
    const query = { page_size: 23, ...(token ? { page_token: token } : {}) };
    const { data } = await callShop(shop.sandbox, access, '/product/202502/products/search', {
      ...{ method: 'POST', query, body: {} },
    });
    rows.push(...data.products);
    token = data.next_page_token;
  } while (token);
  return rows;
}

async function expectEqual(access: string): Promise<ProductTruth> {
  const known = await truth();
  const rows = await listed(access);
  const sorted = (ids: readonly string[]) => [...ids].sort();
  expect(sorted(rows.map(({ id }) => id))).toEqual(sorted(known.products.map(({ id }) => id)));
  const skus = rows.flatMap((row) => row.skus);
  expect(skus).toHaveLength(known.sums.skus);
  const units = skus.reduce((sum, sku) => sum + Number(sku.price.sale_price.replace('.', '')), 0);
  expect(String(units)).toBe(known.sums.salePriceUnits);
  const quantity = skus
    .flatMap((sku) => sku.inventory)
    .reduce((sum: number, one: { quantity: number }) => sum + one.quantity, 0);
  expect(quantity).toBe(known.sums.available);
  return known;
}

it('calls answer the truth, also after sellers have changed things for a month', async () => {
  const before = await expectEqual(shop.token);
  expect(before.sums.products).toBe(60);
  const events: ShopEvent[] = [];
  shop.face.events.listen((event) => events.push(event));
  await control(shop.sandbox, 'shop/advance', { ms: 30 * 86_400_000 });
  const { tokens } = shop.face.authorisations.issueGrant(shop.face.world.sellers[0]!, [
    'seller.product.basic',
  ]);
  const drifted = await expectEqual(tokens[0]!.accessToken);
  expect(drifted.sums.salePriceUnits).not.toBe(before.sums.salePriceUnits);
  expect(drifted.sums.available).toBeGreaterThan(before.sums.available);
  const titles = new Map(before.products.map(({ id, title }) => [id, title]));
  expect(drifted.products.some(({ id, title }) => titles.get(id) !== title)).toBe(true);
  const sources = events.filter(({ type }) => type === 15).map(({ data }) => data.change_source);
  expect(new Set(sources)).toEqual(new Set(['SELLER_CENTER']));
});

it('TikTok freezes a product, and ends an audit', async () => {
  const { id } = (await truth()).products.find(({ status }) => status === 'ACTIVATE')!;
  const act = (body: object) =>
    control(shop.sandbox, 'shop/products/act', { productId: id, ...body });
  expect(await act({ status: 'FREEZE' })).toMatchObject({ status: 'FREEZE' });
  expect(await act({ audit: 'PRE_APPROVED' })).toMatchObject({ audit: 'PRE_APPROVED' });
  expect(await act({ status: 'SOLD' })).toMatchObject({ statusCode: 400 });
  const other = 'shop/products/act';
  expect(await control(shop.sandbox, other, { productId: '1' })).toMatchObject({ statusCode: 400 });
});
