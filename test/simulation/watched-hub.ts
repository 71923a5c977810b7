/**
 * A whole hub as a process, watched from outside: its registry through a second process's eyes (as another process of
 * a cluster has them), its sandbox by the log, its files by a copy.
 */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import { callDeadlineMs } from '../../connectors/tiktok-ads/client.ts';
import { createKeyring } from '../../keyring/create.ts';
import type { Keyring } from '../../keyring/keyring.ts';
import { loadOrCreateMasterKey } from '../../keyring/master-key.ts';
import { findParts } from '../../main/parts.ts';
import type { Clock } from '../../policy/clock.ts';
import { sealContexts } from '../../policy/seals.ts';
import { openRegistry } from '../../registry/open.ts';
import type { Connection, Registry } from '../../registry/registry.ts';
import type { RequestEntry } from '../../sandbox/request-log.ts';
import { openWarehouse } from '../../warehouse/open.ts';
import type { Coverage } from '../../warehouse/warehouse.ts';
import { createTestDatabase } from '../databases.ts';
import { type HubProcess, startHubProcess } from '../hub-process.ts';

export interface WatchedHub {
  readonly hub: HubProcess;
  readonly registry: Registry;
  /** The hub's. */
  readonly clock: Clock;
  readonly databaseUrl: string;
  /** The demo's connections, once each has loaded something. */
  connections(): Promise<Connection[]>;
  requests(connection: Connection): Promise<readonly RequestEntry[]>;
  /** Slows these accounts' reports down, and returns once so many of them are in flight. */
  fillFlight(connections: readonly Connection[], count: number, delayMs: number): Promise<void>;
  control<T>(path: string, body?: object): Promise<T>;
  /** What the connection's file holds, read from a copy: also while its hub is stopped. */
  coverage(connection: Connection): Promise<Coverage[]>;
  /** A copy's keys: what someone finds who takes the machine now. */
  withKeys<T>(work: (keyring: Keyring) => Promise<T>): Promise<T>;
  accessToken(connection: Connection): Promise<string>;
  /** After `hub.kill('hub')`: the next start on the same folder. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export async function startWatchedHub(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<WatchedHub> {
  await using opened = new AsyncDisposableStack();
  const home = await mkdtemp(join(tmpdir(), 'watched-hub-'));
  opened.defer(() => rm(home, { recursive: true, force: true }));
  const dataFolder = join(home, 'data');
  const database = await createTestDatabase();
  opened.defer(() => database.drop());
  const options = {
    dataFolder,
    // Ads alone: that is what these stories are about.
    args: ['--shops', '0', ...args],
    environment: { DATABASE_URL: database.url, ...environment },
  };
  let hub = await startHubProcess(options);
  opened.defer(async () => {
    hub.signal('SIGCONT');
    await hub.stop();
    // Left over when the hub was killed and not started again.
    for (const service of ['temporal', 'sandbox'] as const) await hub.kill(service);
  });
  const clockUrl = new URL('sandbox/clock', hub.sandbox);
  const { offsetMs } = (await (await fetch(clockUrl)).json()) as { offsetMs: number };
  const clock = { now: () => new Date(Date.now() + offsetMs) };
  const registry = await openRegistry({ databaseUrl: database.url, clock, callDeadlineMs });
  opened.defer(() => registry.close());

  const control = async <T>(path: string, body?: object): Promise<T> => {
    const init = body && { method: 'POST', body: JSON.stringify(body) };
    const response = await fetch(new URL(`sandbox/${path}`, hub.sandbox), init);
    expect(response.status).toBe(200);
    return (await response.json()) as T;
  };
  const requests = async ({ accountId }: Connection) => {
    const all = await control<readonly RequestEntry[]>('requests');
    return all.filter(({ advertiserId }) => advertiserId === accountId);
  };
  const withKeys: WatchedHub['withKeys'] = (work) =>
    onCopy(dataFolder, ({ keyring }) => work(keyring));
  const closing = opened.move();
  return {
    get hub() {
      return hub;
    },
    ...{ registry, clock, requests, control, withKeys, databaseUrl: database.url },
    connections: () => loadedConnections(registry),
    async fillFlight(slowed, count, delayMs) {
      const last = (await control<readonly RequestEntry[]>('requests')).at(-1)?.sequence ?? 0;
      const rules = slowed.map(({ accountId: advertiserId }) => ({
        ...{ kind: 'slow', path: 'report/integrated/get/', advertiserId, delayMs },
      }));
      await control('faults', rules);
      await vi.waitFor(async () => {
        const faults = await control<readonly { fired: number }[]>('faults');
        const log = await control<readonly RequestEntry[]>(`requests?since=${last}`);
        const begun = faults.reduce((sum, { fired }) => sum + fired, 0);
        const ended = log.filter(({ tookMs }) => tookMs >= delayMs);
        expect(begun - ended.length).toBeGreaterThanOrEqual(count);
      }, 90_000);
    },
    coverage: ({ id }) => onCopy(dataFolder, ({ warehouse }) => warehouse.coverage(id)),
    async accessToken({ authorisationId }) {
      const { sealedToken } = (await registry.authorisations.find(authorisationId))!;
      const context = sealContexts.authorisationToken(authorisationId);
      return withKeys(async (keyring) => `${await keyring.unseal(sealedToken!, context)}`);
    },
    async restart() {
      hub = await startHubProcess(options);
    },
    close: () => closing.disposeAsync(),
  };
}

async function loadedConnections(registry: Registry): Promise<Connection[]> {
  return vi.waitFor(async () => {
    const all = await registry.connections.list();
    expect(all.length).toBeGreaterThan(0);
    for (const { id } of all) {
      const counts = await registry.windows.progress(id);
      expect(counts.filter(({ loaded }) => loaded > 0).length).toBeGreaterThan(4);
    }
    return all;
  }, 90_000);
}

/** Opens a copy of a hub's keys and files; a hub that runs has locked the originals. */
async function onCopy<T>(
  dataFolder: string,
  work: (copy: {
    keyring: Keyring;
    warehouse: Awaited<ReturnType<typeof openWarehouse>>;
  }) => Promise<T>,
): Promise<T> {
  await using opened = new AsyncDisposableStack();
  const copy = await mkdtemp(join(tmpdir(), 'hub-copy-'));
  opened.defer(() => rm(copy, { recursive: true, force: true }));
  await cp(`${dataFolder}-keys`, join(copy, 'keys'), { recursive: true });
  await cp(join(dataFolder, 'warehouse'), join(copy, 'warehouse'), { recursive: true });
  const clock = { now: () => new Date() };
  const keyring = await createKeyring({
    dirs: [join(copy, 'keys/a'), join(copy, 'keys/b')],
    masterKey: await loadOrCreateMasterKey(join(copy, 'keys/master.key'), { create: false }),
    clock,
  });
  opened.defer(() => keyring.close());
  const warehouse = await openWarehouse({
    folder: join(copy, 'warehouse'),
    landingFolder: join(copy, 'landing'),
    quarantineFolder: join(copy, 'quarantine'),
    spillFolder: join(copy, 'spill'),
    httpfs: findParts().httpfs,
    ...{ keyring, clock, memoryLimitMb: 256, threads: 1, attachedFilesMax: 5 },
  });
  opened.defer(() => warehouse.close());
  return await work({ keyring, warehouse });
}
