/**
 * The composition root of an embedded hub: configuration in, a running hub out. Whatever is opened here is closed
 * in reverse order, also when a later step fails.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Counter, Registry as MetricsRegistry } from 'prom-client';
import { createReadPicture } from '../activities/fetch-picture.ts';
import { buildApp } from '../api/app.ts';
import type { Health } from '../api/deps.ts';
import { buildMetricsApp } from '../api/metrics.ts';
import { callDeadlineMs } from '../connectors/tiktok-ads/client.ts';
import { createKeyring } from '../keyring/create.ts';
import type { Keyring } from '../keyring/keyring.ts';
import { openMasterKeyFile } from '../keyring/master-key.ts';
import { openRegistry } from '../registry/open.ts';
import type { Registry } from '../registry/registry.ts';
import { openWarehouse } from '../warehouse/open.ts';
import { createPictureCache } from '../warehouse/pictures/picture-cache.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { createShiftedClock, type ShiftedClock } from './clock.ts';
import type { Config } from './config.ts';
import { type DataFolder, openDataFolder } from './data-folder.ts';
import { createEmbeddedServices } from './embedded/services.ts';
import { listen, requireFreePorts } from './listen.ts';
import type { Log } from './log.ts';
import { findParts, requireParts } from './parts.ts';
import { openTikTok, type TikTok } from './tiktok.ts';
import { openWork, type Work } from './work.ts';

export interface ComposeOptions {
  readonly log: Log;
  /** Flags that say what a demo folder's sandbox holds. */
  readonly sandboxArgs?: readonly string[];
}

export interface Hub {
  readonly url: URL;
  readonly kind: DataFolder['kind'];
  readonly paused: boolean;
  readonly bearerToken: string;
  readonly sandbox: URL | null;
  readonly registry: Registry;
  readonly warehouse: Warehouse;
  readonly clock: ShiftedClock;
  stop(): Promise<void>;
}

/** What DuckDB may use beside PostgreSQL, Temporal and the workers on a small machine. */
const warehouseLimits = { memoryLimitMb: 1024, threads: 2, attachedFilesMax: 200 } as const;

export async function composeHub(config: Config, options: ComposeOptions): Promise<Hub> {
  await using opened = new AsyncDisposableStack();
  const { log } = options;
  const parts = findParts(config.parts);
  requireParts(parts, config.temporalAddress ? ['httpfs'] : ['httpfs', 'temporalCli']);
  const folder = openDataFolder({
    path: config.dataFolder,
    credentials: config.tiktokAds !== null || config.tiktokShop !== null,
  });
  opened.defer(() => folder.close());
  await requireFreePorts({ PORT: config.port, HUB_METRICS_PORT: config.metricsPort });
  const clock = createShiftedClock();

  const keyring = await openKeyring(config, folder, clock);
  opened.defer(() => keyring.close());

  let work: Work | undefined;
  let stopping: Promise<void> | undefined;
  const services = createEmbeddedServices({
    folders: folder.paths,
    temporalCli: parts.temporalCli,
    databaseUrl: config.databaseUrl?.reveal(),
    temporalAddress: config.temporalAddress ?? undefined,
    // A server that is being stopped complains about what is gone already.
    log: (name, line) =>
      log(isTrouble(line) && !stopping ? 'warn' : 'info', line, { service: name }),
    onState: (name, state) => {
      if (name === 'temporal' && state === 'ready') void work?.renew();
    },
  });
  opened.defer(() => services.stop());
  const addresses = await services.start();

  const registry = await openRegistry({
    databaseUrl: addresses.databaseUrl,
    clock,
    callDeadlineMs,
  });
  opened.defer(() => registry.close());

  const tiktok = await openTikTok({ config, folder, clock, registry, ...options });
  opened.defer(() => tiktok.close());

  const warehouse = await openWarehouse({
    folder: folder.paths.warehouse,
    landingFolder: folder.paths.landing,
    quarantineFolder: folder.paths.quarantine,
    spillFolder: folder.paths.spill,
    httpfs: parts.httpfs,
    keyring,
    clock,
    buyersDays: config.buyersDays,
    ...warehouseLimits,
  });
  opened.defer(() => warehouse.close());
  await warehouse.selfTest();
  opened.defer(sweepHourly(warehouse, clock, log));

  const metrics = new MetricsRegistry();
  const foundOrders = new Counter({
    name: 'hub_orders_found_by_poll_total',
    help: 'Changed orders that a repeated poll found: no event had brought them.',
    registers: [metrics],
  });
  work = await openWork({
    countFoundOrders: (orders) => foundOrders.inc(orders),
    address: addresses.temporalAddress,
    ...{ config, folder, registry, warehouse, keyring, clock, tiktok, log },
  });
  opened.defer(() => work!.close());

  const bearerToken = keptToken(join(folder.path, 'api-token'));
  const health = () => readHealth({ registry, services: services.states(), tiktok, work: work! });
  const cache = createPictureCache({ folder: folder.paths.pictures, keyring });
  const app = await buildApp({
    readPicture: createReadPicture({
      ...{ warehouse, registry, cache, clock },
      egress: tiktok.egress,
    }),
    ...{ registry, warehouse, keyring, clock, bearerToken, metrics, health },
    tiktokAds: tiktok.client,
    tiktokShop: tiktok.shopClient,
    webhooks: tiktok.webhooks,
    moveClock: tiktok.moveClock && ((to) => moveClock(tiktok, registry, work!, to)),
    workflows: work.starter,
    demo: folder.kind === 'demo',
    publicUrl: config.publicUrl,
    logger: { level: 'warn', stream: process.stderr },
  });
  opened.defer(() => app.close());
  const metricsApp = await buildMetricsApp({ registry, warehouse, clock, metrics });
  opened.defer(() => metricsApp.close());
  await listen(app, config.port, 'PORT');
  await listen(metricsApp, config.metricsPort, 'HUB_METRICS_PORT');

  const closing = opened.move();
  return {
    ...{ bearerToken, registry, warehouse, clock },
    url: new URL(`http://localhost:${config.port}/`),
    kind: folder.kind,
    paused: folder.paused,
    sandbox: tiktok.sandbox,
    stop: () => (stopping ??= closing.disposeAsync()),
  };
}

/** What was landed and never loaded goes after 7 days, what could not be read after 30. Returns how to stop. */
function sweepHourly(warehouse: Warehouse, clock: ShiftedClock, log: Log): () => void {
  const sweep = (): void => {
    warehouse.sweepLanding(clock.now()).catch((error: unknown) => {
      log('error', 'old landed parts could not be removed', { name: (error as Error).name });
    });
  };
  sweep();
  const timer = setInterval(sweep, 3_600_000);
  return () => clearInterval(timer);
}

/** PostgreSQL and Temporal tell their daily life as well. */
const isTrouble = (line: string): boolean => /\b(ERROR|FATAL|PANIC|panic)\b/.test(line);

async function openKeyring(
  config: Config,
  folder: DataFolder,
  clock: ShiftedClock,
): Promise<Keyring> {
  const isDemo = folder.kind === 'demo';
  const file = config.masterKeyFile ?? join(config.keyringFolders[0], '..', 'master.key');
  const master = await openMasterKeyFile(file, { create: isDemo });
  return createKeyring({ dirs: config.keyringFolders, clock, ...master });
}

/** Timers of workflows only wake: after a move all are woken, to read what is due. */
async function moveClock(tiktok: TikTok, registry: Registry, work: Work, to: Date): Promise<void> {
  await tiktok.moveClock!(to);
  for (const { id } of await registry.connections.list({ states: ['active'] })) {
    await work.starter.wake(id);
  }
  await work.renew();
}

/** Until accounts exist one token opens the API; it stays the same over restarts. */
function keptToken(file: string): string {
  if (!existsSync(file)) {
    writeFileSync(file, randomBytes(32).toString('base64url'), { mode: 0o600, flush: true });
  }
  return readFileSync(file, 'utf8').trim();
}

async function readHealth(asked: {
  registry: Registry;
  services: Readonly<Record<string, string>>;
  tiktok: TikTok;
  work: Work;
}): Promise<Health> {
  const { registry, services, tiktok, work } = asked;
  const part = (name: string, check: Promise<unknown>) =>
    check.then(
      () => ({ name, ready: true }),
      (error: unknown) => ({ name, ready: false, detail: (error as { code?: string }).code }),
    );
  const parts = await Promise.all([
    part('registry', registry.ping()),
    part('temporal', work.ping()),
    ...Object.entries({ ...services, ...tiktok.states() }).map(async ([name, state]) => ({
      name: `${name} process`,
      ready: state === 'ready',
      detail: state,
    })),
    { name: 'workers', ready: work.isWorking() },
    ...tiktok.notConfigured.map((name) => ({ name, ready: true, detail: 'not configured' })),
  ]);
  return { ready: parts.every(({ ready }) => ready), parts };
}
