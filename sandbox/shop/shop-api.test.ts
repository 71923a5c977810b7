import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callShop, callShopRaw, type ShopSandbox, startShopSandbox } from './shop-client.ts';

const shopsPath = '/authorization/202309/shops';
const searchPath = '/product/202502/products/search';
let shop: ShopSandbox;

beforeAll(async () => {
  shop = await startShopSandbox();
});
afterAll(() => shop.close());

const nowSeconds = () => Math.floor(shop.sandbox.clock.now().getTime() / 1000);
const tokenFor = (seller: number, scopes: readonly string[]) =>
  shop.face.authorisations.issueGrant(shop.face.world.sellers[seller]!, scopes).tokens[0]!
    .accessToken;

it('lists the shops of the seller who granted, with ids and ciphers of each', async () => {
  const { code, data } = await shop.call(shopsPath, { shop: null });
  expect(code).toBe(0);
  const ids = data.shops.map(({ id }: { id: string }) => id);
  expect(ids).toEqual(shop.shops.slice(0, 2).map(({ id }) => id));
  for (const id of ids) expect(BigInt(id)).toBeGreaterThan(2n ** 53n);
});

describe('what is wrong first is what is said', () => {
  it('path, method, version', async () => {
    const wrong = { over: { app_key: 'x', sign: 'x' } };
    expect((await shop.call('/product/202309/nothing', wrong)).code).toBe(36_009_009);
    expect((await shop.call(shopsPath, { method: 'PUT', ...wrong })).code).toBe(36_009_010);
    expect((await shop.call('/authorization/202201/shops', wrong)).code).toBe(36_009_014);
    const elsewhere = await fetch(`${shop.sandbox.origin}/nothing/202309/at-all`);
    expect(elsewhere.status).toBe(404);
  });

  it('app_key before timestamp before sign before token', async () => {
    const ask = (over: Record<string, string | undefined>, token = shop.token) =>
      callShop(shop.sandbox, token, shopsPath, { shop: null, over });
    const app = await ask({ app_key: 'x', timestamp: '1', sign: 'x' }, 'x');
    expect(app).toMatchObject({ code: 36_009_004, message: 'Invalid app_key.', status: 200 });
    const time = await ask({ timestamp: '1', sign: 'x' }, 'x');
    expect(time).toMatchObject({ code: 36_009_004, message: 'Invalid timestamp.' });
    const absent = await ask({ sign: undefined }, 'x');
    expect(absent).toMatchObject({ code: 36_009_004, message: 'The sign is missing.' });
    expect((await ask({ sign: 'x' }, 'x')).code).toBe(106_001);
    const token = await ask({}, 'x');
    expect(token).toMatchObject({ code: 36_009_004, message: 'Invalid x-tts-access-token.' });
  });

  it.each([
    [-299, 0],
    [-302, 36_009_004],
    [29, 0],
    [32, 36_009_004],
  ])('a timestamp %i seconds from now answers %i', async (offset, code) => {
    const over = { timestamp: String(nowSeconds() + offset) };
    expect((await shop.call(shopsPath, { shop: null, over })).code).toBe(code);
  });

  it('a body that was serialised anew is not what was signed', async () => {
    const request = { method: 'POST', query: { page_size: 1 }, body: { status: 'ALL' } } as const;
    expect((await shop.call(searchPath, request)).code).toBe(0);
    const signed = await callShopRaw(shop.sandbox, shop.token, searchPath, request);
    const again = await fetch(signed.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-tts-access-token': shop.token },
      body: JSON.stringify(request.body, null, 1),
    });
    expect(await again.json()).toMatchObject({ code: 106_001 });
  });

  it('scope before cipher', async () => {
    const token = tokenFor(0, ['seller.order.info']);
    const ask = (path: string) => callShop(shop.sandbox, token, path, { shop: null });
    expect((await ask('/product/202309/categories')).code).toBe(105_005);
    expect((await ask('/logistics/202309/warehouses')).code).toBe(105_005);
  });

  it('a cipher must be there, must not be there, must be of the seller', async () => {
    const path = '/product/202309/categories';
    expect((await shop.call(path, { shop: null })).code).toBe(106_013);
    expect((await shop.call(shopsPath)).code).toBe(36_009_004);
    expect((await shop.call(path, { shop: shop.shops[2]! })).code).toBe(101_000);
    expect((await shop.call(path, { shop: null, query: { shop_cipher: 'GCP_x' } })).code).toBe(
      101_000,
    );
    expect((await shop.call(path, { shop: shop.shops[1]! })).code).toBe(0);
  });
});

describe('tokens', () => {
  it('end after seven days, and when the seller withdraws', async () => {
    const own = await startShopSandbox({ shops: 1, products: 1 });
    try {
      const ask = () => own.call(shopsPath, { shop: null });
      own.sandbox.clock.advance(7 * 86_400_000 - 5_000);
      expect((await ask()).code).toBe(0);
      own.sandbox.clock.advance(5_000);
      expect((await ask()).code).toBe(105_002);
      const fresh = own.face.authorisations.issueGrant(own.face.world.sellers[0]!, [
        'seller.authorization.info',
      ]);
      const again = () =>
        callShop(own.sandbox, fresh.tokens[0]!.accessToken, shopsPath, { shop: null });
      expect((await again()).code).toBe(0);
      own.face.authorisations.change(fresh.sellerId, { withdrawnCode: 36_009_004 });
      expect((await again()).code).toBe(36_009_004);
    } finally {
      await own.close();
    }
  });
});

it('one call too many is HTTP 429, of its shop and API only', async () => {
  shop.face.rate.limit = 0;
  const path = '/product/202309/categories';
  const refused = await shop.call(path);
  shop.face.rate.limit = 50;
  expect(refused).toMatchObject({ code: 36_009_002, status: 429 });
  expect(shop.face.rate.list()).toMatchObject([{ path, shopId: shop.shops[0]!.id }]);
  expect((await shop.call(path)).code).toBe(0);
});

it('the log names template, shop and filters, and holds no token or sign', async () => {
  shop.face.requests.clear();
  const body = { status: 'ACTIVATE' };
  await shop.call(searchPath, { method: 'POST', query: { page_size: 3 }, body });
  const entries = shop.face.requests.since();
  expect(entries).toMatchObject([
    {
      ...{ method: 'POST', path: searchPath, shopId: shop.shops[0]!.id, code: 0 },
      ...{ httpStatus: 200, query: { page_size: '3' }, body: '{"status":"ACTIVATE"}' },
    },
  ]);
  const text = JSON.stringify(entries);
  expect(text).not.toContain(shop.token);
  expect(text).not.toContain('sign');
});

describe('faults on request', () => {
  const ask = () => callShopRaw(shop.sandbox, shop.token, shopsPath, { shop: null });

  it.each([36_009_003, 36_009_007])('code %i once', async (code) => {
    shop.face.faults.add({ kind: 'code', code, path: shopsPath, count: 1 });
    expect(await (await ask()).json()).toMatchObject({ code });
    expect(await (await ask()).json()).toMatchObject({ code: 0 });
  });

  it('a 503 in HTML, a 429, an answer cut short', async () => {
    shop.face.faults.add({ kind: 'http', status: 503, count: 1 });
    const html = await ask();
    expect([html.status, html.headers.get('content-type')]).toEqual([503, 'text/html']);
    shop.face.faults.add({ kind: 'code', code: 36_009_002, status: 429, count: 1 });
    expect((await ask()).status).toBe(429);
    shop.face.faults.add({ kind: 'truncate', count: 1 });
    await expect((await ask()).json()).rejects.toThrow(SyntaxError);
    expect((await ask()).status).toBe(200);
  });
});
