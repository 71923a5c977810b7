import { createHash, randomBytes, randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createTestDatabase } from '../test/databases.ts';
import { migrate } from './migrate.ts';
import { openRegistry } from './open.ts';
import type { Connection, Registry } from './registry.ts';

let database: { url: string; drop(): Promise<void> };
let registry: Registry;
let now = new Date();
let workspaceId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  registry = await openRegistry({ databaseUrl: database.url, clock: { now: () => now } });
});
afterAll(async () => {
  await registry.close();
  await database.drop();
});
beforeEach(async () => {
  now = new Date('2026-03-01T10:00:00.123Z');
  workspaceId = (await registry.workspaces.create('Demo')).id;
});

const sealed = (text: string): Buffer => Buffer.from(text);

async function authorise(): Promise<string> {
  const id = randomUUID();
  await registry.authorisations.create({
    id,
    workspaceId,
    platform: 'tiktok-ads',
    sealedCode: sealed('code'),
  });
  return id;
}

async function connect(accountId = '7000000000000000001'): Promise<Connection> {
  return registry.connections.open({
    id: randomUUID(),
    workspaceId,
    authorisationId: await authorise(),
    platform: 'tiktok-ads',
    accountId,
    sealedName: sealed('name'),
  });
}

test('processes that migrate at once agree, and a newer database is refused', async () => {
  const fresh = await createTestDatabase();
  const applied = await Promise.all([migrate(fresh.url), migrate(fresh.url), migrate(fresh.url)]);
  expect(applied.flat()).toEqual([
    '0001_first',
    '0002_tasks',
    '0003_events',
    '0004_shops',
    '0005_buyer_looks',
    '0006_quota_keys',
    '0010_accounts',
    '0020_trails',
    '0030_outbox',
  ]);
  expect(await migrate(fresh.url)).toEqual([]);
  const client = new pg.Client({ connectionString: fresh.url });
  await client.connect();
  await client.query(`insert into kysely_migration values ('9999_later', '2999-01-01')`);
  await client.end();
  await expect(migrate(fresh.url)).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID' });
  await fresh.drop();
});

test('workspaces are listed and found', async () => {
  expect(await registry.workspaces.find(workspaceId)).toEqual({ id: workspaceId, name: 'Demo' });
  expect(await registry.workspaces.list()).toContainEqual({ id: workspaceId, name: 'Demo' });
  expect(await registry.workspaces.find('unknown')).toBeUndefined();
});

test('a consent is redeemed once, by its own browser, within an hour', async () => {
  const nonceHash = createHash('sha256').update('nonce').digest();
  const begin = () => registry.consents.begin({ workspaceId, platform: 'tiktok-ads', nonceHash });
  const { state } = await begin();
  expect(Buffer.from(state, 'base64url')).toHaveLength(32);
  const stranger = randomBytes(32);
  expect(await registry.consents.redeem({ state, nonceHash: stranger })).toBeUndefined();
  expect(await registry.consents.redeem({ state: 'unknown', nonceHash })).toBeUndefined();
  const answers = await Promise.all(
    [1, 2, 3, 4, 5].map(() => registry.consents.redeem({ state, nonceHash })),
  );
  expect(answers.filter((answer) => answer !== undefined)).toEqual([
    { id: expect.any(String), workspaceId, platform: 'tiktok-ads', nonceHash, createdAt: now },
  ]);
  const late = await begin();
  now = new Date(now.getTime() + 3_600_001);
  expect(await registry.consents.redeem({ state: late.state, nonceHash })).toBeUndefined();
});

test('an authorisation keeps its token until it ends, and its code until it is used', async () => {
  const id = await authorise();
  expect(await registry.authorisations.find(id)).toMatchObject({
    state: 'pending',
    scopes: [],
    sealedCode: sealed('code'),
    createdAt: now,
  });
  await registry.authorisations.activate(id, {
    scopes: ['4', '21000000000'],
    sealedToken: sealed('token'),
    sealedAccounts: sealed('accounts'),
  });
  expect(await registry.authorisations.find(id)).toMatchObject({
    state: 'active',
    scopes: ['4', '21000000000'],
    sealedCode: null,
    sealedToken: sealed('token'),
  });
  await registry.authorisations.end(id);
  const late = { scopes: ['4'], sealedToken: sealed('late'), sealedAccounts: sealed('late') };
  await registry.authorisations.activate(id, late);
  expect(await registry.authorisations.find(id)).toMatchObject({
    state: 'ended',
    sealedToken: null,
    sealedAccounts: null,
  });
  const refused = await authorise();
  await registry.authorisations.fail(refused, 'TIKTOK_REFUSED');
  expect(await registry.authorisations.list(workspaceId)).toMatchObject([
    { id, state: 'ended' },
    { id: refused, state: 'failed', errorCode: 'TIKTOK_REFUSED', sealedCode: null },
  ]);
});

test('a connection opens with its consent and its obligation, once per account', async () => {
  const connection = await connect();
  expect(connection).toMatchObject({ state: 'active', epoch: 1, timeZone: null, createdAt: now });
  await expect(connect()).rejects.toMatchObject({ code: 'ALREADY_CONNECTED' });
  expect(await registry.obligations.open({ subjectId: connection.id })).toMatchObject([
    { kind: 'sync-connection', cause: 'connect', dueAt: now, doneAt: null },
  ]);
  expect(await registry.authorisations.openConnections(connection.authorisationId)).toBe(1);
  await registry.connections.describe(connection.id, { timeZone: 'Asia/Tokyo', currency: 'JPY' });
  await registry.connections.setState(connection.id, 'paused');
  expect(await registry.connections.find(connection.id)).toEqual({
    ...connection,
    timeZone: 'Asia/Tokyo',
    currency: 'JPY',
    state: 'paused',
  });
  const ended = await authorise();
  await registry.authorisations.end(ended);
  await expect(
    registry.connections.open({
      id: randomUUID(),
      workspaceId,
      authorisationId: ended,
      platform: 'tiktok-ads',
      accountId: '2',
      sealedName: sealed('name'),
    }),
  ).rejects.toMatchObject({ code: 'CONSENT_ENDED' });
  expect(await registry.connections.list({ workspaceId })).toHaveLength(1);
});

test('a revocation is one transaction, changes nothing twice, and the account can come back', async () => {
  const connection = await connect();
  const eraseDueAt = new Date('2026-05-25T00:00:00Z');
  const revoke = (dueAt: Date) =>
    registry.fence.revoke(connection.id, { cause: 'disconnect', eraseDueAt: dueAt });
  expect(await revoke(eraseDueAt)).toEqual({ epoch: 2 });
  expect(await revoke(new Date('2026-06-01T00:00:00Z'))).toEqual({ epoch: 2 });
  expect(await registry.connections.find(connection.id)).toMatchObject({
    state: 'restricted',
    epoch: 2,
  });
  const owed = () => registry.obligations.open({ subjectId: connection.id });
  expect(await owed()).toMatchObject([
    { kind: 'revoke-connection', dueAt: now },
    { kind: 'erase-connection', dueAt: eraseDueAt },
  ]);
  const earlier = new Date('2026-03-02T00:00:00Z');
  await revoke(earlier);
  expect((await owed())[1]?.dueAt).toEqual(earlier);
  await registry.connections.setState(connection.id, 'active');
  expect((await registry.connections.find(connection.id))?.state).toBe('restricted');
  expect(await registry.authorisations.openConnections(connection.authorisationId)).toBe(0);
  expect((await connect()).id).not.toBe(connection.id);
  await expect(registry.fence.revoke('unknown', { cause: 'x', eraseDueAt })).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
});

test('an obligation is open once, comes forward, and is owed until it is done', async () => {
  const subjectId = randomUUID();
  const owe = (dueAt: Date, cause: string) =>
    registry.obligations.add({ kind: 'erase-connection', subjectId, cause, dueAt });
  const later = new Date('2026-04-01T00:00:00Z');
  const first = await owe(later, 'disconnect');
  const again = await owe(now, 'delete-now');
  expect(again).toMatchObject({ id: first.id, cause: 'disconnect', dueAt: now });
  const due = async () => (await registry.obligations.due(now)).map((row) => row.id);
  expect(await due()).toContain(first.id);
  await registry.obligations.done(first.id);
  expect(await due()).not.toContain(first.id);
  expect((await owe(later, 'again')).id).not.toBe(first.id);
});

test('windows: planned, raised, loaded, planned again, split, failed', async () => {
  const { id } = await connect();
  const june = { from: '2026-06-01', to: '2026-06-30' };
  const whole = { from: '0001-01-01', to: '9999-12-31' };
  const plan = (priority: 1 | 3 | 5) =>
    registry.windows.plan(id, 's', [
      { ...june, priority },
      { ...whole, priority },
    ]);
  await plan(5);
  await plan(3);
  await plan(5);
  const blank = { completeness: null, rows: null, pulledAt: null, error: null };
  expect(await registry.windows.list(id)).toEqual([
    { stream: 's', ...june, state: 'planned', priority: 3, ...blank },
    { stream: 's', ...whole, state: 'planned', priority: 3, ...blank },
  ]);
  const result = { completeness: 'verified', rows: 12, pulledAt: now } as const;
  await registry.windows.loaded(id, 's', june, result);
  const older = { completeness: 'moving', rows: 1, pulledAt: new Date(0) } as const;
  await registry.windows.loaded(id, 's', june, older);
  expect((await registry.windows.list(id, 's'))[0]).toMatchObject({ state: 'loaded', ...result });
  await registry.windows.plan(id, 's', [{ ...june, priority: 1 }]);
  expect((await registry.windows.list(id, 's'))[0]).toMatchObject({
    state: 'planned',
    priority: 1,
    ...result,
  });
  const halves = [
    { from: '2026-06-01', to: '2026-06-15' },
    { from: '2026-06-16', to: '2026-06-30' },
  ];
  await registry.windows.split(id, 's', june, halves);
  await registry.windows.loaded(id, 's', halves[0]!, result);
  await registry.windows.split(id, 's', june, halves);
  await registry.windows.failed(id, 's', whole, 'TIKTOK_REFUSED');
  expect(await registry.windows.list(id, 's')).toMatchObject([
    { ...halves[1], state: 'planned', priority: 1 },
    { ...halves[0], state: 'loaded' },
    { ...whole, state: 'failed', error: 'TIKTOK_REFUSED' },
  ]);
  expect(await registry.windows.progress(id)).toEqual([
    // Twelve of the former whole, and twelve of its first half.
    { stream: 's', planned: 1, loaded: 1, failed: 1, rows: 24, newestPulledAt: now },
  ]);
});

test('a rebuilt copy says what the file says and still owes what was planned', async () => {
  const { id } = await connect();
  const window = (day: string) => ({ from: day, to: day });
  await registry.windows.plan(id, 's', [
    { ...window('2026-01-01'), priority: 5 },
    { ...window('2026-01-02'), priority: 5 },
    { ...window('2026-01-03'), priority: 5 },
    { ...window('2025-12-30'), priority: 5 },
    { ...window('2025-12-31'), priority: 4 },
  ]);
  for (const day of ['2025-12-30', '2025-12-31']) {
    await registry.windows.failed(id, 's', window(day), 'TIKTOK_UNAVAILABLE');
  }
  const result = { completeness: 'counted', rows: 3, pulledAt: now } as const;
  await registry.windows.loaded(id, 's', window('2026-01-03'), result);
  await registry.windows.plan(id, 's', [{ ...window('2026-01-03'), priority: 3 }]);
  await registry.windows.loaded(id, 's', window('2026-01-09'), result);
  await registry.windows.rebuild(id, [
    { stream: 's', ...window('2026-01-02'), ...result },
    { stream: 's', ...window('2026-01-03'), ...result },
  ]);
  expect(await registry.windows.list(id)).toMatchObject([
    { ...window('2026-01-03'), state: 'planned', rows: 3 },
    { ...window('2026-01-02'), state: 'loaded', rows: 3 },
    { ...window('2026-01-01'), state: 'planned', rows: null },
    // What a person asked for is not forgotten by a restart.
    { ...window('2025-12-31'), state: 'failed', priority: 4 },
  ]);
});

test('rows of windows that overlap are counted once, also after a split and a rebuild', async () => {
  const { id } = await connect('7000000000000000077');
  const { windows } = registry;
  const loaded = (from: string, to: string, rows: number, day: number) =>
    windows.loaded(...([id, 's', { from, to }] as const), {
      completeness: 'counted',
      rows,
      pulledAt: new Date(Date.UTC(2026, 5, day)),
    });
  const rows = async () => (await windows.progress(id))[0]?.rows;
  await loaded('2026-06-01', '2026-06-30', 300, 1);
  await loaded('2026-06-28', '2026-06-30', 5, 2);
  expect(await rows()).toBe(305);
  // Told again; then the same window anew, of which rows have gone.
  await loaded('2026-06-28', '2026-06-30', 5, 2);
  await loaded('2026-06-28', '2026-06-30', -2, 3);
  expect(await rows()).toBe(303);
  const whole = { from: '2026-06-01', to: '2026-06-30' };
  await windows.plan(id, 's', [{ ...whole, priority: 5 }]);
  await windows.split(id, 's', whole, [
    { from: '2026-06-16', to: '2026-06-30' },
    { from: '2026-06-01', to: '2026-06-15' },
  ]);
  expect(await rows()).toBe(303);
  await windows.plan(id, 's', [{ from: '2026-06-28', to: '2026-06-30', priority: 3 }]);
  const day = { stream: 's', from: '2026-06-30', to: '2026-06-30', rows: 303 } as const;
  await windows.rebuild(id, [{ ...day, completeness: 'counted', pulledAt: now }]);
  expect(await rows()).toBe(303);
});

test('thousands of windows are planned in one go', async () => {
  const { id } = await connect();
  const windows = Array.from({ length: 2_500 }, (_, index) => {
    const day = new Date(Date.UTC(2020, 0, 1 + index)).toISOString().slice(0, 10);
    return { from: day, to: day, priority: 5 as const };
  });
  await registry.windows.plan(id, 's', windows);
  expect(await registry.windows.progress(id)).toMatchObject([{ stream: 's', planned: 2_500 }]);
});

test('the clock offset is kept, and its move is heard', async () => {
  expect(await registry.clock.offsetMs()).toBe(0);
  const heard = Promise.withResolvers<string>();
  const stop = await registry.listen('clock', heard.resolve);
  await registry.clock.setOffsetMs(86_400_000);
  expect(await heard.promise).toBe('86400000');
  expect(await registry.clock.offsetMs()).toBe(86_400_000);
  await stop();
  await registry.ping();
});
