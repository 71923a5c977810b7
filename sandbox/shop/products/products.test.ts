import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { control } from '../../sandbox-client.ts';
import type { ShopEvent } from '../events.ts';
import { type ShopSandbox, startShopSandbox } from '../shop-client.ts';
import type { Product, ProductStatus } from '../world.ts';

const searchPath = '/product/202502/products/search';
const minuteMs = 60_000;
let shop: ShopSandbox;
const events: ShopEvent[] = [];

beforeAll(async () => {
  shop = await startShopSandbox({ rateLimited: false });
  shop.face.events.listen((event) => events.push(event));
});
afterAll(() => shop.close());

const first = () => shop.shops[0]!;
const withStatus = (status: ProductStatus, index = 0): Product =>
  shop.face.world.productsOf(first().id).filter((product) => product.status === status)[index]!;
const detail = async (id: string, query = {}) =>
  (await shop.call(`/product/202309/products/${id}`, { query })).data;
const post = (path: string, body: unknown) => shop.call(path, { method: 'POST', body });
const search = (body: unknown, query: Record<string, string | number> = { page_size: 100 }) =>
  shop.call(searchPath, { method: 'POST', query, body });

const listing = (over: Record<string, unknown> = {}) => ({
  title: 'Rattan table lamp, hand woven',
  description: '<p>Warm light</p>',
  category_id: '601002',
  main_images: [{ uri: 'tos-useast2a-i-o3syd03w52/9f3c' }],
  package_weight: { value: '1.2', unit: 'KILOGRAM' },
  skus: [
    {
      seller_sku: 'LAMP-NAT',
      price: { amount: '19.99', currency: 'GBP' },
      inventory: [{ warehouse_id: first().warehouses[0]!.id, quantity: 42 }],
      sales_attributes: [{ id: '100000', value_name: 'Natural' }],
    },
  ],
  ...over,
});

const create = (over: Record<string, unknown> = {}) =>
  post('/product/202309/products', listing(over));

describe('search', () => {
  it('pages through everything once, each status among it', async () => {
    const found: { id: string; status: string }[] = [];
    let token = '';
    do {
      const query = { page_size: 7, ...(token ? { page_token: token } : {}) };
      const { data } = await search({}, query);
      expect(data.total_count).toBe(40);
      found.push(...data.products);
      token = data.next_page_token;
    } while (token);
    const known = shop.face.world.productsOf(first().id).map(({ id }) => id);
    expect(found.map(({ id }) => id).sort()).toEqual([...known].sort());
    expect(new Set(found.map(({ status }) => status)).size).toBe(8);
  });

  it('filters by status, times, SKUs and audit', async () => {
    const all = (await search({ status: 'ALL' })).data.products;
    const times = all.map(({ update_time }: { update_time: number }) => update_time).sort();
    const middle = times[20];
    const later = await search({ update_time_ge: middle });
    const earlier = await search({ update_time_le: middle - 1 });
    expect(later.data.total_count + earlier.data.total_count).toBe(40);
    expect(earlier.data.total_count).toBeGreaterThan(0);
    const sku = all[3].skus[0];
    for (const filter of [{ sku_ids: [sku.id] }, { seller_skus: [sku.seller_sku] }]) {
      const { data } = await search(filter);
      expect(data.products.map(({ id }: { id: string }) => id)).toEqual([all[3].id]);
    }
    const frozen = (await search({ status: 'FREEZE' })).data;
    expect(frozen.total_count).toBe(2);
    expect((await search({ audit_status: ['FAILED'] })).data.total_count).toBeGreaterThan(0);
  });

  it.each([
    [{ seller_skus: Array.from({ length: 11 }, String) }, 12_019_027],
    [{ sku_ids: Array.from({ length: 11 }, String) }, 12_019_120],
    [{ update_time_ge: 2, update_time_le: 1 }, 12_019_118],
    [{ status: 'ON_SALE' }, 12_052_910],
  ])('refuses %j', async (body, code) => {
    expect((await search(body)).code).toBe(code);
  });

  it('wants a page size of 1 to 100, and a token of its own', async () => {
    expect((await search({}, { page_size: 101 })).code).toBe(12_019_109);
    expect((await search({}, {})).code).toBe(12_019_109);
    expect((await search({}, { page_size: 10, page_token: 'x' })).code).toBe(36_009_004);
  });

  it('more than 10,000 hits are refused until a filter cuts them', async () => {
    const many = await startShopSandbox({ shops: 1, products: 10_001 });
    try {
      const ask = (body: unknown) =>
        many.call(searchPath, { method: 'POST', query: { page_size: 1 }, body });
      expect((await ask({})).code).toBe(12_052_180);
      const status = await ask({ status: 'ACTIVATE' });
      expect(status.code).toBe(0);
      expect(status.data.total_count).toBeGreaterThan(5_000);
    } finally {
      await many.close();
    }
  });

  it('older versions know neither audits nor drafts', async () => {
    const request = { method: 'POST', query: { page_size: 1 }, body: {} } as const;
    const older = await shop.call('/product/202312/products/search', request);
    expect(older.data.products[0]).not.toHaveProperty('audit');
    expect((await shop.call(searchPath, request)).data.products[0]).toHaveProperty('audit');
  });
});

describe('creating', () => {
  it('goes through an audit of minutes to being on sale, and tells of it', async () => {
    shop.face.audits.failurePercent = 0;
    events.length = 0;
    const { code, data } = await create({ brand_id: '1' });
    expect(code).toBe(0);
    expect(data.warnings[0].message).toContain('brand_id');
    const before = await detail(data.product_id);
    expect(before).toMatchObject({ status: 'PENDING', audit: { status: 'AUDITING' } });
    expect(before.skus[0].price.sale_price).toBe('19.99');
    expect(
      before.category_chains.map(({ local_name }: { local_name: string }) => local_name),
    ).toEqual(['Home Supplies', 'Home Decor', 'Lamps']);
    await control(shop.sandbox, 'shop/advance', { ms: 11 * minuteMs });
    const after = await detail(data.product_id);
    expect(after).toMatchObject({ status: 'ACTIVATE', audit: { status: 'APPROVED' } });
    expect(after.update_time).toBeGreaterThan(before.update_time);
    const told = events.filter((event) => String(event.data.product_id) === data.product_id);
    expect(told.map(({ type }) => type)).toEqual([16, 37, 37, 5]);
    expect(told[3]!.data).toMatchObject({
      product_id: BigInt(data.product_id),
      status: 'PRODUCT_FIRST_PASS_REVIEW',
    });
  });

  it('may fail its audit, with reasons', async () => {
    shop.face.audits.failurePercent = 100;
    const { data } = await create();
    await control(shop.sandbox, 'shop/advance', { ms: 11 * minuteMs });
    const failed = await detail(data.product_id);
    expect(failed).toMatchObject({ status: 'FAILED', audit: { status: 'FAILED' } });
    expect(failed.audit_failed_reasons[0].reasons).toHaveLength(1);
    shop.face.audits.failurePercent = 0;
  });

  it('the same idempotency key creates once; a draft stays one', async () => {
    const key = { idempotency_key: 'once' };
    const one = await create(key);
    expect((await create(key)).data.product_id).toBe(one.data.product_id);
    const draft = await create({ save_mode: 'AS_DRAFT', title: '' });
    expect(await detail(draft.data.product_id)).toMatchObject({ status: 'DRAFT' });
  });

  const sku = () => listing().skus[0]!;
  const cases: readonly (readonly [string, () => Record<string, unknown>, number])[] = [
    ['an unknown category', () => ({ category_id: '5' }), 12_052_023],
    ['no leaf', () => ({ category_id: '601001' }), 12_052_024],
    ['the other tree', () => ({ category_id: '901402', category_version: 'v2' }), 12_052_217],
    ['no image', () => ({ main_images: [] }), 12_052_028],
    ['a long title', () => ({ title: 'x'.repeat(256) }), 12_052_051],
    ['a required attribute missing', () => ({ category_id: '641002' }), 12_052_104],
    ['no price', () => ({ skus: [{ ...sku(), price: { currency: 'GBP' } }] }), 12_052_073],
    [
      'another currency',
      () => ({ skus: [{ ...sku(), price: { amount: '1', currency: 'EUR' } }] }),
      12_052_084,
    ],
    [
      'an unknown warehouse',
      () => ({ skus: [{ ...sku(), inventory: [{ warehouse_id: '1', quantity: 1 }] }] }),
      12_052_097,
    ],
    [
      'a closed warehouse',
      () => ({
        skus: [{ ...sku(), inventory: [{ warehouse_id: first().warehouses[3]!.id, quantity: 1 }] }],
      }),
      12_052_531,
    ],
    [
      'too much stock',
      () => ({
        skus: [
          { ...sku(), inventory: [{ warehouse_id: first().warehouses[0]!.id, quantity: 100_000 }] },
        ],
      }),
      12_052_055,
    ],
    ['two alike', () => ({ skus: [sku(), sku()] }), 12_052_553],
  ];
  it.each(cases)('refuses %s, as the listing check does', async (_name, over, code) => {
    expect((await create(over())).code).toBe(code);
    const checked = await post('/product/202309/products/listing_check', listing(over()));
    expect(checked.data.check_result).toBe('FAILED');
    expect(checked.data.fail_reasons.map((reason: { code: number }) => reason.code)).toContain(
      code,
    );
  });

  it('the listing check passes what is right', async () => {
    const checked = await post('/product/202309/products/listing_check', listing());
    expect(checked.data).toMatchObject({ check_result: 'PASS', warnings: {} });
  });
});

describe('editing', () => {
  it('leaves what is on sale until the audit is over; prices change at once', async () => {
    const product = withStatus('ACTIVATE', 1);
    const { title } = product.content;
    const path = `/product/202509/products/${product.id}/partial_edit`;
    const { data } = await post(path, { title: 'A new title that is long enough' });
    expect(data.audit.status).toBe('AUDITING');
    expect((await detail(product.id)).title).toBe(title);
    const review = await detail(product.id, { return_under_review_version: 'true' });
    expect(review.title).toBe('A new title that is long enough');
    const skuId = product.content.skus[0]!.id;
    const price = { currency: 'GBP', sale_price: '7.50' };
    const prices = `/product/202309/products/${product.id}/prices/update`;
    expect((await post(prices, { skus: [{ id: skuId, price }] })).code).toBe(0);
    expect((await detail(product.id)).skus[0].price).toEqual({
      currency: 'GBP',
      sale_price: '7.50',
      tax_exclusive_price: '6.25',
    });
    await control(shop.sandbox, 'shop/advance', { ms: 11 * minuteMs });
    const after = await detail(product.id);
    expect(after).toMatchObject({ title: 'A new title that is long enough', status: 'ACTIVATE' });
    expect(after.skus.map(({ id }: { id: string }) => id)).toContain(skuId);
  });

  it('a full edit clears what it leaves out, but prices and stock', async () => {
    const product = withStatus('ACTIVATE', 2);
    const old = product.content.skus[0]!;
    const { price: _price, inventory: _inventory, ...sku } = listing().skus[0]!;
    const body = listing({ skus: [{ ...sku, id: old.id }] });
    const path = `/product/202509/products/${product.id}`;
    const stock = (await detail(product.id)).skus[0].inventory;
    expect((await shop.call(path, { method: 'PUT', body })).code).toBe(0);
    await control(shop.sandbox, 'shop/advance', { ms: 11 * minuteMs });
    const after = await detail(product.id);
    expect(after).not.toHaveProperty('brand');
    expect(after.skus).toHaveLength(1);
    expect(after.skus[0]).toMatchObject({ id: old.id, seller_sku: 'LAMP-NAT', inventory: stock });
  });

  it('a draft of a product on sale waits beside it; a frozen one cannot be edited', async () => {
    const product = withStatus('ACTIVATE', 3);
    const edit = (id: string, body: unknown) =>
      post(`/product/202509/products/${id}/partial_edit`, body);
    await edit(product.id, { save_mode: 'AS_DRAFT', title: 'Not yet' });
    expect(await detail(product.id)).toMatchObject({ has_draft: true, status: 'ACTIVATE' });
    const draft = await detail(product.id, { return_draft_version: 'true' });
    expect(draft.title).toBe('Not yet');
    expect((await edit(withStatus('FREEZE').id, { title: 'x' })).code).toBe(12_052_901);
    expect((await edit('1', { title: 'x' })).code).toBe(12_052_032);
    const foreign = shop.face.world.productsOf(shop.shops[1]!.id)[0]!;
    expect((await edit(foreign.id, { title: 'x' })).code).toBe(12_052_048);
  });
});

describe('the life cycle', () => {
  it('one call, each product with its own error', async () => {
    const product = withStatus('ACTIVATE', 4);
    const frozen = withStatus('FREEZE');
    const body = { product_ids: [product.id, frozen.id, '1'] };
    const { code, data } = await post('/product/202309/products/deactivate', body);
    expect(code).toBe(0);
    expect(data.errors).toMatchObject([
      { code: 12_052_901, detail: { product_id: frozen.id } },
      { code: 12_052_032, detail: { product_id: '1' } },
    ]);
    expect((await detail(product.id)).status).toBe('SELLER_DEACTIVATED');
  });

  it('is activated by an audit, deleted and recovered', async () => {
    const { id } = withStatus('SELLER_DEACTIVATED');
    const body = { product_ids: [id] };
    expect((await post('/product/202309/products/activate', body)).data).toEqual({});
    expect((await detail(id)).status).toBe('PENDING');
    await control(shop.sandbox, 'shop/advance', { ms: 11 * minuteMs });
    expect((await detail(id)).status).toBe('ACTIVATE');
    await shop.call('/product/202309/products', { method: 'DELETE', body });
    expect((await detail(id)).status).toBe('DELETED');
    await post('/product/202309/products/recover', body);
    expect((await detail(id)).status).toBe('SELLER_DEACTIVATED');
    const many = { product_ids: Array.from({ length: 21 }, String) };
    expect((await post('/product/202309/products/activate', many)).code).toBe(12_019_120);
  });
});

describe('stock', () => {
  it('wants every warehouse of a SKU, and changes at once', async () => {
    const product = withStatus('ACTIVATE', 5);
    const skuId = product.content.skus[0]!.id;
    const [main, north] = first().warehouses;
    const update = (inventory: unknown) =>
      post(`/product/202309/products/${product.id}/inventory/update`, {
        skus: [{ id: skuId, inventory }],
      });
    const one = { warehouse_id: main!.id, quantity: 5 };
    expect((await update([one])).code).toBe(12_019_028);
    const bad = await update([one, { warehouse_id: north!.id, quantity: 100_000 }]);
    expect(bad.code).toBe(0);
    expect(bad.data.errors).toMatchObject([
      {
        code: 12_052_990,
        detail: {
          sku_id: skuId,
          extra_errors: [{ warehouse_id: north!.id, code: 12_052_055 }],
        },
      },
    ]);
    events.length = 0;
    const out = await update([
      { ...one, quantity: 0 },
      { warehouse_id: north!.id, quantity: 0 },
    ]);
    expect(out.data).toEqual({});
    expect(events).toMatchObject([
      { type: 27, data: { sku_id: skuId, current_inventory_status: 'OUT_OF_STOCK' } },
    ]);
    const { data } = await post('/product/202309/inventory/search', { sku_ids: [skuId] });
    expect(data.inventory).toMatchObject([
      {
        product_id: product.id,
        skus: [{ id: skuId, total_available_quantity: 0, warehouse_inventory: [{}, {}] }],
      },
    ]);
  });

  it('knows whose SKU it is, and how many may be asked for', async () => {
    const [one, other] = [withStatus('ACTIVATE', 6), withStatus('ACTIVATE', 7)];
    const update = (id: string) =>
      post(`/product/202309/products/${one.id}/inventory/update`, {
        skus: [{ id, inventory: [] }],
      });
    expect((await update('1')).code).toBe(12_052_556);
    expect((await update(other.content.skus[0]!.id)).code).toBe(12_052_557);
    const ids = { product_ids: Array.from({ length: 101 }, String) };
    expect((await post('/product/202309/inventory/search', ids)).code).toBe(12_019_120);
  });
});
