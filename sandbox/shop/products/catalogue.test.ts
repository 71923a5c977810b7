import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { png } from '../../images.ts';
import { allShopScopes } from '../access/scopes.ts';
import { callShop, type ShopSandbox, startShopSandbox } from '../shop-client.ts';

let shop: ShopSandbox;
beforeAll(async () => {
  shop = await startShopSandbox({ rateLimited: false });
});
afterAll(() => shop.close());

type Row = Readonly<Record<string, unknown>>;

describe('categories', () => {
  it('make a tree whose leaves have attributes and rules', async () => {
    const { data } = await shop.call('/product/202309/categories');
    const ids = new Set(data.categories.map(({ id }: Row) => id));
    const orphans = data.categories.filter(
      ({ parent_id }: Row) => parent_id !== '0' && !ids.has(parent_id),
    );
    expect(orphans).toEqual([]);
    const leaf = data.categories.find(({ local_name }: Row) => local_name === 'Sunscreen');
    const path = `/product/202309/categories/${leaf.id}`;
    const attributes = (await shop.call(`${path}/attributes`)).data.attributes;
    expect(attributes.map((row: Row) => row.is_requried)).toEqual([false, false, true]);
    const rules = (await shop.call(`${path}/rules`)).data;
    expect(rules.product_certifications).toHaveLength(1);
    expect((await shop.call(`/product/202309/categories/${leaf.parent_id}/rules`)).code).toBe(
      12_052_230,
    );
  });

  it('of the United States are another tree, which must be asked for', async () => {
    const us = shop.shops[2]!;
    const { tokens } = shop.face.authorisations.issueGrant(
      shop.face.world.sellers[1]!,
      allShopScopes,
    );
    const ask = (query: Record<string, string>) =>
      callShop(shop.sandbox, tokens[0]!.accessToken, '/product/202309/categories', {
        ...{ shop: us, query },
      });
    expect((await ask({})).code).toBe(12_052_217);
    const deep = (await ask({ category_version: 'v2' })).data.categories;
    expect(deep.length).toBeGreaterThan(80);
  });

  it('are recommended by title', async () => {
    const { data } = await shop.call('/product/202309/categories/recommend', {
      ...{ method: 'POST', body: { product_title: 'Green TEA in tins' } },
    });
    expect(data.categories.map(({ name }: Row) => name)).toEqual([
      ...['Food & Beverages', 'Drinks', 'Tea'],
    ]);
    expect(data.leaf_category_id).toBe(data.categories[2].id);
  });
});

it('brands are listed in pages and can be added', async () => {
  const list = async (query: Record<string, string | number>) =>
    (await shop.call('/product/202309/brands', { query: { page_size: 5, ...query } })).data;
  const one = await list({});
  const two = await list({ page_token: one.next_page_token });
  expect(new Set([...one.brands, ...two.brands].map(({ id }: Row) => id)).size).toBe(8);
  const body = { name: 'Brand new' };
  const { data } = await shop.call('/product/202309/brands', { method: 'POST', body, shop: null });
  expect((await list({ brand_name: 'brand NEW' })).brands[0].id).toBe(data.id);
});

describe('pictures', () => {
  const path = '/product/202309/images/upload';
  const upload = (bytes: Buffer, useCase = 'MAIN_IMAGE') => {
    const form = new FormData();
    form.append('use_case', useCase);
    form.append('data', new Blob([new Uint8Array(bytes)]), 'a.png');
    return shop.call(path, { method: 'POST', body: form, shop: null });
  };

  it('are uploaded unsigned and served until their address ends', async () => {
    const bytes = png(400, [1, 2, 3]);
    const { code, data } = await upload(bytes);
    expect(code).toBe(0);
    expect(data).toMatchObject({ width: 400, height: 400, use_case: 'MAIN_IMAGE' });
    const served = await fetch(data.url);
    expect(served.headers.get('content-type')).toBe('image/png');
    expect(Buffer.from(await served.arrayBuffer()).equals(bytes)).toBe(true);
    expect((await fetch(data.url.replace(/x-signature=./, 'x-signature=_'))).status).toBe(403);
    shop.sandbox.clock.advance(3_600_000);
    expect((await fetch(data.url)).status).toBe(403);
  });

  it('of products are there without an upload, in two sizes', async () => {
    const { id } = shop.face.world.productsOf(shop.shops[0]!.id)[0]!;
    const { data } = await shop.call(`/product/202309/products/${id}`);
    const image = data.main_images[0];
    for (const [url, width] of [
      [image.urls[0], 1_200],
      [image.thumb_urls[0], 300],
    ]) {
      const bytes = Buffer.from(await (await fetch(url)).arrayBuffer());
      expect(bytes.readUInt32BE(16)).toBe(width);
    }
  });

  it('must be pictures of a fair size in a form', async () => {
    expect((await upload(png(200, [0, 0, 0]))).code).toBe(12_052_910);
    expect((await upload(png(200, [0, 0, 0]), 'ATTRIBUTE_IMAGE')).code).toBe(0);
    expect((await upload(Buffer.from('no picture'))).code).toBe(12_052_910);
    expect((await upload(Buffer.alloc(10 * 1_048_576 + 1))).code).toBe(36_009_021);
    const json = await shop.call(path, { method: 'POST', body: {}, shop: null });
    expect(json.code).toBe(36_009_023);
  });
});

it('warehouses lead to delivery options and to carriers', async () => {
  const { warehouses } = (await shop.call('/logistics/202309/warehouses')).data;
  expect(warehouses.filter((row: Row) => row.is_default)).toHaveLength(1);
  const options = await shop.call(
    `/logistics/202309/warehouses/${warehouses[0].id}/delivery_options`,
  );
  const option = options.data.delivery_options[0];
  const carriers = await shop.call(
    `/logistics/202309/delivery_options/${option.id}/shipping_providers`,
  );
  expect(carriers.data.shipping_providers[0].name).toBe('Royal Mail');
  expect((await shop.call('/logistics/202309/warehouses/1/delivery_options')).code).toBe(
    36_009_004,
  );
});

it('webhook settings are set, listed and removed for each shop', async () => {
  const path = '/event/202309/webhooks';
  const body = {
    address: 'https://hub.test/callbacks/tiktok-shop',
    event_type: 'PRODUCT_CREATION',
  };
  const list = async (of = shop.shops[0]!) => (await shop.call(path, { shop: of })).data;
  expect((await shop.call(path, { method: 'PUT', body })).code).toBe(0);
  expect(await list()).toMatchObject({ total_count: 1, webhooks: [body] });
  expect((await list(shop.shops[1]!)).total_count).toBe(0);
  expect(shop.face.webhookSettings.addressOf(shop.shops[0]!.id, 16)).toBe(body.address);
  const bad = { ...body, event_type: 'EVERYTHING' };
  expect((await shop.call(path, { method: 'PUT', body: bad })).code).toBe(36_009_004);
  const { event_type } = body;
  await shop.call(path, { method: 'DELETE', body: { event_type } });
  expect((await list()).total_count).toBe(0);
});
