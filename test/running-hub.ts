/**
 * The hub without its face, on real parts: sandbox, registry, keyring, warehouse, Temporal, workers; one clock,
 * the sandbox's. Each has a database, a namespace and a folder of its own.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { createConnectAccountActivities } from '../activities/connect-account.ts';
import { dueWindows, type PlanningDeps, readCalendar } from '../activities/planning.ts';
import { createPurgeExpiredActivities } from '../activities/purge-expired.ts';
import { createReconcileAuthorisationsActivities } from '../activities/reconcile-authorisations.ts';
import { createReconcileObligationsActivities } from '../activities/reconcile-obligations.ts';
import { createRefreshOrdersActivities } from '../activities/refresh-orders.ts';
import { createRenewAuthorisationActivities } from '../activities/renew-authorisation.ts';
import { restrictDeadAuthorisation } from '../activities/restrict-dead.ts';
import { createRevokeConnectionActivities } from '../activities/revoke-connection.ts';
import { createSyncConnectionActivities } from '../activities/sync-connection.ts';
import { createSyncStreamActivities } from '../activities/sync-stream.ts';
import { createEgress } from '../connectors/egress.ts';
import { createTikTokAdsClient } from '../connectors/tiktok-ads/client.ts';
import { createTikTokShopClient } from '../connectors/tiktok-shop/client.ts';
import { createKeyring } from '../keyring/create.ts';
import { type Keyring, keyId } from '../keyring/keyring.ts';
import { findParts } from '../main/parts.ts';
import { buildBundle } from '../main/temporal/bundle.ts';
import { connectTemporal, type TemporalLink } from '../main/temporal/connection.ts';
import { createQuotaKeeper } from '../main/temporal/quota-keeper.ts';
import { installTemporalLog } from '../main/temporal/runtime.ts';
import { createStarter, type TemporalStarter } from '../main/temporal/starter.ts';
import { type HubActivities, type HubWorkers, startWorkers } from '../main/temporal/workers.ts';
import { sealContexts } from '../policy/seals.ts';
import { adsStreamNames, isGranted, type StreamName, streams } from '../policy/streams/index.ts';
import { openRegistry } from '../registry/open.ts';
import type { Connection, Registry, WindowRecord, Workspace } from '../registry/registry.ts';
import { type Sandbox, type SandboxOptions, startSandbox } from '../sandbox/sandbox.ts';
import type { World } from '../sandbox/world.ts';
import { openWarehouse } from '../warehouse/open.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import { createTestDatabase } from './databases.ts';
import { type FactsFile, openFactsFile } from './facts-file.ts';
import { withShortRestrictions } from './short-restrictions.ts';

export interface RunningHubOptions {
  readonly world: World;
  readonly quota?: SandboxOptions['quota'];
  /** Calls a second that the hub believes it is allowed. */
  readonly callsPerSecond?: number;
  readonly sandbox?: Partial<SandboxOptions>;
  /** Where its files are; a temporary folder when absent. */
  readonly folder?: string;
  readonly backfillDays?: number;
  readonly backfillHourDays?: number;
  /** TikTok's five minutes after an exceeded minute pass within a second, at both ends. */
  readonly shortRestrictions?: boolean;
}

export interface RunningHub {
  readonly sandbox: Sandbox;
  readonly registry: Registry;
  readonly keyring: Keyring;
  readonly warehouse: Warehouse;
  readonly link: TemporalLink;
  readonly starter: TemporalStarter;
  readonly workspace: Workspace;
  readonly databaseUrl: string;
  /** Errors without a code that activities met. */
  readonly unexpected: readonly string[];
  /** Consent by code, as after TikTok's redirect; resolves with the open connections. */
  connect(advertiserIds?: readonly string[], scopes?: readonly number[]): Promise<Connection[]>;
  /** Resolves when nothing is due any more, or rejects with what is left. */
  settled(connectionId: string, withinMs?: number): Promise<void>;
  /** Resolves when those streams (all that were granted) owe nothing by their rules, or rejects with what they owe. */
  caughtUp(connectionIds: readonly string[], among?: CatchUp): Promise<void>;
  /** From the next plan on: what was far back before becomes a backlog. */
  lengthenBackfill(days: number, hourDays: number): void;
  /** Both ends' clock; every sync reads its plan again. */
  moveClock(to: Date): Promise<void>;
  /** What the next process would find. Stops the workers and closes the warehouse. */
  openFacts(connectionId: string): Promise<FactsFile>;
  stopWorkers(): Promise<void>;
  startWorkers(): Promise<void>;
  close(): Promise<void>;
}

export interface CatchUp {
  /** A person asks again for streams of which a window has failed, which else rest ten minutes. */
  readonly askAgain?: boolean;
  readonly streams?: readonly StreamName[];
  readonly withinMs?: number;
}

const askAgainMs = 3_000;
/** Accounts, campaigns, ads and their reports: most stories need no more. */
const scopesOfAds = [1, 2, 4, 10, 20, 21, 22, 44, 100, 200, 210, 220];

export async function startRunningHub(options: RunningHubOptions): Promise<RunningHub> {
  await using opened = new AsyncDisposableStack();
  installTemporalLog(() => {});
  const folder = await mkdtemp(join(options.folder ?? tmpdir(), 'running-hub-'));
  opened.defer(() => rm(folder, { recursive: true, force: true }));
  const sandbox = await startSandbox({
    world: options.world,
    port: 0,
    quota: options.quota ?? 'none',
    seed: 1,
    ...options.sandbox,
  });
  opened.defer(() => sandbox.close());
  const { clock, app } = sandbox;
  const database = await createTestDatabase();
  opened.defer(() => database.drop());
  const registry = await openRegistry({ databaseUrl: database.url, clock });
  opened.defer(() => registry.close());
  const keyring = await createKeyring({
    dirs: [join(folder, 'keys-1'), join(folder, 'keys-2')],
    masterKey: randomBytes(32),
    clock,
  });
  opened.defer(() => keyring.close());
  const httpfs = findParts({ httpfs: process.env.DUCKDB_HTTPFS }).httpfs;
  const warehouse = await openWarehouse({
    folder: join(folder, 'warehouse'),
    landingFolder: join(folder, 'landing'),
    quarantineFolder: join(folder, 'quarantine'),
    spillFolder: join(folder, 'spill'),
    ...{ httpfs, keyring, clock, memoryLimitMb: 512, threads: 2, attachedFilesMax: 20 },
  });
  let warehouseIsOpen = true;
  const closeWarehouse = async () => {
    if (warehouseIsOpen) await warehouse.close();
    warehouseIsOpen = false;
  };
  opened.defer(closeWarehouse);
  const namespace = `test-${randomUUID()}`;
  const link = await connectTemporal({ address: inject('temporalAddress'), namespace, keyring });
  opened.defer(() => link.close());
  const starter = createStarter({ client: link.client, registry, takeAll: true });
  const keeper = await createQuotaKeeper({
    ...{ client: link.client, registry, appId: app.appId },
    callsPerSecond: options.callsPerSecond ?? 1000,
  });
  opened.defer(() => keeper.close());
  const egress = createEgress({ allowedHosts: [], exactOrigin: sandbox.origin });
  opened.defer(() => egress.close());
  const client = createTikTokAdsClient({
    ...{ egress, clock, ...app, baseUrl: sandbox.origin, consentBaseUrl: sandbox.origin },
  });
  opened.defer(() => client.close());
  const shopClient = createTikTokShopClient({
    ...{ egress, clock, apiUrl: sandbox.origin, authUrl: sandbox.origin },
    servicesUrl: sandbox.origin,
    ...(sandbox.shop?.app ?? { appKey: 'none', secret: 'none', serviceId: 'none' }),
  });
  opened.defer(() => shopClient.close());

  const unexpected: string[] = [];
  const deps = {
    ...{ registry, keyring, warehouse, clock, starter, appId: app.appId },
    shopClient,
    renewAuthorisation: (id: string) => starter.renewAuthorisation(id),
    onAuthorisationDead: (id: string) =>
      restrictDeadAuthorisation({ registry, clock, starter }, id),
    client: options.shortRestrictions ? withShortRestrictions(client, sandbox) : client,
    backfillDays: options.backfillDays ?? 10,
    backfillHourDays: options.backfillHourDays ?? 2,
    reportTasksPerDay: 4_400,
    applyRates: () => keeper.apply(),
    log: (activity: string, error: unknown) =>
      unexpected.push(`${activity}: ${error instanceof Error ? error.stack : error}`),
  };
  const activities: HubActivities = {
    ...createConnectAccountActivities(deps),
    ...createSyncConnectionActivities(deps),
    ...createSyncStreamActivities(deps),
    ...createRefreshOrdersActivities(deps),
    ...createRevokeConnectionActivities(deps),
    ...createRenewAuthorisationActivities(deps),
    ...createReconcileAuthorisationsActivities(deps),
    ...createReconcileObligationsActivities(deps),
    ...createPurgeExpiredActivities(deps),
  };
  const bundle = await buildBundle();
  let workers: HubWorkers | undefined = await startWorkers(link, bundle, activities);
  opened.defer(() => workers?.close());
  const workspace = await registry.workspaces.create('Workspace of this test');
  const world = { registry, keyring, sandbox, starter, workspace };
  const stopWorkers = async () => {
    await workers?.close();
    workers = undefined;
  };
  const closing = opened.move();
  return {
    ...world,
    ...{ warehouse, link, unexpected, databaseUrl: database.url },
    lengthenBackfill(days, hourDays) {
      deps.backfillDays = days;
      deps.backfillHourDays = hourDays;
    },
    connect: (advertiserIds, scopes) => connect(world, advertiserIds, scopes),
    settled: (connectionId, withinMs = 60_000) => settled(starter, connectionId, withinMs),
    caughtUp: (connectionIds, among) => caughtUp(deps, connectionIds, among),
    async moveClock(to) {
      clock.set(to);
      const all = await registry.connections.list({ workspaceId: workspace.id });
      for (const { id } of all) await starter.wake(id);
    },
    async openFacts(connectionId) {
      await stopWorkers();
      await closeWarehouse();
      const key = await keyring.unwrap(keyId('file', `${connectionId}.facts`));
      const path = join(folder, 'warehouse', `${connectionId}.facts.duckdb`);
      return openFactsFile({ path, key, httpfs });
    },
    stopWorkers,
    async startWorkers() {
      workers ??= await startWorkers(link, bundle, activities);
    },
    close: () => closing.disposeAsync(),
  };
}

type Consenting = Pick<RunningHub, 'registry' | 'keyring' | 'sandbox' | 'starter' | 'workspace'>;

async function connect(
  { registry, keyring, sandbox, starter, workspace }: Consenting,
  advertiserIds: readonly string[] = sandbox.world.accounts.map((one) => one.advertiserId),
  scopes: readonly number[] = scopesOfAds,
): Promise<Connection[]> {
  const id = randomUUID();
  const code = sandbox.authorisations.issueCode(advertiserIds, scopes);
  const key = await keyring.ensure('authorisation', id);
  const context = sealContexts.authorisationCode(id);
  const sealedCode = await keyring.seal([key], context, Buffer.from(code));
  const platform = 'tiktok-ads';
  await registry.authorisations.create({ id, workspaceId: workspace.id, platform, sealedCode });
  await starter.connectAccount({ authorisationId: id, platform });
  for (;;) {
    const all = await registry.connections.list({ workspaceId: workspace.id });
    const own = all.filter(({ authorisationId }) => authorisationId === id);
    if (own.length === advertiserIds.length) return own;
    const authorisation = await registry.authorisations.find(id);
    if (authorisation?.state === 'failed') throw new Error(authorisation.errorCode ?? 'failed');
    await tick();
  }
}

async function settled(
  starter: TemporalStarter,
  connectionId: string,
  withinMs: number,
): Promise<void> {
  const endsAt = Date.now() + withinMs;
  for (;;) {
    const progress = await starter.progress(connectionId).catch(() => undefined);
    const streams = progress?.streams ?? [];
    const busy = streams.filter(({ state }) => state !== 'idle' && state !== 'not-authorised');
    if (streams.length > 1 && busy.length === 0) return;
    if (Date.now() > endsAt) throw new Error(`Not settled: ${JSON.stringify(busy)}`);
    await tick();
  }
}

async function caughtUp(
  deps: PlanningDeps & Pick<RunningHub, 'registry' | 'starter'>,
  connectionIds: readonly string[],
  { streams: asked, withinMs = 60_000, askAgain = false }: CatchUp = {},
): Promise<void> {
  const endsAt = Date.now() + withinMs;
  const { registry, starter } = deps;
  for (const id of connectionIds) {
    let asksAt = 0;
    for (;;) {
      const connection = (await registry.connections.find(id))!;
      const among = asked ?? (await granted(connection));
      const records = await registry.windows.list(id);
      const owing = connection.timeZone === null ? among : await owed(connection, records, among);
      if (owing.length === 0) break;
      if (Date.now() > endsAt) throw new Error(`Not caught up: ${owing.join(', ')}`);
      const failed = records.filter(({ state }) => state === 'failed').map((one) => one.stream);
      if (askAgain && failed.length > 0 && Date.now() >= asksAt) {
        await starter.refresh(id, [...new Set(failed)]);
        asksAt = Date.now() + askAgainMs;
      }
      await tick(500);
    }
  }

  async function granted({ authorisationId }: Connection) {
    const { scopes } = (await registry.authorisations.find(authorisationId))!;
    return adsStreamNames.filter((name) => isGranted(streams[name], scopes));
  }

  async function owed(
    connection: Connection,
    records: readonly WindowRecord[],
    among: readonly StreamName[],
  ) {
    const calendar = await readCalendar(deps, connection);
    return among.flatMap((name) => {
      const known = records.filter(({ stream }) => stream === name);
      return dueWindows(calendar, streams[name], known).map(
        ({ from, to }) => `${name} ${from} to ${to}`,
      );
    });
  }
}

/** Progress has no event to wait for. */
const tick = (ms = 100): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
