/**
 * Goal: nothing is written after a revocation's confirmation, not even by a load that had passed its last check.
 * Method: a process stops itself between that check and its commit; its lock's session is ended, lease and deadline
 * pass. While it could still commit nothing is confirmed, whether it then goes on or is killed.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openRegistry } from '../../registry/open.ts';
import type { Registry } from '../../registry/registry.ts';
import { openTestWarehouse, type TestWarehouse, testStreams } from '../../warehouse/testing.ts';
import { askDatabase, createTestDatabase } from '../databases.ts';

const leaseMs = 700;
const masterKey = randomBytes(32);

let database: { url: string; drop(): Promise<void> };
let registry: Registry;
let folder: string;
let connectionId: string;
let child: ChildProcess;
let files: TestWarehouse;

beforeEach(async () => {
  database = await createTestDatabase();
  const clock = { now: () => new Date() };
  registry = await openRegistry({
    ...{ databaseUrl: database.url, clock, leaseMs, callDeadlineMs: leaseMs },
  });
  folder = await mkdtemp(join(tmpdir(), 'hub-stopped-'));
  connectionId = await connect();
  child = await startAndStop();
  files = await openFiles();
});
afterEach(async () => {
  if (child.exitCode === null && child.signalCode === null) await killed();
  await files?.close();
  await registry.close();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

async function connect(): Promise<string> {
  const workspaceId = (await registry.workspaces.create('Demo')).id;
  const given = { workspaceId, platform: 'tiktok-ads' } as const;
  const sealed = Buffer.from('sealed');
  const authorisationId = randomUUID();
  await registry.authorisations.create({ ...given, id: authorisationId, sealedCode: sealed });
  const { id } = await registry.connections.open({
    ...{ ...given, id: randomUUID(), authorisationId, accountId: '1', sealedName: sealed },
  });
  return id;
}

async function startAndStop(): Promise<ChildProcess> {
  const script = join(import.meta.dirname, 'stopping-process.ts');
  const key = masterKey.toString('hex');
  const args = [script, database.url, connectionId, folder, key, String(leaseMs)];
  const started = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(createInterface({ input: started.stdout }), 'line');
  expect(line).toBe('stopping');
  return started;
}

/** The same files, by a process that has keys of its own: those of the stopped one are locked as long as it lives. */
async function openFiles(): Promise<TestWarehouse> {
  const own = join(folder, 'own');
  for (const keys of ['keys-1', 'keys-2']) {
    await cp(join(folder, keys), join(own, keys), { recursive: true });
  }
  const streams = testStreams;
  return openTestWarehouse({ streams, folder: join(folder, 'files') }, { folder: own, masterKey });
}

/** As a network that fails, or a server that gives up on a silent peer. */
async function endSessionOfTheFence(): Promise<void> {
  const ended = await askDatabase(
    database.url,
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and application_name = 'hub-fence'`,
  );
  expect(ended).toHaveLength(1);
}

async function killed(): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

const loadedDays = async (): Promise<string[]> =>
  (await files.warehouse.coverage(connectionId)).map(({ from }) => from).sort();

const pending = { code: 'REVOCATION_PENDING', retryable: true };

test('stopped before its commit, it holds up the confirmation until it has gone on', async () => {
  await endSessionOfTheFence();
  await registry.fence.revoke(connectionId, { cause: 'disconnect', eraseDueAt: new Date() });
  await registry.fence.confirm(connectionId);
  await expect(files.warehouse.settleWrites(connectionId)).rejects.toMatchObject(pending);

  const exit = once(child, 'exit');
  child.kill('SIGCONT');
  await exit;
  await files.warehouse.settleWrites(connectionId);
  // It had passed the fence: what it wrote was written before the confirmation.
  expect(await loadedDays()).toEqual(['2026-11-01', '2026-11-02']);
}, 60_000);

test('killed instead, it has written nothing', async () => {
  await registry.fence.revoke(connectionId, { cause: 'disconnect', eraseDueAt: new Date() });
  await expect(files.warehouse.settleWrites(connectionId)).rejects.toMatchObject(pending);
  await killed();
  await registry.fence.confirm(connectionId);
  await files.warehouse.settleWrites(connectionId);
  expect(await loadedDays()).toEqual(['2026-11-01']);
}, 60_000);
