/** Consents to shops: TikTok knows where they lead back to, and may begin one by itself. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sealContexts } from '../../../policy/seals.ts';
import { type ApiHub, createApiHub } from '../../../test/api-hub.ts';

const callback = '/callbacks/oauth/tiktok-shop';

let hub: ApiHub;
beforeAll(async () => {
  hub = await createApiHub();
});
afterAll(() => hub.close());

async function begin(platform = 'tiktok-shop') {
  const payload = { platform, workspaceId: hub.workspace.id };
  const response = await hub.call('POST', '/api/v1/authorisations', { payload });
  expect(response.statusCode).toBe(201);
  const { consentUrl, beginUrl } = response.json();
  const url = new URL(consentUrl);
  const cookie = String(response.headers['set-cookie']).split(';')[0]!;
  return { url, state: url.searchParams.get('state')!, cookie, beginUrl };
}

const finish = (query: Record<string, string>, cookie?: string, path = callback) =>
  hub.app.inject({
    url: `${path}?${new URLSearchParams(query)}`,
    headers: cookie === undefined ? {} : { cookie },
  });
const authorisations = () => hub.deps.registry.authorisations.list(hub.workspace.id);

test('a consent ends in a sealed code, an authorisation and its workflow', async () => {
  const { url, state, cookie } = await begin();
  expect(url.origin).toBe('https://shop.tiktok.example');
  expect(url.searchParams.has('redirect_uri')).toBe(false);
  hub.workflows.calls.length = 0;
  const answer = { app_key: 'k', code: 'canary-code', locale: 'en-GB', shop_region: 'GB', state };
  const response = await finish(answer, cookie);
  expect(response.statusCode).toBe(303);
  const id = /\/tiktok-shop\/authorisations\/([0-9a-f-]{36})$/.exec(
    response.headers.location!,
  )![1]!;
  const input = { authorisationId: id, platform: 'tiktok-shop' };
  expect(hub.workflows.calls).toEqual([`connectAccount ${JSON.stringify(input)}`]);
  const row = (await hub.deps.registry.authorisations.find(id))!;
  expect(row).toMatchObject({ state: 'pending', platform: 'tiktok-shop' });
  const clear = await hub.deps.keyring.unseal(row.sealedCode!, sealContexts.authorisationCode(id));
  expect(clear.toString()).toBe('canary-code');
  expect((await hub.app.inject(response.headers.location!)).statusCode).toBe(200);
});

test('begun at TikTok it takes nothing over, whoever comes, and shows where to begin', async () => {
  const { state, cookie } = await begin();
  const before = (await authorisations()).length;
  hub.workflows.calls.length = 0;
  for (const response of [
    await finish({ app_key: 'k', code: 'canary-code' }),
    await finish({ app_key: 'k', code: 'canary-code' }, cookie),
    await finish({ code: 'null', error: 'auth_denied' }),
  ]) {
    expect(response.statusCode).toBe(200);
    expect(response.body).toContain('begun at TikTok');
    expect(response.body).toContain('<a href="/">');
    expect(response.body).not.toContain('canary-code');
    expect(response.headers['set-cookie']).toBeUndefined();
  }
  expect(await authorisations()).toHaveLength(before);
  expect(hub.workflows.calls).toEqual([]);
  // The consent that was begun here goes on.
  expect((await finish({ code: 'c', state }, cookie)).statusCode).toBe(303);
});

test('a refusal stores nothing and ends the consent', async () => {
  const { state, cookie } = await begin();
  const before = (await authorisations()).length;
  const response = await finish({ code: 'null', error: 'auth_denied', state }, cookie);
  expect(response.body).toContain('You did not authorise');
  expect(await authorisations()).toHaveLength(before);
  expect((await finish({ code: 'c', state }, cookie)).statusCode).toBe(400);
});

test('a code of one platform is never taken for the other’s', async () => {
  const before = (await authorisations()).length;
  const ads = await begin('tiktok-ads');
  expect((await finish({ code: 'c', state: ads.state }, ads.cookie)).statusCode).toBe(400);
  const shop = await begin();
  const path = '/callbacks/oauth/tiktok-ads';
  expect((await finish({ code: 'c', state: shop.state }, shop.cookie, path)).statusCode).toBe(400);
  expect(await authorisations()).toHaveLength(before);
});

test('any browser can begin by the link', async () => {
  const { beginUrl } = await begin();
  const { pathname, search } = new URL(beginUrl);
  expect(pathname).toBe(`${callback}/begin`);
  const begun = await hub.app.inject(`${pathname}${search}`);
  expect(begun.statusCode).toBe(303);
  expect(new URL(begun.headers.location!).origin).toBe('https://shop.tiktok.example');
  const elsewhere = await hub.app.inject(`/callbacks/oauth/tiktok-ads/begin${search}`);
  expect(elsewhere.statusCode).toBe(400);
});
