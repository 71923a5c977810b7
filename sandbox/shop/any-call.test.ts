/**
 * Goal: whatever is sent, the Shop API answers with a code and never breaks. Method: signed calls of every endpoint with
 * plausible and absurd parts, queries and bodies. Not modelled: bodies that are no text.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { shopEndpoints } from './endpoints.ts';
import { callShopRaw, type ShopSandbox, startShopSandbox } from './shop-client.ts';

let shop: ShopSandbox;
beforeAll(async () => {
  shop = await startShopSandbox({ rateLimited: false, products: 20 });
});
afterAll(() => shop.close());

const absurd: fc.Arbitrary<unknown> = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom(null, true, [], {}, [[]], [{}], [null], '', '9007199254740993'),
);

/** Members that endpoints read, with values that get past the first check or do not. */
const plausible: Readonly<Record<string, readonly unknown[]>> = {
  title: ['Rattan table lamp, hand woven'],
  description: ['<p>Warm</p>'],
  category_id: ['601002', '601001', '641002'],
  main_images: [[{ uri: 'tos-a/b' }], [{}], [null]],
  package_weight: [{ value: '1', unit: 'KILOGRAM' }],
  product_attributes: [[{ id: '100392', values: [{ id: '1' }] }], [{ id: 1 }]],
  skus: [
    [{ price: { amount: '1', currency: 'GBP' }, inventory: [{ warehouse_id: '1', quantity: 1 }] }],
    [{ id: '1' }],
    [{ sales_attributes: [{}] }],
  ],
  product_ids: [['1'], []],
  sku_ids: [['1']],
  status: ['ALL', 'DRAFT'],
  save_mode: ['AS_DRAFT', 'LISTING'],
  order_status: ['UNPAID'],
  update_time_ge: [0, 1_764_000_000],
  address: ['https://hub.test/'],
  event_type: ['PRODUCT_CREATION'],
  name: ['Brand'],
  product_title: ['Tea'],
};

const bodies = fc.oneof(
  absurd,
  fc
    .array(
      fc
        .constantFrom(...Object.keys(plausible))
        .chain((name) =>
          fc.tuple(fc.constant(name), fc.oneof(fc.constantFrom(...plausible[name]!), absurd)),
        ),
      { maxLength: 8 },
    )
    .map((members): unknown => Object.fromEntries(members)),
);

const queries = fc.dictionary(
  fc.constantFrom('page_size', 'page_token', 'ids', 'category_version', 'sort_field', 'locale'),
  fc.oneof(fc.constantFrom('1', '10', 'v1', 'create_time', 'true'), fc.string()),
);

it('every endpoint answers every call with an envelope', async () => {
  const known = shop.face.world.productsOf(shop.shops[0]!.id).map(({ id }) => id);
  const parts = fc.oneof(fc.constantFrom(...known, '1', '601002'), fc.string({ minLength: 1 }));
  const codes = new Set<unknown>();
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...shopEndpoints),
      ...([parts, queries, bodies] as const),
      async ({ method, path, cipher }, part, query, body) => {
        const url = path.replace(/\{\w+\}/g, encodeURIComponent(part));
        const response = await callShopRaw(shop.sandbox, shop.token, url, {
          ...{ method, query },
          ...(method === 'GET' ? {} : { body }),
          ...(cipher === 'absent' ? { shop: null } : {}),
        });
        const answer = (await response.json()) as Record<string, unknown>;
        expect(response.status).toBe(200);
        codes.add(answer.code);
        expect(Number.isInteger(answer.code)).toBe(true);
        expect(typeof answer.request_id).toBe('string');
      },
    ),
    { numRuns: 1_500 },
  );
  // Calls got past the checks, and far.
  expect(codes.has(0)).toBe(true);
  expect(codes.size).toBeGreaterThan(8);
}, 120_000);
