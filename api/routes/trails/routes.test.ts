import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ApiHub, createApiHub } from '../../../test/api-hub.ts';
import { askDatabase } from '../../../test/databases.ts';
import { hashToken, newToken } from '../../accounts/tokens.ts';

const canary = 'Canary-Browser/7.7 (Linux)';
const cookies = new Map<string, string>();
let hub: ApiHub;
beforeAll(async () => {
  hub = await createApiHub();
  for (const account of ['ann', 'bob', 'eve']) cookies.set(account, await signIn(account));
});
afterAll(() => hub.close());

const as = (account: string) => ({
  headers: { cookie: cookies.get(account)!, 'user-agent': canary },
});

/** Straight into the registry: how one signs in is told elsewhere. Returns the session's cookie. */
async function signIn(id: string): Promise<string> {
  const { accounts, sessions } = hub.deps.registry;
  const bytes = Buffer.from(id);
  await accounts.signUp({
    ...{ id, emailIndex: bytes, sealedName: bytes, sealedEmail: bytes, sealedPassword: bytes },
    ...{ policyVersion: '1', linkHash: bytes },
    mail: {
      id,
      accountId: id,
      channel: 'email',
      kind: 'verify-email',
      sealed: bytes,
      dedupeKey: id,
    },
  });
  await accounts.verify(bytes);
  const now = new Date();
  const [first, token] = [newToken(), newToken()];
  const session = { id, accountId: id, tokenHash: hashToken(first), sealedDevice: bytes, now };
  await sessions.begin(session);
  await sessions.confirm(id, hashToken(token), now);
  return `__Host-session=${token}`;
}

test('P05, P06: each use is one row that its owner reads, and nobody else', async () => {
  await hub.call('GET', '/api/v1/workspaces', as('ann'));
  await hub.call('GET', '/api/v1/connections/none/buyer-looks?x=1', as('ann'));
  await hub.call('GET', '/api/v1/nothing', as('ann'));
  await hub.call('GET', '/api/v1/workspaces');
  const response = await hub.call('GET', '/api/v1/account/activity', as('ann'));
  expect(response.statusCode).toBe(200);
  const uses = response.json() as Record<string, string>[];
  expect(uses.slice(-1)).toEqual([
    {
      ...{ id: expect.any(String), at: expect.any(String) },
      ...{ feature: 'GET /api/v1/workspaces', userAgent: canary, network: '127.0.0.1' },
    },
  ]);
  expect(uses[0]!.feature).toBe('GET /api/v1/account/activity');
  expect(uses.some(({ feature }) => feature!.includes('nothing'))).toBe(false);
  expect(response.headers['content-range']).toBe(`activity 0-${uses.length - 1}/${uses.length}`);
  const other = await hub.call('GET', '/api/v1/account/activity', as('bob'));
  expect(other.json()).toHaveLength(1);
  const one = await hub.call('GET', '/api/v1/account/activity?range=[0,0]', as('bob'));
  expect(one.json()).toHaveLength(1);
});

test('rows say nothing in clear, and open nowhere once the account’s key is gone', async () => {
  await hub.call('GET', '/api/v1/workspaces', as('eve'));
  const [found] = await askDatabase(
    hub.databaseUrl,
    `select sealed_use from activity where account_id = 'eve'`,
  );
  const stored = String(found!.sealed_use);
  for (const word of [canary, 'workspaces', '127.0.0.1']) expect(stored).not.toContain(word);
  await hub.deps.keyring.destroy(['account:eve']);
  const id = (await hub.deps.registry.activity.list('eve', { offset: 0, limit: 1 })).rows[0]!.id;
  const context = `registry/activity.sealed_use/${id}`;
  await expect(hub.deps.keyring.unseal(found!.sealed_use as Buffer, context)).rejects.toMatchObject(
    { code: 'KEY_GONE' },
  );
});

test('an account sees what staff did about it; the trail names nobody', async () => {
  await hub.deps.registry.audit.append({
    ...{ actorId: 'officer', act: 'account-data-read', subjectId: 'ann', reason: 'support' },
  });
  const own = await hub.call('GET', '/api/v1/account/audit', as('ann'));
  expect(own.json()).toEqual([
    {
      ...{ id: 1, at: expect.any(String), act: 'account-data-read', reason: 'support' },
      meaning: 'Staff read data of an account.',
    },
  ]);
  expect((await hub.call('GET', '/api/v1/account/audit', as('bob'))).json()).toEqual([]);
  const all = await hub.call('GET', '/api/v1/audit');
  expect(all.headers['content-range']).toBe('audit 0-0/1');
  expect(all.json()[0]).toMatchObject({ hash: expect.stringMatching(/^[0-9a-f]{64}$/) });
  expect(all.body).not.toMatch(/officer|"ann"/);
});

test('without an account there is no log of one', async () => {
  for (const url of ['/api/v1/account/activity', '/api/v1/account/audit']) {
    expect((await hub.call('GET', url)).statusCode).toBe(401);
  }
});
