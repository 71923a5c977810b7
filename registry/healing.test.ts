/** Every session of the registry is cut, as when PostgreSQL is killed: each part comes back by itself. */
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase } from '../test/databases.ts';
import { openRegistry } from './open.ts';
import type { Registry } from './registry.ts';

let database: { url: string; drop(): Promise<void> };
let registry: Registry;
let server: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase();
  registry = await openRegistry({ databaseUrl: database.url, clock: { now: () => new Date() } });
  const url = new URL(database.url);
  url.pathname = '/postgres';
  server = new pg.Client({ connectionString: url.href });
  await server.connect();
});
afterAll(async () => {
  await registry.close();
  await server.end();
  await database.drop();
});

const databaseName = (): string => new URL(database.url).pathname.slice(1);

async function allowConnections(allowed: boolean): Promise<void> {
  await server.query(`alter database ${databaseName()} allow_connections ${allowed}`);
  if (allowed) return;
  await server.query('select pg_terminate_backend(pid) from pg_stat_activity where datname = $1', [
    databaseName(),
  ]);
}

test('while PostgreSQL is away calls fail at once and may be tried again; then all goes on', async () => {
  const heard: string[] = [];
  let told = Promise.withResolvers<void>();
  await registry.listen('clock', (payload) => {
    heard.push(payload);
    told.resolve();
  });
  await registry.clock.setOffsetMs(1);
  await told.promise;
  await allowConnections(false);
  const never = new AbortController().signal;
  for (const call of [
    () => registry.ping(),
    () => registry.workspaces.list(),
    () => registry.quota.takeSlot('app', never),
    () => registry.fence.hold('any', 1, async () => {}),
  ]) {
    await expect(call()).rejects.toMatchObject({
      code: expect.stringMatching(/^(REGISTRY|FENCE)_UNAVAILABLE$/),
      retryable: true,
    });
  }
  told = Promise.withResolvers<void>();
  await allowConnections(true);
  await registry.ping();
  // Whoever listens is told that something may have been missed, and hears again.
  await told.promise;
  told = Promise.withResolvers<void>();
  await registry.clock.setOffsetMs(2);
  await told.promise;
  expect(heard).toEqual(['1', '', '2']);
  await registry.quota.takeSlot('app', never);
});

test('a wrong database is a matter of the configuration, not of waiting', async () => {
  const url = new URL(database.url);
  url.pathname = '/no_such_database';
  const opening = openRegistry({ databaseUrl: url.href, clock: { now: () => new Date() } });
  await expect(opening).rejects.toMatchObject({ code: 'CONFIGURATION_INVALID' });
});
