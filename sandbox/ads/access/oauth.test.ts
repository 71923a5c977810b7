import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHandMadeWorld, firstAccount, secondAccount } from '../../hand-made-world.ts';
import { type Sandbox, startSandbox } from '../../sandbox.ts';
import { control, get, post, queryOf } from '../../sandbox-client.ts';

const callback = 'http://127.0.0.1:3000/callbacks/oauth/tiktok-ads';
let sandbox: Sandbox;
let credentials: { app_id: string; secret: string };

beforeAll(async () => {
  sandbox = await startSandbox({
    world: createHandMadeWorld(),
    port: 0,
    quota: 'none',
    seed: 1,
    redirectUris: [callback],
  });
  credentials = { app_id: sandbox.app.appId, secret: sandbox.app.secret };
});
afterAll(() => sandbox.close());

const consentQuery = () => ({ app_id: sandbox.app.appId, state: 's&"1', redirect_uri: callback });

async function decide(form: readonly (readonly [string, string])[]): Promise<Response> {
  const body = new URLSearchParams(consentQuery());
  for (const [name, value] of form) body.append(name, value);
  return fetch(`${sandbox.origin}/portal/auth`, { method: 'POST', body, redirect: 'manual' });
}

async function consent(): Promise<string> {
  const answer = await decide([
    ['decision', 'allow'],
    ['advertiser_ids', firstAccount],
    ['scopes', '10'],
    ['scopes', '44'],
  ]);
  return new URL(answer.headers.get('location')!).searchParams.get('auth_code')!;
}

const exchange = (code: string, over: Record<string, unknown> = {}) =>
  post(sandbox, 'oauth2/access_token/', { ...credentials, auth_code: code, ...over });

describe('the consent page', () => {
  it('lists accounts and permissions as labelled boxes, and escapes what it was given', async () => {
    const page = await fetch(`${sandbox.origin}/portal/auth?${queryOf(consentQuery())}`);
    const html = await page.text();
    expect(html).toContain('<html lang="en">');
    expect(html.match(/<label><input type="checkbox" name="advertiser_ids"/g)).toHaveLength(2);
    expect(html.match(/<label><input type="checkbox" name="scopes"/g)).toHaveLength(9);
    expect(html).toContain('value="s&amp;&quot;1"');
    expect(html).toContain('A &quot;second&quot; &lt;account&gt;');
  });

  it('shows nothing for another app or an address that is not registered', async () => {
    for (const wrong of [{ app_id: '1' }, { redirect_uri: 'http://elsewhere.test/' }]) {
      const query = queryOf({ ...consentQuery(), ...wrong });
      const page = await fetch(`${sandbox.origin}/portal/auth?${query}`);
      expect(page.status).toBe(400);
      expect(await page.text()).not.toContain('<form');
    }
  });

  it('sends back a code with the state, or on Cancel no code', async () => {
    const allowed = await decide([
      ['decision', 'allow'],
      ['advertiser_ids', firstAccount],
      ['scopes', '10'],
    ]);
    expect(allowed.status).toBe(302);
    const target = new URL(allowed.headers.get('location')!);
    expect(target.origin + target.pathname).toBe(callback);
    expect(target.searchParams.get('state')).toBe('s&"1');
    expect(target.searchParams.get('auth_code')).toMatch(/^[0-9a-f]{40}$/);
    const cancelled = await decide([['decision', 'cancel']]);
    expect(new URL(cancelled.headers.get('location')!).searchParams.has('auth_code')).toBe(false);
  });

  it('wants at least one account, and none that it does not know', async () => {
    const scope = ['scopes', '10'] as const;
    expect((await decide([['decision', 'allow'], scope])).status).toBe(400);
    const foreign = ['advertiser_ids', '1'] as const;
    expect((await decide([['decision', 'allow'], foreign, scope])).status).toBe(400);
  });
});

describe('oauth2/access_token/', () => {
  it('gives a token that reaches what was granted, once', async () => {
    const code = await consent();
    const { data } = await exchange(code);
    expect(data).toMatchObject({ advertiser_ids: [firstAccount], scope: [10, 44] });
    const token = String(data.access_token);
    const listed = await get(sandbox, 'oauth2/advertiser/get/', credentials, token);
    expect(listed.data.list).toEqual([{ advertiser_id: firstAccount, advertiser_name: 'Nordlys' }]);
    const campaigns = await get(sandbox, 'campaign/get/', { advertiser_id: firstAccount }, token);
    expect(campaigns.code).toBe(40001);
    expect((await exchange(code)).code).toBe(40110);
  });

  it('refuses a wrong secret without using the code up, and leaves ids out when asked to', async () => {
    const code = await consent();
    expect((await exchange(code, { secret: 'wrong' })).code).toBe(40101);
    const { data } = await exchange(code, { return_advertiser_ids: false });
    expect(Object.keys(data)).toEqual(['access_token', 'scope']);
  });

  it('refuses a code after an hour, and one never given', async () => {
    const late = await consent();
    sandbox.clock.advance(3_600_001);
    expect((await exchange(late)).code).toBe(40110);
    expect((await exchange('never-given')).code).toBe(40110);
  });
});

it('oauth/token/ answers flat, to a form as to JSON', async () => {
  const body = new URLSearchParams({
    client_id: sandbox.app.appId,
    client_secret: sandbox.app.secret,
    code: await consent(),
    grant_type: 'authorization_code',
  });
  const response = await fetch(`${sandbox.origin}/open_api/v1.3/oauth/token/`, {
    method: 'POST',
    body,
  });
  const answer = (await response.json()) as Record<string, unknown>;
  expect(answer).toMatchObject({ code: 0, token_type: 'Bearer', advertiser_ids: [firstAccount] });
  expect(answer).not.toHaveProperty('data');
});

it('a revoked token opens nothing, and cannot be revoked twice', async () => {
  const { accessToken } = sandbox.issueToken([firstAccount]);
  const revoke = () =>
    post(sandbox, 'oauth2/revoke_token/', { ...credentials, access_token: accessToken });
  expect((await get(sandbox, 'user/info/', {}, accessToken)).code).toBe(0);
  const { data } = await revoke();
  expect(data).toEqual({ app_id: sandbox.app.appId, advertiser_ids: [firstAccount] });
  expect((await get(sandbox, 'user/info/', {}, accessToken)).code).toBe(40105);
  expect((await revoke()).code).toBe(40105);
});

it('an advertiser withdraws silently: the list shrinks, calls are 40001, the rest stays', async () => {
  const { accessToken } = sandbox.issueToken();
  await control(sandbox, 'authorisations', { advertiserId: secondAccount });
  const listed = await get(sandbox, 'oauth2/advertiser/get/', credentials, accessToken);
  expect(listed.data.list).toHaveLength(1);
  const ask = async (advertiserId: string) =>
    (await get(sandbox, 'campaign/get/', { advertiser_id: advertiserId }, accessToken)).code;
  expect(await ask(secondAccount)).toBe(40001);
  expect(await ask(firstAccount)).toBe(0);
  await control(sandbox, 'authorisations', { advertiserId: firstAccount, dead: true });
  expect(await ask(firstAccount)).toBe(40105);
});
