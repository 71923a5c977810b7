import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHandMadeWorld, firstAccount, secondAccount } from '../hand-made-world.ts';
import { type Sandbox, startSandbox } from '../sandbox.ts';
import { get, getRaw, post } from '../sandbox-client.ts';

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox({ world: createHandMadeWorld(), port: 0, quota: 'none', seed: 1 });
});
afterAll(() => sandbox.close());

describe('the order of checks', () => {
  const badCall = { advertiser_id: secondAccount, page_size: 0 };

  it('looks for the route first, and wants the trailing slash', async () => {
    const response = await getRaw(sandbox, 'campaign/get');
    expect(response.status).toBe(404);
    expect(await response.text()).toBe('404 page not found');
    expect((await getRaw(sandbox, 'oauth2/access_token/')).status).toBe(405);
    expect((await get(sandbox, 'no/such/endpoint/')).code).toBe(40400);
  });

  it('then for the header, the token, the scope, the advertiser, the parameters', async () => {
    expect((await get(sandbox, 'campaign/get/', badCall)).code).toBe(40104);
    expect((await get(sandbox, 'campaign/get/', badCall, 'unknown')).code).toBe(40105);
    const unscoped = sandbox.issueToken([firstAccount], [44]).accessToken;
    const answer = await get(sandbox, 'campaign/get/', badCall, unscoped);
    expect(answer.code).toBe(40001);
    expect(answer.message).toContain('scope');
    const scoped = sandbox.issueToken([firstAccount], [20]).accessToken;
    const foreign = await get(sandbox, 'campaign/get/', badCall, scoped);
    expect(foreign.code).toBe(40001);
    expect(foreign.message).toContain(secondAccount);
    const own = { ...badCall, advertiser_id: firstAccount };
    expect((await get(sandbox, 'campaign/get/', own, scoped)).code).toBe(40002);
    const { page_size: _bad, ...good } = own;
    expect((await get(sandbox, 'campaign/get/', good, scoped)).code).toBe(0);
  });

  it('counts a call before it looks at scopes, and not before the token', async () => {
    const limited = await startSandbox({
      world: createHandMadeWorld(),
      port: 0,
      quota: 'basic',
      seed: 1,
    });
    try {
      limited.appQuota.setLimits({ second: 1000, minute: 1000, day: 1 });
      const { accessToken } = limited.issueToken([firstAccount], [44]);
      expect((await get(limited, 'campaign/get/', badCall, 'unknown')).code).toBe(40105);
      expect((await get(limited, 'campaign/get/', badCall, accessToken)).code).toBe(40001);
      expect((await get(limited, 'campaign/get/', badCall, accessToken)).code).toBe(40100);
    } finally {
      await limited.close();
    }
  });
});

describe('the envelope', () => {
  it('comes under HTTP 200 with a request id of the documented shape, in a header too', async () => {
    const response = await getRaw(sandbox, 'user/info/');
    expect(response.status).toBe(200);
    const { request_id: requestId, data } = (await response.json()) as Record<string, unknown>;
    expect(requestId).toMatch(/^20261123\d{6}[0-9A-F]{20}$/);
    expect(response.headers.get('x-tt-logid')).toBe(requestId);
    expect(data).toEqual({});
  });

  it('answers user/info without a slash, as a published client asks', async () => {
    const { accessToken } = sandbox.issueToken();
    expect((await get(sandbox, 'user/info', {}, accessToken)).message).toBe('OK');
  });
});

describe('advertiser/info/', () => {
  it('gives each account once, with the fields asked for', async () => {
    const { accessToken } = sandbox.issueToken();
    const ids = { advertiser_ids: [firstAccount, secondAccount] };
    const answer = await get(sandbox, 'advertiser/info/', ids, accessToken);
    expect(answer.data.list).toEqual([
      { advertiser_id: firstAccount, name: 'Nordlys', currency: 'EUR' },
      { advertiser_id: secondAccount, name: 'A "second" <account>', currency: 'EUR' },
    ]);
    const fields = { ...ids, fields: ['company_name_editable', 'name'] };
    const cut = await get(sandbox, 'advertiser/info/', fields, accessToken);
    expect(cut.data.list?.[0]).toEqual({ company_name_editable: true, name: 'Nordlys' });
  });

  it('keeps ids exact that come as bare numbers', async () => {
    const { accessToken } = sandbox.issueToken();
    const ids = { advertiser_ids: `[${firstAccount}]` };
    expect((await get(sandbox, 'advertiser/info/', ids, accessToken)).data.list).toHaveLength(1);
  });

  it('refuses foreign accounts, too many ids, unknown fields and what is no list', async () => {
    const { accessToken } = sandbox.issueToken([firstAccount]);
    const code = async (parameters: Record<string, unknown>) =>
      (await get(sandbox, 'advertiser/info/', parameters, accessToken)).code;
    expect(await code({ advertiser_ids: [secondAccount] })).toBe(40001);
    const many = Array.from({ length: 101 }, () => firstAccount);
    expect(await code({ advertiser_ids: many })).toBe(40011);
    expect(await code({ advertiser_ids: [firstAccount], fields: ['nmae'] })).toBe(40002);
    expect(await code({ advertiser_ids: 'x' })).toBe(40002);
    expect(await code({})).toBe(40002);
  });
});

it('posts take JSON', async () => {
  const answer = await post(sandbox, 'oauth2/access_token/', { app_id: 'x' });
  expect(answer.message).toContain('secret');
});
