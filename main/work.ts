/** Temporal's side of the hub: client, starter, activities, workers, rates. */
import { createConnectAccountActivities } from '../activities/connect-account.ts';
import { createEventConsumer } from '../activities/consume-events.ts';
import { createPurgeExpiredActivities } from '../activities/purge-expired.ts';
import { createReconcileAuthorisationsActivities } from '../activities/reconcile-authorisations.ts';
import { createReconcileObligationsActivities } from '../activities/reconcile-obligations.ts';
import { createRefreshOrdersActivities } from '../activities/refresh-orders.ts';
import { createRenewAuthorisationActivities } from '../activities/renew-authorisation.ts';
import { restrictDeadAuthorisation } from '../activities/restrict-dead.ts';
import { createRevokeConnectionActivities } from '../activities/revoke-connection.ts';
import { createSyncConnectionActivities } from '../activities/sync-connection.ts';
import { createSyncStreamActivities } from '../activities/sync-stream.ts';
import type { Keyring } from '../keyring/keyring.ts';
import type { Clock } from '../policy/clock.ts';
import { HubError } from '../policy/errors.ts';
import type { StreamName } from '../policy/streams/index.ts';
import type { Registry } from '../registry/registry.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import type { Config } from './config.ts';
import type { DataFolder } from './data-folder.ts';
import { startEventLoop } from './event-loop.ts';
import type { Log } from './log.ts';
import { loadBundle } from './temporal/bundle.ts';
import { connectTemporal } from './temporal/connection.ts';
import { createQuotaKeeper } from './temporal/quota-keeper.ts';
import { installTemporalLog } from './temporal/runtime.ts';
import { createStarter, type TemporalStarter } from './temporal/starter.ts';
import type { TikTok } from './tiktok.ts';
import { startWorking } from './working.ts';

export interface Work {
  readonly starter: TemporalStarter;
  isWorking(): boolean;
  ping(): Promise<void>;
  /** Registers and asks again for what is owed: the server may have begun with an empty store. */
  renew(): Promise<void>;
  close(): Promise<void>;
}

export interface OpenWorkOptions {
  readonly address: string;
  readonly config: Config;
  readonly folder: DataFolder;
  readonly registry: Registry;
  readonly warehouse: Warehouse;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly tiktok: TikTok;
  readonly countFoundOrders: (orders: number) => void;
  readonly log: Log;
}

/** Hours are pulled 90 days back at most. */
const backfillHourDaysMax = 90;
/** TikTok allows an app 4,500; the rest is kept for what a person asks for at the day's end. */
const reportTasksPerDay = 4_400;

/** A product that TikTok named is in the newest pages of its list. */
const productStreams: readonly StreamName[] = ['shop_products'];

export async function openWork(options: OpenWorkOptions): Promise<Work> {
  const { config, folder, registry, warehouse, keyring, clock, tiktok, log } = options;
  await using opened = new AsyncDisposableStack();
  installTemporalLog(log);
  const link = await connectTemporal({ address: options.address, keyring });
  opened.defer(() => link.close());
  const starter = createStarter({
    client: link.client,
    registry,
    takeAll: folder.kind === 'demo',
  });
  const quotaKeeper = await createQuotaKeeper({
    client: link.client,
    registry,
    appId: tiktok.appId,
    callsPerSecond: tiktok.callsPerSecond,
  });
  opened.defer(() => quotaKeeper.close());
  const unexpected = (activity: string, error: unknown): void => {
    if (error instanceof HubError) {
      log('error', error.message, { activity, code: error.code });
      return;
    }
    const name = error instanceof Error ? error.name : typeof error;
    log('error', 'an activity failed unexpectedly', { activity, name, at: placeOf(error) });
  };
  const deps = {
    ...{ registry, warehouse, keyring, clock, starter, reportTasksPerDay },
    countFoundOrders: options.countFoundOrders,
    client: tiktok.client,
    shopClient: tiktok.shopClient,
    renewAuthorisation: (id: string) => starter.renewAuthorisation(id),
    onAuthorisationDead: (id: string) =>
      restrictDeadAuthorisation({ registry, clock, starter }, id),
    appId: tiktok.appId,
    backfillDays: config.backfillDays,
    backfillHourDays: Math.min(config.backfillDays, backfillHourDaysMax),
    applyRates: () => quotaKeeper.apply(),
    log: unexpected,
  };
  const working = folder.paused
    ? undefined
    : await startWorking({
        ...{ link, quotaKeeper, log },
        bundle: await loadBundle(),
        activities: {
          ...createConnectAccountActivities(deps),
          ...createSyncConnectionActivities(deps),
          ...createSyncStreamActivities(deps),
          ...createRefreshOrdersActivities(deps),
          ...createRevokeConnectionActivities(deps),
          ...createRenewAuthorisationActivities(deps),
          ...createReconcileAuthorisationsActivities(deps),
          ...createReconcileObligationsActivities(deps),
          ...createPurgeExpiredActivities(deps),
        },
        reconcile: async () => {
          await starter.reconcileObligations();
          await starter.reconcileAuthorisations();
          await starter.purgeExpired(clock.now().toISOString().slice(0, 10));
        },
      });
  opened.defer(() => working?.close());
  const consumer = createEventConsumer({
    ...deps,
    webhooks: tiktok.webhooks,
    onOrdersChanged: (id, changed) => starter.ordersChanged(id, changed),
    onProductsChanged: (id) => starter.refresh(id, productStreams),
  });
  const events = folder.paused
    ? undefined
    : await startEventLoop({ registry, consumer, clock, log });
  opened.defer(() => events?.close());

  const closing = opened.move();
  return {
    starter,
    isWorking: () => folder.paused || (working?.isWorking() ?? false),
    async ping() {
      await link.connection.workflowService.getSystemInfo({});
    },
    async renew() {
      await working?.renew().catch(() => {}); // The reconciler's next minute tries again.
    },
    close: () => closing.disposeAsync(),
  };
}

/** Where an error was thrown; its text may quote what it failed on. */
function placeOf(error: unknown): string[] {
  const lines = error instanceof Error ? (error.stack ?? '').split('\n') : [];
  return lines.filter((line) => line.startsWith('    at ')).map((line) => line.trim());
}
