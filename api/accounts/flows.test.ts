/** Sign-up to reset as a browser does it, over PostgreSQL and the keyring. */
import { generateSync } from 'otplib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Mail, sealContexts } from '../../policy/seals.ts';
import { type ApiHub, createApiHub } from '../../test/api-hub.ts';
import { askDatabase } from '../../test/databases.ts';

let hub: ApiHub;
beforeAll(async () => {
  hub = await createApiHub();
});
afterAll(() => hub.close());

const password = 'a horse of canaries';
let people = 0;
/** Each person calls from a network of their own. */
const newPerson = () => {
  people += 1;
  return browser(`person-${people}@example.com`, `203.0.113.${people}`);
};

function browser(email: string, remoteAddress: string) {
  const jar = new Map<string, string>();
  const send = async (method: 'GET' | 'POST' | 'PUT' | 'DELETE', url: string, payload?: object) => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await hub.app.inject({
      ...{ method, url: `/api/v1${url}`, remoteAddress },
      headers: { 'user-agent': 'canary-agent', ...(cookie ? { cookie } : {}) },
      ...(payload ? { payload } : {}),
    });
    for (const { name, value } of response.cookies) {
      if (value === '') jar.delete(name);
      else jar.set(name, value);
    }
    return response;
  };
  return {
    ...{ jar, email, send },
    signUp: (name = 'A Person') =>
      send('POST', '/sign-up', { name, email, password, adult: true, policyVersion: '1' }),
    signIn: (given = password) => send('POST', '/sessions', { email, password: given }),
    async fetchMail(kind: string): Promise<Mail | undefined> {
      for (const { id, kind: found, sealed } of await hub.deps.registry.outbox.due()) {
        const clear = await hub.deps.keyring.unseal(sealed, sealContexts.outboxMail(id));
        const mail = JSON.parse(clear.toString()) as Mail;
        if (mail.to !== email || found !== kind) continue;
        await hub.deps.registry.outbox.delivered(id);
        return mail;
      }
      return undefined;
    },
  };
}
type Browser = ReturnType<typeof browser>;

const tokenOf = (mail: Mail | undefined): string => /#token=(.+)$/.exec(mail?.link ?? '')![1]!;
const codeOf = (secret: string): string =>
  generateSync({ secret, epoch: Math.floor((Date.now() + hub.time.offsetMs) / 1000) });

async function verified(): Promise<Browser> {
  const person = newPerson();
  expect((await person.signUp()).statusCode).toBe(202);
  const token = tokenOf(await person.fetchMail('verify-email'));
  expect((await person.send('POST', '/email-verifications', { token })).statusCode).toBe(204);
  return person;
}

async function signedIn() {
  const person = await verified();
  expect((await person.signIn()).json()).toEqual({ factor: 'set-up' });
  const { secret } = (await person.send('POST', '/account/totp')).json();
  const code = codeOf(secret);
  const confirmed = await person.send('POST', '/account/totp/confirmation', { code });
  expect(confirmed.statusCode).toBe(200);
  return { person, secret, code, backupCodes: confirmed.json().backupCodes as string[] };
}

test('sign up, verify, set up the factor, sign out, sign in again', async () => {
  const { person, secret } = await signedIn();
  expect((await person.send('GET', '/account')).json()).toMatchObject({
    ...{ name: 'A Person', email: person.email, backupCodesLeft: 10 },
  });
  expect((await person.send('GET', '/sessions')).json()).toMatchObject([
    { userAgent: 'canary-agent', current: true },
  ]);
  const stolen = new Map(person.jar);
  expect((await person.send('DELETE', '/sessions/current')).statusCode).toBe(204);
  expect(person.jar.has('__Host-session')).toBe(false);
  person.jar.set('__Host-session', stolen.get('__Host-session')!);
  expect((await person.send('GET', '/account')).statusCode).toBe(401);

  expect((await person.signIn()).json()).toEqual({ factor: 'asked' });
  expect((await person.send('GET', '/account')).json().code).toBe('FACTOR_NEEDED');
  const before = person.jar.get('__Host-session');
  // The step after the one that set it up: a code counts once.
  hub.time.offsetMs += 30_000;
  const code = codeOf(secret);
  expect((await person.send('POST', '/sessions/current/factor', { code })).statusCode).toBe(204);
  expect(person.jar.get('__Host-session')).not.toBe(before);
  expect((await person.send('GET', '/account')).statusCode).toBe(200);
});

test('signing in anew ends the session that the browser had', async () => {
  const { person } = await signedIn();
  const former = person.jar.get('__Host-session')!;
  expect((await person.send('GET', '/account')).statusCode).toBe(200);
  await person.signIn();
  person.jar.set('__Host-session', former);
  expect((await person.send('GET', '/account')).statusCode).toBe(401);
});

test('cookies are __Host-, Secure, HttpOnly, SameSite=Lax', async () => {
  const person = await verified();
  const [cookie] = (await person.signIn()).cookies;
  expect(cookie).toMatchObject({
    ...{ name: '__Host-session', path: '/', secure: true, httpOnly: true, sameSite: 'Lax' },
  });
  expect(cookie).not.toHaveProperty('domain');
});

test('a code of the app counts once, and of four tries with one backup code one wins', async () => {
  const { person, code, backupCodes } = await signedIn();
  const again = browser(person.email, '203.0.113.200');
  await again.signIn();
  const replay = await again.send('POST', '/sessions/current/factor', { code });
  expect(replay.json().code).toBe('CODE_REFUSED');
  const browsers = [202, 203, 204, 205].map((last) => browser(person.email, `203.0.113.${last}`));
  for (const one of browsers) await one.signIn();
  const tries = await Promise.all(
    browsers.map((one) => one.send('POST', '/sessions/current/factor', { code: backupCodes[0] })),
  );
  expect(tries.map(({ statusCode }) => statusCode).sort()).toEqual([204, 403, 403, 403]);
});

test('answers are the same with and without an account, and before it is verified', async () => {
  const known = await verified();
  const unverified = newPerson();
  const first = await unverified.signUp();
  const second = await known.signUp();
  expect([first.statusCode, first.body]).toEqual([second.statusCode, second.body]);
  expect(await known.fetchMail('verify-email')).toBeUndefined();
  expect((await known.fetchMail('has-account'))?.link).toBeUndefined();
  const refusals = [
    await known.signIn('another password'),
    await unverified.signIn(),
    await newPerson().signIn(),
  ];
  for (const refusal of refusals) {
    const { requestId: _, ...problem } = refusal.json();
    expect(problem).toMatchObject({ status: 401, code: 'SIGN_IN_REFUSED' });
    expect(refusal.cookies).toEqual([]);
  }
  for (const one of [known, newPerson()]) {
    const asked = await one.send('POST', '/password-resets', { email: one.email });
    expect([asked.statusCode, asked.body]).toEqual([202, '{}']);
  }
});

test('strangers do not lock a known device out; they are stopped themselves', async () => {
  const { person } = await signedIn();
  await person.send('DELETE', '/sessions/current');
  const stranger = browser(person.email, '198.51.100.1');
  const tries = await Promise.all([1, 2, 3, 4, 5, 6, 7].map(() => stranger.signIn('guessed it')));
  expect(tries.map(({ statusCode }) => statusCode).sort()).toEqual([
    401, 401, 401, 401, 401, 429, 429,
  ]);
  expect(
    Number(tries.find((one) => one.statusCode === 429)!.headers['retry-after']),
  ).toBeGreaterThan(0);
  expect((await person.signIn()).statusCode).toBe(201);
});

test('a changed password ends other sessions; a reset ends all, and its link counts once', async () => {
  const { person, backupCodes } = await signedIn();
  const other = browser(person.email, '203.0.113.201');
  await other.signIn();
  await other.send('POST', '/sessions/current/factor', { code: backupCodes[0] });
  expect((await other.send('GET', '/account')).statusCode).toBe(200);
  const next = 'another horse of canaries';
  const change = (current: string) => person.send('PUT', '/account/password', { current, next });
  expect((await change('wrong password')).statusCode).toBe(401);
  expect((await change(password)).statusCode).toBe(204);
  expect((await person.send('GET', '/account')).statusCode).toBe(200);
  expect((await other.send('GET', '/account')).statusCode).toBe(401);
  expect(await person.fetchMail('password-changed')).toBeDefined();

  await person.send('POST', '/password-resets', { email: person.email });
  // The mail goes out after the answer.
  let mail: Mail | undefined;
  await expect
    .poll(async () => (mail ??= await person.fetchMail('reset-password')), { timeout: 30_000 })
    .toBeDefined();
  const confirm = () =>
    person.send('POST', '/password-resets/confirmation', { token: tokenOf(mail), password });
  expect((await confirm()).statusCode).toBe(204);
  expect((await person.send('GET', '/account')).statusCode).toBe(401);
  expect((await confirm()).json().code).toBe('LINK_INVALID');
  expect((await person.signIn(next)).statusCode).toBe(401);
  expect((await person.signIn()).json()).toEqual({ factor: 'asked' });
});

test.each(['password1234', '123456789012', 'q1w2e3r4t5y6'])('"%s" is refused', async (common) => {
  const person = newPerson();
  const answer = await person.send('POST', '/sign-up', {
    ...{ name: 'A', email: person.email, password: common, adult: true, policyVersion: '1' },
  });
  expect(answer.json().code).toBe('PASSWORD_REFUSED');
});

test('nothing of a person is in the clear in PostgreSQL or the log', async () => {
  const { person } = await signedIn();
  const find = async (text: string): Promise<boolean> => {
    const tables = await askDatabase(
      hub.databaseUrl,
      `select table_name as name from information_schema.tables
       where table_schema = 'public' and table_type = 'BASE TABLE'`,
    );
    for (const { name } of tables) {
      const rows = await askDatabase(hub.databaseUrl, `select t::text as row from "${name}" t`);
      const hex = Buffer.from(text).toString('hex');
      if (rows.some(({ row }) => String(row).includes(text) || String(row).includes(hex)))
        return true;
    }
    return hub.logs.join('').includes(text);
  };
  // The scan finds: the workspace's name stands in a column in the clear.
  expect(await find(hub.workspace.name)).toBe(true);
  for (const text of [
    person.email,
    'A Person',
    password,
    'canary-agent',
    '203.0.113.',
    '$2b$12$',
  ]) {
    expect(await find(text), text).toBe(false);
  }
  for (const cookie of person.jar.values()) expect(await find(cookie)).toBe(false);
});

test('a sign-up that nobody verifies is gone after a day, and its link before', async () => {
  const person = newPerson();
  await person.signUp();
  const token = tokenOf(await person.fetchMail('verify-email'));
  const { accounts } = hub.deps.registry;
  expect(await accounts.unverified()).toEqual([]);
  hub.time.offsetMs += 25 * 3_600_000;
  const late = await person.send('POST', '/email-verifications', { token });
  expect(late.json().code).toBe('LINK_INVALID');
  const over = await accounts.unverified();
  expect(over.length).toBeGreaterThan(0);
  await accounts.removeUnverified(over);
  expect(await accounts.unverified()).toEqual([]);
});
