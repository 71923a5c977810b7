import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { askDatabase, createTestDatabase } from '../../test/databases.ts';
import { openRegistry } from '../open.ts';
import type { Connection, Registry } from '../registry.ts';
import type { NewEvent } from './events.ts';

let database: { url: string; drop(): Promise<void> };
let registry: Registry;
let now: Date;
const start = new Date('2026-03-01T10:00:00.123Z');
const dayMs = 86_400_000;

beforeAll(async () => {
  database = await createTestDatabase();
  registry = await openRegistry({ databaseUrl: database.url, clock: { now: () => now } });
});
afterAll(async () => {
  await registry.close();
  await database.drop();
});
beforeEach(async () => {
  now = start;
  await askDatabase(database.url, 'delete from events');
});

const event = (externalId: string, input: Partial<NewEvent> = {}): NewEvent => ({
  id: randomUUID(),
  source: 'tiktok-shop',
  externalId,
  kind: 'order-status-change',
  subject: 'a shop',
  sentAt: start,
  setAside: null,
  sealedBody: Buffer.from([0, 1, 255]),
  ...input,
});
const append = async (externalId: string, input?: Partial<NewEvent>): Promise<string> => {
  const one = event(externalId, input);
  await registry.events.append(one);
  return one.id;
};
const takenIds = async () => (await registry.events.take(100)).map(({ externalId }) => externalId);

async function connect(accountId: string): Promise<Connection> {
  const workspaceId = (await registry.workspaces.create('One of them')).id;
  const authorisationId = randomUUID();
  const sealed = Buffer.from('sealed');
  const platform = 'tiktok-shop';
  await registry.authorisations.create({
    ...{ id: authorisationId, workspaceId, platform },
    sealedCode: sealed,
  });
  return registry.connections.open({
    ...{ id: randomUUID(), workspaceId, authorisationId, platform, accountId },
    sealedName: sealed,
  });
}

test('an event is appended once, however often it comes at once and later', async () => {
  const answers = await Promise.all(
    Array.from({ length: 1_500 }, (_, nth) => registry.events.append(event(String(nth % 500)))),
  );
  expect(answers.filter((answer) => answer === 'new')).toHaveLength(500);
  expect(answers.slice(500)).not.toContain('new');
  expect(await registry.events.append(event('7'))).toBe('duplicate');
  expect(await registry.events.append(event('7', { source: 'tiktok-developers' }))).toBe('new');
  expect(
    (await registry.events.take(1_000)).map(({ externalId }) => externalId).slice(0, 500),
  ).toEqual(Array.from({ length: 500 }, (_, nth) => String(nth)));
});

test('what is appended is there for another session, bytes as they were', async () => {
  await append('1');
  const rows = await askDatabase(database.url, 'select sealed_body, state from events');
  expect(rows).toEqual([{ sealed_body: Buffer.from([0, 1, 255]), state: 'waiting' }]);
});

test('too many that wait are refused, and those before them are not', async () => {
  const all = await Promise.allSettled(
    Array.from({ length: 2_100 }, (_, nth) => registry.events.append(event(`many-${nth}`))),
  );
  const refused = all.filter(({ status }) => status === 'rejected');
  expect(refused).toHaveLength(100);
  expect(refused[0]).toMatchObject({ reason: { code: 'CALLBACKS_BUSY' } });
});

test('consumers are told', async () => {
  const told = Promise.withResolvers<void>();
  const silence = await registry.listen('events', () => told.resolve());
  await append('1');
  await told.promise;
  await silence();
});

test('a failing event holds back its own subject alone, and what comes before goes on', async () => {
  await append('1', { subject: 'a' });
  const second = await append('2', { subject: 'a' });
  await append('3', { subject: 'a' });
  await append('4', { subject: 'b' });
  await registry.events.postpone([second], new Date(now.getTime() + 1_000), 'TEMPORAL_AWAY');
  expect(await takenIds()).toEqual(['1', '4']);
  now = new Date(now.getTime() + 1_000);
  expect(await takenIds()).toEqual(['1', '2', '3', '4']);
  expect((await registry.events.take(2))[1]).toMatchObject({ attempts: 1 });
});

test('a match delivers once to each connection and forgets the body under the day', async () => {
  const [one, other] = [await connect('7'), await connect('7')];
  expect(
    (await registry.connections.ofAccounts('tiktok-shop', ['7', '8'])).map(({ id }) => id).sort(),
  ).toEqual([one.id, other.id].sort());
  const eventId = await append('1');
  const deliveries = [one, other].map(({ id: connectionId }) => ({
    ...{ eventId, connectionId, id: randomUUID() },
    sealedBody: Buffer.from(connectionId),
    isLast: true,
  }));
  await registry.events.match(deliveries);
  await registry.events.match(deliveries.map((each) => ({ ...each, id: randomUUID() })));
  const taken = await registry.events.take(10);
  expect(taken.map(({ connectionId, sealedBody }) => [connectionId, String(sealedBody)])).toEqual([
    [one.id, one.id],
    [other.id, other.id],
  ]);
  expect(taken[0]).toMatchObject({ externalId: '1', receivedAt: start, sentAt: start });
  const rows = await askDatabase(
    database.url,
    `select sealed_body from events where connection_id is null`,
  );
  expect(rows).toEqual([{ sealed_body: null }]);
  await registry.events.done([taken[0]!.id], 'acted');
  await registry.events.setAside([taken[0]!.id], 'late');
  const { rows: listed } = await registry.events.list({ offset: 0, limit: 10 });
  expect(listed.map(({ state, outcome }) => [state, outcome])).toEqual([
    ['waiting', null],
    ['done', 'acted'],
    ['done', 'matched'],
  ]);
  expect(await registry.events.append(event('1'))).toBe('duplicate');
});

test('set aside from the start, and counted', async () => {
  await append('1', { setAside: 'malformed' });
  await append('2');
  expect(await takenIds()).toEqual(['2']);
  const page = await registry.events.list({ state: 'set-aside', offset: 0, limit: 10 });
  expect(page).toMatchObject({ total: 1, rows: [{ outcome: 'malformed', state: 'set-aside' }] });
  expect(await registry.events.backlog()).toEqual({
    counts: { waiting: 1, done: 0, 'set-aside': 1 },
    oldestDue: start,
  });
});

test('after seven days the id is free again, not before', async () => {
  await append('old');
  now = new Date(start.getTime() + dayMs);
  await append('new');
  now = new Date(start.getTime() + 7 * dayMs);
  const before = (at: Date) => new Date(at.getTime() - 7 * dayMs);
  expect(await registry.events.purge(before(now))).toEqual({ removed: 0, unhandled: 0 });
  expect(await registry.events.append(event('old'))).toBe('duplicate');
  now = new Date(now.getTime() + 1);
  expect(await registry.events.purge(before(now))).toEqual({ removed: 1, unhandled: 1 });
  expect(await registry.events.append(event('old'))).toBe('new');
  expect(await takenIds()).toEqual(['new', 'old']);
});

test('one process at a time consumes; a lost session frees the next', async () => {
  const held = Promise.withResolvers<void>();
  const inside = Promise.withResolvers<void>();
  const first = registry.events.exclusively(async () => {
    inside.resolve();
    await held.promise;
  });
  await inside.promise;
  expect(await registry.events.exclusively(async () => {})).toBe(false);
  const server = new pg.Client({ connectionString: database.url });
  await server.connect();
  await server.query(
    `select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and objid = 7304`,
  );
  await server.end();
  await expect.poll(() => registry.events.exclusively(async () => {})).toBe(true);
  held.resolve();
  await expect(first).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' });
});

test('polls are counted ten minutes apart, and what is owed waits for them', async () => {
  const { id } = await connect('9');
  const due = async () =>
    (await registry.obligations.due(now)).filter(
      ({ kind, subjectId }) => kind === 'erase-connection' && subjectId === id,
    );
  const eraseDueAt = new Date(now.getTime() + 3 * dayMs);
  await registry.fence.revoke(id, { cause: 'authorisation-dead', eraseDueAt, pollsLeft: 2 });
  const [owed] = await registry.obligations.open({ kind: 'erase-connection', subjectId: id });
  const count = () =>
    registry.obligations.countPolls([owed!.id], new Date(now.getTime() - 600_000));
  await count();
  now = new Date(now.getTime() + 600_000);
  await count();
  await count();
  now = eraseDueAt;
  expect(await due()).toEqual([]);
  await count();
  expect(await due()).toMatchObject([{ cause: 'authorisation-dead', pollsLeft: 0 }]);
  await count();
  expect(await due()).toMatchObject([{ pollsLeft: 0 }]);
});

test('the word of TikTok waits for no poll, whatever was owed before', async () => {
  const { id } = await connect('10');
  await registry.fence.revoke(id, { cause: 'authorisation-dead', eraseDueAt: now, pollsLeft: 2 });
  await registry.fence.revoke(id, { cause: 'tiktok', eraseDueAt: new Date(now.getTime() + 1) });
  const owed = await registry.obligations.open({ kind: 'erase-connection', subjectId: id });
  expect(owed).toMatchObject([{ cause: 'tiktok', pollsLeft: 0, dueAt: now }]);
});

test('what was delivered to a connection is forgotten with it, and with nobody else', async () => {
  const [one, other] = [await connect('7495540735365777601'), await connect('7495540735365777602')];
  const eventId = await append('for both');
  const deliveries = [one, other].map(({ id: connectionId }) => ({
    ...{ eventId, connectionId, id: randomUUID(), sealedBody: Buffer.from('sealed'), isLast: true },
  }));
  await registry.events.match(deliveries);
  await registry.events.setAside([deliveries[0]!.id], 'failed');
  const rowsOf = ({ id }: Connection) =>
    askDatabase(database.url, `select id from events where connection_id = '${id}'`);
  expect(await rowsOf(one)).toHaveLength(1);
  expect(await registry.events.forget(one.id)).toBe(1);
  expect(await rowsOf(one)).toEqual([]);
  expect(await rowsOf(other)).toEqual([{ id: deliveries[1]!.id }]);
  expect(await registry.events.forget(one.id)).toBe(0);
});
