import type { TikTokAdsClient } from '../connectors/tiktok-ads/client.ts';
import { scopeGranted } from '../policy/scopes.ts';
import { streams } from '../policy/streams/index.ts';
import type { PlannedWindow } from '../policy/windows.ts';
import type { Connection, Registry, WindowRecord } from '../registry/registry.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import type { WorkflowStarter } from '../workflows/starter.ts';
import type {
  ConnectionReading,
  StreamReading,
  SyncConnectionActivities,
} from '../workflows/sync-connection/contract.ts';
import { guarded, type UnexpectedErrorLog } from './failures.ts';
import {
  dueWindows,
  freshWindows,
  nextDue,
  type PlanningDeps,
  readCalendar,
  windowKey,
} from './planning.ts';
import { callForConnection, findConnection, type TikTokCallDeps } from './tiktok-call.ts';

export interface SyncConnectionDeps extends TikTokCallDeps, PlanningDeps {
  readonly registry: Registry;
  readonly warehouse: Pick<Warehouse, 'coverage'> & PlanningDeps['warehouse'];
  readonly client: Pick<TikTokAdsClient, 'listAdvertisers'>;
  readonly starter: Pick<WorkflowStarter, 'revokeConnection'>;
  readonly log?: UnexpectedErrorLog;
}

/** Timers only wake; none sleeps longer than this. */
const sleepMsMax = 3_600_000;
const sleepMsMin = 1_000;
/** An authorisation that TikTok dropped may be given again; its data are erased after three days if not. */
const deadEraseAfterMs = 72 * 3_600_000;

export function createSyncConnectionActivities(deps: SyncConnectionDeps): SyncConnectionActivities {
  const { registry, warehouse, clock } = deps;
  return guarded<SyncConnectionActivities>(
    {
      async rebuildWindows({ connectionId }) {
        await registry.windows.rebuild(connectionId, await warehouse.coverage(connectionId));
      },

      readConnection: ({ connectionId }) => readConnection(deps, connectionId),

      async planRefresh({ connectionId, streams: asked }) {
        const connection = await findConnection(registry, connectionId);
        const calendar = await readCalendar(deps, connection);
        for (const stream of Object.values(streams)) {
          if (asked !== null && !asked.includes(stream.name)) continue;
          await registry.windows.plan(connectionId, stream.name, freshWindows(calendar, stream));
        }
      },

      setPaused: ({ connectionId, paused }) =>
        registry.connections.setState(connectionId, paused ? 'paused' : 'active'),

      async restrictConnection({ connectionId, epoch }) {
        const { epoch: present } = await findConnection(registry, connectionId);
        if (present !== epoch) return;
        const eraseDueAt = new Date(clock.now().getTime() + deadEraseAfterMs);
        await registry.fence.revoke(connectionId, { cause: 'authorisation-dead', eraseDueAt });
        await deps.starter.revokeConnection(connectionId);
      },

      checkAuthorisation: (input) =>
        callForConnection(deps, input, async ({ accessToken, connection, signal }) => {
          const accounts = await deps.client.listAdvertisers(accessToken, signal);
          const { accountId } = connection;
          return { granted: accounts.some(({ advertiserId }) => advertiserId === accountId) };
        }),
    },
    deps.log,
  );
}

async function readConnection(
  deps: SyncConnectionDeps,
  connectionId: string,
): Promise<ConnectionReading> {
  const { registry } = deps;
  const connection = await describe(deps, await registry.connections.find(connectionId));
  if (connection === undefined || !['active', 'paused'].includes(connection.state)) {
    const epoch = connection?.epoch ?? 0;
    return { state: 'ended', epoch, timeZone: null, streams: [], nextDueInMs: sleepMsMax };
  }
  const authorisation = await registry.authorisations.find(connection.authorisationId);
  const calendar = await readCalendar(deps, connection);
  const records = Map.groupBy(await registry.windows.list(connectionId), (one) => one.stream);
  const readings: StreamReading[] = [];
  let wakeAtMs = calendar.now.getTime() + sleepMsMax;
  for (const stream of Object.values(streams)) {
    const known: readonly WindowRecord[] = records.get(stream.name) ?? [];
    const authorised = scopeGranted(stream.scope, authorisation?.scopes ?? []);
    const plannable = connection.timeZone !== null || stream.windowDaysMax === null;
    const due = authorised && plannable ? dueWindows(calendar, stream, known) : [];
    await replan(registry, connectionId, stream.name, known, due);
    wakeAtMs = Math.min(wakeAtMs, nextDue(calendar, stream, known)?.getTime() ?? wakeAtMs);
    readings.push({ stream: stream.name, authorised, priority: due[0]?.priority ?? null });
  }
  return {
    state: connection.state === 'paused' ? 'paused' : 'active',
    epoch: connection.epoch,
    timeZone: connection.timeZone,
    streams: readings,
    nextDueInMs: Math.max(sleepMsMin, wakeAtMs - calendar.now.getTime()),
  };
}

/** Windows slide with the days: what was planned and is not due in that form any more gives way to what is. */
async function replan(
  registry: Registry,
  connectionId: string,
  stream: string,
  known: readonly WindowRecord[],
  due: readonly PlannedWindow[],
): Promise<void> {
  if (due.length > 0) await registry.windows.plan(connectionId, stream, due);
  const wanted = new Set(due.map(windowKey));
  const kept = due[0] ?? known.find(({ state }) => state === 'loaded');
  if (kept === undefined) return;
  const stale = known.filter((one) => one.pulledAt === null && !wanted.has(windowKey(one)));
  for (const { from, to } of stale) {
    await registry.windows.split(connectionId, stream, { from, to }, [
      { from: kept.from, to: kept.to },
    ]);
  }
}

/** Zone and currency come with the account's own stream; from then on the registry knows them. */
async function describe(
  { registry, warehouse }: SyncConnectionDeps,
  connection: Connection | undefined,
): Promise<Connection | undefined> {
  if (connection === undefined || connection.timeZone !== null) return connection;
  const account = await warehouse.account(connection.id);
  if (account === undefined) return connection;
  const { timeZone, currency } = account;
  await registry.connections.describe(connection.id, { timeZone, currency });
  return { ...connection, timeZone, currency };
}
