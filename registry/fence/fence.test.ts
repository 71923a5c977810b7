/**
 * The fence against real processes: whatever happens to the process that calls, no call begins after a revocation was
 * confirmed. "TikTok" is an HTTP server that notes when each request came. Not modelled: the network between.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestDatabase } from '../../test/databases.ts';
import { openRegistry } from '../open.ts';
import type { Registry } from '../registry.ts';

const leaseMs = 1_500;
const callDeadlineMs = 1_000;
const answerMs = 150;
const eraseDueAt = new Date('2099-01-01T00:00:00Z');

let database: { url: string; drop(): Promise<void> };
let registry: Registry;
let connectionId: string;
let server: Server;
let target: string;
let requests: number[];
let broken: number;
let children: ChildProcess[];

beforeEach(async () => {
  database = await createTestDatabase();
  const clock = { now: () => new Date() };
  registry = await openRegistry({ databaseUrl: database.url, clock, leaseMs, callDeadlineMs });
  connectionId = await connect();
  requests = [];
  broken = 0;
  children = [];
  server = createServer((_request, response) => {
    requests.push(performance.now());
    response.on('close', () => {
      if (!response.writableFinished) broken += 1;
    });
    setTimeout(() => response.end('{}'), answerMs);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  target = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterEach(async () => {
  for (const child of children) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  }
  server.closeAllConnections();
  server.close();
  await registry.close();
  await database.drop();
});

async function connect(): Promise<string> {
  const platform = 'tiktok-ads';
  const workspaceId = (await registry.workspaces.create('Demo')).id;
  const authorisationId = randomUUID();
  const sealed = Buffer.from('sealed');
  await registry.authorisations.create({
    id: authorisationId,
    workspaceId,
    platform,
    sealedCode: sealed,
  });
  const { id } = await registry.connections.open({
    id: randomUUID(),
    workspaceId,
    authorisationId,
    platform,
    accountId: '1',
    sealedName: sealed,
  });
  return id;
}

function startHolder(calls: number, waitMs = 5): ChildProcess {
  const script = new URL('./holding-process.ts', import.meta.url);
  const args = [database.url, connectionId, target, calls, waitMs, leaseMs].map(String);
  const child = fork(script, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  children.push(child);
  return child;
}

async function requestsReach(count: number): Promise<void> {
  while (requests.length < count) await once(server, 'request');
}

const revoke = () => registry.fence.revoke(connectionId, { cause: 'disconnect', eraseDueAt });

/** Revokes and confirms; returns how long the confirmation took and when it came. */
async function stop(): Promise<{ tookMs: number; confirmedAt: number }> {
  const revokedAt = performance.now();
  await revoke();
  await registry.fence.confirm(connectionId);
  const confirmedAt = performance.now();
  return { tookMs: confirmedAt - revokedAt, confirmedAt };
}

const after = (instant: number): number => requests.filter((at) => at > instant).length;

/** Ends this database's sessions of that name, as a network or a server that fails does. */
async function endSessions(name: string, pid?: number): Promise<number> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const { rowCount } = await client.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid() and application_name like $1
       and ($2::int is null or pid = $2)`,
    [name, pid ?? null],
  );
  await client.end();
  return rowCount ?? 0;
}

test('calls of two processes end at once, and none begins after the confirmation', async () => {
  const holders = [startHolder(10), startHolder(10)];
  const ended = Promise.all(holders.map((holder) => once(holder, 'message')));
  await requestsReach(100);
  const { tookMs, confirmedAt } = await stop();
  expect(tookMs).toBeLessThan(1_000);
  await ended;
  expect(broken).toBeGreaterThan(0);
  expect(after(confirmedAt)).toBe(0);
  await registry.fence.confirm(connectionId);
});

test('work under an ended consent, or under another epoch, does not begin', async () => {
  const work = async () => 'done';
  expect(await registry.fence.hold(connectionId, 1, work)).toBe('done');
  for (const [id, epoch] of [
    [connectionId, 2],
    ['unknown', 1],
  ] as const) {
    await expect(registry.fence.hold(id, epoch, work)).rejects.toMatchObject({
      code: 'CONSENT_ENDED',
    });
  }
  await stop();
  for (const epoch of [1, 2]) {
    await expect(registry.fence.hold(connectionId, epoch, work)).rejects.toMatchObject({
      code: 'CONSENT_ENDED',
    });
  }
});

test('a confirmation waits for work that does not heed its signal', async () => {
  const release = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<AbortSignal>();
  const holding = registry.fence.hold(connectionId, 1, async (signal) => {
    begun.resolve(signal);
    await release.promise;
  });
  const signal = await begun.promise;
  const aborted = once(signal, 'abort');
  await revoke();
  let confirmed = false;
  const confirming = registry.fence.confirm(connectionId).then(() => {
    confirmed = true;
  });
  await aborted;
  expect(signal.reason).toMatchObject({ code: 'CONSENT_ENDED' });
  await sleep(leaseMs + callDeadlineMs);
  expect(confirmed).toBe(false);
  release.resolve();
  await holding;
  await confirming;
});

test('work that goes on after its process stood still for a lease is refused before anything else', async () => {
  const still = new Int32Array(new SharedArrayBuffer(4));
  const call = registry.fence.hold(connectionId, 1, async (signal) => {
    expect(signal.aborted).toBe(false);
    // Neither a timer nor an answer can come between: as after SIGCONT, when input is served first.
    Atomics.wait(still, 0, 0, leaseMs + 50);
    signal.throwIfAborted();
  });
  await expect(call).rejects.toMatchObject({ code: 'FENCE_UNAVAILABLE' });
});

test('a caller that cancels ends its own call only', async () => {
  const cancel = new AbortController();
  const until = (signal: AbortSignal) => once(signal, 'abort').then(() => signal.throwIfAborted());
  const call = registry.fence.hold(connectionId, 1, until, cancel.signal);
  const other = registry.fence.hold(connectionId, 1, until);
  await registry.fence.hold(connectionId, 1, async () => {});
  cancel.abort(new Error('not wanted any more'));
  await expect(call).rejects.toThrow('not wanted any more');
  const ended = expect(other).rejects.toMatchObject({ code: 'CONSENT_ENDED' });
  await revoke();
  await ended;
});

test('a killed process does not hold a revocation up', async () => {
  const holder = startHolder(10);
  await requestsReach(20);
  const exited = once(holder, 'exit');
  holder.kill('SIGKILL');
  await exited;
  const { tookMs, confirmedAt } = await stop();
  expect(tookMs).toBeLessThan(1_000);
  await sleep(300);
  expect(after(confirmedAt)).toBe(0);
});

test('a stopped process is waited for, though its session and its lock are gone', async () => {
  const holder = startHolder(10, 50);
  await requestsReach(20);
  const stoppedAt = performance.now();
  holder.kill('SIGSTOP');
  expect(await endSessions('hub-fence')).toBe(1);
  const { confirmedAt } = await stop();
  // The lease was renewed at most a fifth of its length before the stop.
  expect(confirmedAt - stoppedAt).toBeGreaterThan(leaseMs * 0.8 + callDeadlineMs - 100);
  const ended = once(holder, 'message');
  holder.kill('SIGCONT');
  await ended;
  expect(after(confirmedAt)).toBe(0);
});

test('a stopped process that goes on before its lease ends hears of the revocation', async () => {
  const holder = startHolder(10, 50);
  await requestsReach(20);
  const ended = once(holder, 'message');
  holder.kill('SIGSTOP');
  await endSessions('hub-fence');
  const stopped = stop();
  await sleep(leaseMs / 3);
  holder.kill('SIGCONT');
  const { confirmedAt } = await stopped;
  await ended;
  expect(after(confirmedAt)).toBe(0);
});

test('after PostgreSQL was away, calls go on and a revocation still stops them', async () => {
  const holder = startHolder(10);
  await requestsReach(20);
  await endSessions('hub-%');
  const cut = requests.length;
  await requestsReach(cut + 50);
  await endSessions('hub-%');
  const ended = once(holder, 'message');
  for (;;) {
    const revoked = await revoke().catch(() => undefined);
    if (revoked !== undefined) break;
  }
  await registry.fence.confirm(connectionId);
  const confirmedAt = performance.now();
  await ended;
  expect(after(confirmedAt)).toBe(0);
});

test('an authorisation is revoked only when no connection needs it, and none opens meanwhile', async () => {
  const connection = await registry.connections.find(connectionId);
  const { authorisationId = '', workspaceId = '' } = connection ?? {};
  const { holdForRevocation } = registry.fence;
  await expect(holdForRevocation(authorisationId, async () => {})).rejects.toMatchObject({
    code: 'AUTHORISATION_IN_USE',
  });
  await revoke();
  let revoking = true;
  const opened = await holdForRevocation(authorisationId, async () => {
    const opening = registry.connections
      .open({
        id: randomUUID(),
        workspaceId,
        authorisationId,
        platform: 'tiktok-ads',
        accountId: '2',
        sealedName: Buffer.from('sealed'),
      })
      .then(
        () => 'opened',
        (error) => ({ code: error.code, revoking }),
      );
    await registry.authorisations.end(authorisationId);
    await sleep(100);
    revoking = false;
    return { opening };
  });
  expect(await opened.opening).toEqual({ code: 'CONSENT_ENDED', revoking: false });
});
