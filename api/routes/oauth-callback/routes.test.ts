/** The consent round trip: begun here, finished only in the same browser, once, within an hour. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sealContexts } from '../../../policy/seals.ts';
import { type ApiHub, createApiHub } from '../../../test/api-hub.ts';

const callback = '/callbacks/oauth/tiktok-ads';
const hourMs = 3_600_000;

let hub: ApiHub;
beforeAll(async () => {
  hub = await createApiHub();
});
afterAll(() => hub.close());

interface Begun {
  state: string;
  cookie: string;
  setCookie: string;
  beginUrl: string;
}

async function begin(): Promise<Begun> {
  const response = await hub.call('POST', '/api/v1/authorisations', {
    payload: { platform: 'tiktok-ads', workspaceId: hub.workspace.id },
  });
  expect(response.statusCode).toBe(201);
  const { consentUrl, beginUrl } = response.json();
  const { searchParams } = new URL(consentUrl);
  expect(searchParams.get('redirect_uri')).toBe(`http://localhost:3000${callback}`);
  const setCookie = String(response.headers['set-cookie']);
  return {
    state: searchParams.get('state')!,
    cookie: setCookie.split(';')[0]!,
    setCookie,
    beginUrl,
  };
}

const finish = (query: Record<string, string>, cookie?: string) =>
  hub.app.inject({
    url: `${callback}?${new URLSearchParams(query)}`,
    headers: cookie === undefined ? {} : { cookie },
  });

const connecting = (authorisationId: string, platform: string) =>
  `connectAccount ${JSON.stringify({ authorisationId, platform })}`;

const authorisations = () => hub.deps.registry.authorisations.list(hub.workspace.id);

test('a consent ends in a sealed code, an authorisation and its workflow', async () => {
  const { state, cookie, setCookie } = await begin();
  expect(setCookie).toMatch(
    /^__Host-hub-consent=[^;]+; Max-Age=3600; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
  );
  hub.workflows.calls.length = 0;
  const response = await finish({ auth_code: 'canary-code', state }, cookie);
  expect(response.statusCode).toBe(303);
  const { location } = response.headers;
  const id = /^\/callbacks\/oauth\/tiktok-ads\/authorisations\/([0-9a-f-]{36})$/.exec(
    location!,
  )![1]!;
  expect(hub.workflows.calls).toEqual([connecting(id, 'tiktok-ads')]);
  // The cookie is used up.
  expect(String(response.headers['set-cookie'])).toMatch(
    /^__Host-hub-consent=; .*Expires=Thu, 01 Jan 1970/,
  );

  const row = (await hub.deps.registry.authorisations.find(id))!;
  expect(row).toMatchObject({ state: 'pending', workspaceId: hub.workspace.id });
  expect(row.sealedCode!.includes('canary-code')).toBe(false);
  const clear = await hub.deps.keyring.unseal(row.sealedCode!, sealContexts.authorisationCode(id));
  expect(clear.toString()).toBe('canary-code');

  const page = await hub.app.inject(location!);
  expect(page.statusCode).toBe(200);
  expect(page.headers['content-security-policy']).toContain("default-src 'none'");
  expect(page.headers['referrer-policy']).toBe('no-referrer');
});

test('`code` is taken as well', async () => {
  const { state, cookie } = await begin();
  expect((await finish({ code: 'c', state }, cookie)).statusCode).toBe(303);
});

test('what cannot be used shows the same page, stores nothing, starts nothing', async () => {
  const { state, cookie } = await begin();
  const other = await begin();
  const before = (await authorisations()).length;
  hub.workflows.calls.length = 0;
  const nonce = cookie.split('=')[1]!.split('.')[0]!;
  const cases = {
    'no cookie': await finish({ auth_code: 'c', state }),
    'another browser': await finish({ auth_code: 'c', state }, other.cookie),
    'an unsigned cookie': await finish({ auth_code: 'c', state }, `__Host-hub-consent=${nonce}`),
    'a forged signature': await finish({ auth_code: 'c', state }, `${cookie.slice(0, -3)}abc`),
    'no state': await finish({ auth_code: 'c' }, cookie),
    'an unknown state': await finish({ auth_code: 'c', state: 'x'.repeat(43) }, cookie),
    'the hash of the state': await finish(
      { auth_code: 'c', state: createHash('sha256').update(state).digest('base64url') },
      cookie,
    ),
  };
  for (const [name, response] of Object.entries(cases)) {
    expect(response.statusCode, name).toBe(400);
    expect(response.headers['content-type'], name).toBe('text/html; charset=utf-8');
    expect(response.body, name).toContain('Begin again');
    expect(response.body, name).not.toContain(state);
  }
  expect(await authorisations()).toHaveLength(before);
  expect(hub.workflows.calls).toEqual([]);
  // A stranger's attempts did not use it up.
  expect((await finish({ auth_code: 'c', state }, cookie)).statusCode).toBe(303);
  const replay = await finish({ auth_code: 'c', state }, cookie);
  expect(replay.statusCode).toBe(400);
  expect(await authorisations()).toHaveLength(before + 1);
});

test('it expires after an hour', async () => {
  const { state, cookie } = await begin();
  hub.time.offsetMs = hourMs + 1000;
  try {
    expect((await finish({ auth_code: 'c', state }, cookie)).statusCode).toBe(400);
  } finally {
    hub.time.offsetMs = 0;
  }
});

test.each<Record<string, string>>([
  { error: 'access_denied' },
  { code: 'null', error: 'auth_denied' },
  { auth_code: 'null' },
  {},
])('a refusal (%o) stores nothing and ends the consent', async (answer) => {
  const { state, cookie } = await begin();
  const before = (await authorisations()).length;
  const response = await finish({ ...answer, state }, cookie);
  expect(response.statusCode).toBe(200);
  expect(response.body).toContain('You did not authorise');
  expect(await authorisations()).toHaveLength(before);
  expect((await finish({ auth_code: 'c', state }, cookie)).statusCode).toBe(400);
});

test('when the workflow cannot be started, the code is destroyed and the person told', async () => {
  const { state, cookie } = await begin();
  hub.workflows.answers.connectAccount = () => Promise.reject(new Error('unreachable'));
  try {
    const response = await finish({ auth_code: 'c', state }, cookie);
    expect(response.statusCode).toBe(503);
    const row = (await authorisations()).find((each) => each.state === 'failed')!;
    expect(row.errorCode).toBe('WORKFLOWS_UNREACHABLE');
    expect(hub.deps.keyring.has(`authorisation:${row.id}`)).toBe(false);
  } finally {
    delete hub.workflows.answers.connectAccount;
  }
});

test('nothing of the query is in a page: what is too long is refused as a problem', async () => {
  const response = await finish({ auth_code: '<b>'.repeat(400), state: 's' });
  expect(response.statusCode).toBe(400);
  expect(response.body).not.toContain('<b>');
});

test('any browser can begin by the link, for ten minutes', async () => {
  const { beginUrl } = await begin();
  const path = beginUrl.replace('http://localhost:3000', '');
  const begun = await hub.app.inject(path);
  expect(begun.statusCode).toBe(303);
  const state = new URL(begun.headers.location!).searchParams.get('state')!;
  const cookie = String(begun.headers['set-cookie']).split(';')[0]!;
  expect((await finish({ auth_code: 'c', state }, cookie)).statusCode).toBe(303);

  expect((await hub.app.inject(`${path.slice(0, -3)}abc`)).statusCode).toBe(400);
  expect((await hub.app.inject(`${callback}/begin`)).statusCode).toBe(400);
  hub.time.offsetMs = 10 * 60_000 + 1000;
  try {
    expect((await hub.app.inject(path)).statusCode).toBe(400);
  } finally {
    hub.time.offsetMs = 0;
  }
});
