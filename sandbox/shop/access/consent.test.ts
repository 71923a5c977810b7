import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { control } from '../../sandbox-client.ts';
import type { ShopEvent } from '../events.ts';
import { callShop, type ShopSandbox, startShopSandbox } from '../shop-client.ts';
import { allShopScopes } from './scopes.ts';

const callback = 'https://hub.test/callbacks/oauth/tiktok-shop';
const shopsPath = '/authorization/202309/shops';
let shop: ShopSandbox;

beforeAll(async () => {
  shop = await startShopSandbox({ redirectUri: callback });
});
afterAll(() => shop.close());

type Form = Readonly<Record<string, string>>;

async function decide(
  path: string,
  form: Form,
  scopes: readonly string[] = allShopScopes,
): Promise<Response> {
  const body = new URLSearchParams(form);
  for (const scope of scopes) body.append('scopes', scope);
  return fetch(shop.sandbox.origin + path, { method: 'POST', body, redirect: 'manual' });
}

const service = () => ({ service_id: shop.face.app.serviceId });
const targetOf = (answer: Response) => new URL(answer.headers.get('location')!);
const seller = (index: number) => shop.face.world.sellers[index]!;

async function consent(over: Form = {}, scopes?: readonly string[]): Promise<string> {
  const form = { ...service(), decision: 'allow', seller_id: seller(0).id, ...over };
  return targetOf(await decide('/open/authorize', form, scopes)).searchParams.get('code')!;
}

async function token(call: 'get' | 'refresh', over: Form) {
  const query = new URLSearchParams({
    app_key: shop.face.app.appKey,
    app_secret: shop.face.app.secret,
    grant_type: call === 'get' ? 'authorized_code' : 'refresh_token',
    ...over,
  });
  const response = await fetch(`${shop.sandbox.origin}/api/v2/token/${call}?${query}`);
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it.
  return (await response.json()) as { code: number; data: any };
}

const works = async (accessToken: string): Promise<number> =>
  (await callShop(shop.sandbox, accessToken, shopsPath, { shop: null })).code;

describe('the consent page', () => {
  it.each(['/open/authorize', '/oauth/authorize'])('%s lists sellers and scopes', async (path) => {
    const app = path === '/open/authorize' ? service() : { app_key: shop.face.app.appKey };
    const query = new URLSearchParams({ ...app, state: 'a"b' });
    const html = await (await fetch(`${shop.sandbox.origin}${path}?${query}`)).text();
    expect(html.match(/<label><input type="radio" name="seller_id"/g)).toHaveLength(2);
    expect(html.match(/<label><input type="checkbox" name="scopes"/g)).toHaveLength(13);
    expect(html).toContain('value="a&quot;b"');
    expect((await fetch(`${shop.sandbox.origin}${path}?service_id=1&app_key=1`)).status).toBe(400);
  });

  it('returns with code, key, locale, region and state', async () => {
    const form = { ...service(), decision: 'allow', seller_id: seller(1).id, state: 's&1' };
    const target = targetOf(await decide('/open/authorize', form));
    expect(target.origin + target.pathname).toBe(callback);
    expect(Object.fromEntries(target.searchParams)).toEqual({
      app_key: shop.face.app.appKey,
      code: expect.stringMatching(/^TTP_/),
      locale: 'en-GB',
      shop_region: 'US',
      state: 's&1',
    });
  });

  it('a start in the app store brings no state back; a refusal brings no code', async () => {
    const allowed = { ...service(), decision: 'allow', seller_id: seller(0).id };
    expect(targetOf(await decide('/open/authorize', allowed)).searchParams.has('state')).toBe(
      false,
    );
    const target = targetOf(await decide('/open/authorize', { ...service(), state: 's' }));
    expect(target.searchParams.get('code')).toBe('null');
    expect(target.searchParams.get('error')).toBe('auth_denied');
    expect(target.searchParams.get('state')).toBe('s');
  });

  it('wants a known seller and known scopes', async () => {
    const form = { ...service(), decision: 'allow', seller_id: seller(0).id };
    const status = async (over: Form, scopes?: readonly string[]) =>
      (await decide('/open/authorize', { ...form, ...over }, scopes)).status;
    expect(await status({ seller_id: '1' })).toBe(400);
    expect(await status({}, [])).toBe(400);
    expect(await status({}, ['seller.everything'])).toBe(400);
    expect(await status({}, ['seller.order.info'])).toBe(302);
  });
});

describe('/api/v2/token/get', () => {
  it('gives tokens with absolute ends, once', async () => {
    const code = await consent({}, ['seller.authorization.info', 'seller.order.info']);
    const { data } = await token('get', { auth_code: code });
    const now = Math.floor(shop.sandbox.clock.now().getTime() / 1000);
    expect(Math.abs(data.access_token_expire_in - now - 7 * 86_400)).toBeLessThan(60);
    expect(Math.abs(data.refresh_token_expire_in - now - 365 * 86_400)).toBeLessThan(60);
    expect(data).toMatchObject({
      access_token: expect.stringMatching(/^ROW_/),
      open_id: seller(0).openId,
      seller_name: 'Nordlys Home',
      seller_base_region: 'GB',
      user_type: 0,
      granted_scopes: ['seller.authorization.info', 'seller.order.info'],
    });
    expect(await works(data.access_token)).toBe(0);
    expect((await token('get', { auth_code: code })).code).toBe(36_004_004);
  });

  it('refuses wrong credentials without using the code up, and codes after half an hour', async () => {
    const code = await consent();
    expect((await token('get', { auth_code: code, app_secret: 'x' })).code).toBe(36_009_004);
    expect((await token('get', { auth_code: code, grant_type: 'code' })).code).toBe(36_009_004);
    expect((await token('get', { auth_code: code })).code).toBe(0);
    const late = await consent();
    shop.sandbox.clock.advance(1_800_000);
    expect((await token('get', { auth_code: late })).code).toBe(36_004_004);
    expect((await token('get', { auth_code: 'never given' })).code).toBe(36_004_004);
  });
});

describe('/api/v2/token/refresh', () => {
  const start = async () => (await token('get', { auth_code: await consent() })).data;

  it('rotates; the old refresh token is taken for ten minutes more', async () => {
    const first = await start();
    const second = (await token('refresh', { refresh_token: first.refresh_token })).data;
    expect(second.refresh_token).not.toBe(first.refresh_token);
    expect(second.open_id).toBe(first.open_id);
    expect(await works(second.access_token)).toBe(0);
    expect(await works(first.access_token)).toBe(0);
    const third = (await token('refresh', { refresh_token: first.refresh_token })).data;
    expect(await works(third.access_token)).toBe(0);
    shop.sandbox.clock.advance(600_000);
    expect((await token('refresh', { refresh_token: first.refresh_token })).code).toBe(36_004_004);
    expect((await token('refresh', { refresh_token: third.refresh_token })).code).toBe(0);
  });

  it('an answer can be lost and the token got again', async () => {
    const { refresh_token } = await start();
    shop.face.faults.add({ kind: 'lost-answer', path: '/api/v2/token/refresh', count: 1 });
    await expect(token('refresh', { refresh_token })).rejects.toThrow();
    expect((await token('refresh', { refresh_token })).code).toBe(0);
  });

  it('strict: an old token is dead at once', async () => {
    const strict = await startShopSandbox({ refreshMode: 'strict' });
    try {
      const { authorisations, world } = strict.face;
      const { tokens } = authorisations.issueGrant(world.sellers[0]!, allShopScopes);
      const old = tokens[0]!;
      const next = authorisations.refresh(old.refreshToken).tokens.at(-1)!;
      expect(() => authorisations.refresh(old.refreshToken)).toThrow('invalid or expired');
      expect(() => authorisations.find(old.accessToken)).toThrow('expired');
      expect(authorisations.find(next.accessToken).openId).toBe(world.sellers[0]!.openId);
    } finally {
      await strict.close();
    }
  });
});

describe('how a grant ends', () => {
  it('the seller withdraws: tokens die, each shop gets type 6, other sellers go on', async () => {
    const events: ShopEvent[] = [];
    shop.face.events.listen((event) => events.push(event));
    const mine = await control<{ tokens: { accessToken: string; refreshToken: string }[] }>(
      shop.sandbox,
      'shop/tokens',
      {},
    );
    const other = await control<typeof mine>(shop.sandbox, 'shop/tokens', {
      sellerId: seller(1).id,
    });
    await control(shop.sandbox, 'shop/withdraw', { sellerId: seller(0).id });
    expect(await works(mine.tokens[0]!.accessToken)).toBe(105_002);
    const again = await token('refresh', { refresh_token: mine.tokens[0]!.refreshToken });
    expect(again.code).toBe(36_004_004);
    expect(await works(other.tokens[0]!.accessToken)).toBe(0);
    const told = events.filter(({ type }) => type === 6).map(({ shopId }) => shopId);
    expect(told).toEqual(shop.face.world.shopsOf(seller(0).id).map(({ id }) => id));
  });

  it('its own end comes: told 30 days before, then each midnight, then nothing works', async () => {
    const events: ShopEvent[] = [];
    shop.face.events.listen((event) => events.push(event));
    const { tokens } = await control<{ tokens: { accessToken: string; refreshToken: string }[] }>(
      shop.sandbox,
      'shop/tokens',
      { sellerId: seller(1).id, grantSeconds: 40 * 86_400 },
    );
    // The longer grant of the test before would keep notices away.
    await control(shop.sandbox, 'shop/expire', { sellerId: seller(1).id, grant: false });
    const all = shop.face.authorisations.list().filter((grant) => grant.tokens[0] !== undefined);
    for (const grant of all) {
      const kept = grant.tokens[0]!.accessToken === tokens[0]!.accessToken;
      const change = { grantId: grant.id, withdrawnCode: 105_002 };
      if (!kept) shop.face.authorisations.change(grant.sellerId, change);
    }
    await control(shop.sandbox, 'shop/advance', { ms: 9 * 86_400_000 });
    expect(events.filter(({ type }) => type === 7)).toHaveLength(0);
    await control(shop.sandbox, 'shop/advance', { ms: 3 * 86_400_000 });
    const told = events.filter(({ type }) => type === 7);
    expect(told.length).toBeGreaterThanOrEqual(2);
    expect(told[0]!.data.message).toContain('is expiring in 30 days');
    expect(told[1]!.at.toISOString()).toContain('T00:00:00');
    await control(shop.sandbox, 'shop/advance', { ms: 28 * 86_400_000 });
    expect(await works(tokens[0]!.accessToken)).toBe(105_002);
    expect((await token('refresh', { refresh_token: tokens[0]!.refreshToken })).code).toBe(
      36_004_004,
    );
  });

  it('scopes can be taken away, access tokens ended, and nothing shows a token', async () => {
    const { tokens } = await control<{ tokens: { accessToken: string; refreshToken: string }[] }>(
      shop.sandbox,
      'shop/tokens',
      {},
    );
    const { accessToken, refreshToken } = tokens[0]!;
    await control(shop.sandbox, 'shop/scopes', { scopes: ['seller.order.info'] });
    expect(await works(accessToken)).toBe(105_005);
    await control(shop.sandbox, 'shop/expire', {});
    expect(await works(accessToken)).toBe(105_002);
    expect((await token('refresh', { refresh_token: refreshToken })).code).toBe(0);
    const text = JSON.stringify(await control(shop.sandbox, 'shop/authorisations'));
    expect(text).toContain(seller(0).id);
    expect(text).not.toContain(accessToken);
    expect(text).not.toContain(refreshToken);
  });
});
