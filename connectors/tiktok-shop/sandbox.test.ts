/** The client against our own TikTok, which was written from the same reference by other hands. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { streamByName } from '../../policy/streams/index.ts';
import { wholeWindow } from '../../policy/windows.ts';
import { allShopScopes } from '../../sandbox/shop/access/scopes.ts';
import { type ShopSandbox, startShopSandbox } from '../../sandbox/shop/shop-client.ts';
import { createEgress, type Egress } from '../egress.ts';
import { createTikTokShopClient, type TikTokShopClient } from './client.ts';

let sandbox: ShopSandbox;
let egress: Egress;
let client: TikTokShopClient;

beforeAll(async () => {
  sandbox = await startShopSandbox();
  const { origin } = sandbox.sandbox;
  egress = createEgress({ allowedHosts: [], exactOrigin: origin });
  client = createTikTokShopClient({
    ...{ egress, apiUrl: origin, authUrl: origin, servicesUrl: origin, clock: sandbox.face.clock },
    ...sandbox.face.app,
  });
});
afterAll(async () => {
  await client.close();
  await egress.close();
  await sandbox.close();
});

const seller = () => sandbox.face.world.sellers[0]!;
const shopsOfSeller = () => sandbox.face.world.shopsOf(seller().id);

test('a code opens once; its token lists the shops; a renewed token works', async () => {
  const code = sandbox.face.authorisations.issueCode(seller().id, allShopScopes);
  const token = await client.exchangeAuthCode(code);
  expect(token).toMatchObject({ openId: seller().openId, sellerName: seller().name });
  const livesMs = token.accessExpiresAt.getTime() - sandbox.face.clock.now().getTime();
  expect(Math.round(livesMs / 86_400_000)).toBe(7);
  await expect(client.exchangeAuthCode(code)).rejects.toMatchObject({ code: 'AUTH_CODE_REFUSED' });
  const shops = await client.listShops(token.accessToken);
  expect(shops.map(({ id, cipher }) => ({ id, cipher }))).toEqual(
    shopsOfSeller().map(({ id, cipher }) => ({ id, cipher })),
  );
  const renewed = await client.refreshToken(token.refreshToken);
  expect(renewed.accessToken).not.toBe(token.accessToken);
  expect(await client.listShops(renewed.accessToken)).toEqual(shops);
});

test('products, page after page, every one once', async () => {
  const stream = streamByName('shop_products')!;
  const shop = shopsOfSeller()[0]!;
  const access = { accessToken: sandbox.token, cipher: shop.cipher };
  const window = { from: '2020-01-01', to: '2030-12-31' };
  let rows = 0;
  let pageToken: string | null = null;
  let totalNumber: number | null = null;
  do {
    const page = await client.pullPage({ ...access, stream, window, pageToken, ids: null });
    rows += page.rows;
    ({ nextPageToken: pageToken, totalNumber } = page);
  } while (pageToken !== null);
  expect(rows).toBeGreaterThan(0);
  expect(rows).toBe(totalNumber);
});

test('a foreign shop and a scope that was not granted are not permitted', async () => {
  const [own] = shopsOfSeller();
  const foreign = sandbox.shops.find(({ sellerId }) => sellerId !== seller().id)!;
  const stream = streamByName('shop_products')!;
  const page = { stream, window: wholeWindow, pageToken: null, ids: null };
  const { tokens } = sandbox.face.authorisations.issueGrant(seller(), ['seller.order.info']);
  const refused = { code: 'NOT_PERMITTED' };
  const pull = (accessToken: string, cipher: string) =>
    client.pullPage({ ...page, accessToken, cipher });
  await expect(pull(sandbox.token, foreign.cipher)).rejects.toMatchObject(refused);
  await expect(pull(tokens[0]!.accessToken, own!.cipher)).rejects.toMatchObject(refused);
});

test('tokens that ended or were withdrawn', async () => {
  const { authorisations } = sandbox.face;
  const grant = authorisations.issueGrant(seller(), allShopScopes);
  const { accessToken, refreshToken } = grant.tokens[0]!;
  authorisations.change(seller().id, { grantId: grant.id, expireAccess: true });
  const listing = () => client.listShops(accessToken);
  await expect(listing()).rejects.toMatchObject({ code: 'ACCESS_TOKEN_REFUSED' });
  authorisations.change(seller().id, { grantId: grant.id, withdrawnCode: 36_009_004 });
  await expect(listing()).rejects.toMatchObject({ code: 'ACCESS_TOKEN_REFUSED' });
  await expect(client.refreshToken(refreshToken)).rejects.toMatchObject({
    code: 'AUTHORISATION_DEAD',
  });
});

test('one call too many in a second', async () => {
  sandbox.face.rate.limit = 3;
  const calls = Array.from({ length: 12 }, () => client.listShops(sandbox.token));
  const answers = await Promise.allSettled(calls);
  sandbox.face.rate.limit = 50;
  const refused = answers.filter((one) => one.status === 'rejected').map(({ reason }) => reason);
  expect(refused.length).toBeGreaterThan(0);
  for (const error of refused) expect(error).toMatchObject({ code: 'TIKTOK_RATE_LIMITED' });
});
