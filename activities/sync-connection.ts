import { isGranted, pulledStreams } from '../policy/streams/index.ts';
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
import { type GrantedAccountsDeps, grantedAccounts } from './granted-accounts.ts';
import {
  dueWindows,
  freshWindows,
  nextDue,
  type PlanningDeps,
  readCalendar,
  windowKey,
} from './planning.ts';
import { restrictDead } from './restrict-dead.ts';
import { findConnection } from './tiktok-call.ts';

export interface SyncConnectionDeps extends GrantedAccountsDeps, PlanningDeps {
  readonly registry: Registry;
  readonly warehouse: Pick<Warehouse, 'coverage' | 'create' | 'discardLanded'> &
    PlanningDeps['warehouse'];
  readonly starter: Pick<WorkflowStarter, 'revokeConnection'>;
  readonly log?: UnexpectedErrorLog;
}

/** Timers only wake; none sleeps longer than this. */
const sleepMsMax = 3_600_000;
const sleepMsMin = 1_000;

export function createSyncConnectionActivities(deps: SyncConnectionDeps): SyncConnectionActivities {
  const { registry, warehouse } = deps;
  return guarded<SyncConnectionActivities>(
    {
      async rebuildWindows({ connectionId }) {
        // One that was opened a moment ago may have no file yet; what has loaded windows must have one.
        const known = await registry.windows.progress(connectionId);
        if (known.every(({ loaded }) => loaded === 0)) {
          const { platform } = await findConnection(registry, connectionId);
          await warehouse.create(connectionId, platform);
        }
        // Pulls that a lost workflow store has forgotten; a sync that begins has none under way.
        await warehouse.discardLanded(connectionId);
        await registry.windows.rebuild(connectionId, await warehouse.coverage(connectionId));
      },

      readConnection: ({ connectionId }) => readConnection(deps, connectionId),

      async planRefresh({ connectionId, streams: asked }) {
        const connection = await findConnection(registry, connectionId);
        const calendar = await readCalendar(deps, connection);
        const authorisation = await registry.authorisations.find(connection.authorisationId);
        for (const stream of pulledStreams(connection.platform)) {
          if (asked !== null && !asked.includes(stream.name)) continue;
          if (!isGranted(stream, authorisation?.scopes ?? [])) continue;
          await registry.windows.plan(connectionId, stream.name, freshWindows(calendar, stream));
        }
      },

      setPaused: ({ connectionId, paused }) =>
        registry.connections.setState(connectionId, paused ? 'paused' : 'active'),

      restrictConnection: (input) => restrictDead(deps, input),

      async checkAuthorisation(input) {
        const { accountId } = await findConnection(registry, input.connectionId);
        return { granted: (await grantedAccounts(deps, input)).has(accountId) };
      },
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
  for (const stream of pulledStreams(connection.platform)) {
    const known: readonly WindowRecord[] = records.get(stream.name) ?? [];
    const authorised = isGranted(stream, authorisation?.scopes ?? []);
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

/**
 * Writes the plan where it differs from what is written. Windows slide with the days: one that is not due in that
 * form any more gives way to what is, or is again what its last load made it.
 */
async function replan(
  { windows }: Registry,
  connectionId: string,
  stream: string,
  known: readonly WindowRecord[],
  due: readonly PlannedWindow[],
): Promise<void> {
  const records = new Map(known.map((record) => [windowKey(record), record]));
  const unwritten = due.filter((window) => {
    const record = records.get(windowKey(window));
    return record === undefined || record.state === 'loaded' || record.priority > window.priority;
  });
  if (unwritten.length > 0) await windows.plan(connectionId, stream, unwritten);
  const wanted = new Set(due.map(windowKey));
  const cover = due[0] ?? known.find(({ state }) => state === 'loaded');
  for (const record of known) {
    if (record.state === 'loaded' || wanted.has(windowKey(record))) continue;
    const { from, to, completeness, rows, pulledAt } = record;
    if (pulledAt !== null && completeness !== null && rows !== null) {
      const result = { completeness, rows, pulledAt };
      await windows.loaded(connectionId, stream, { from, to }, result);
    } else if (cover !== undefined) {
      const instead = [{ from: cover.from, to: cover.to }];
      await windows.split(connectionId, stream, { from, to }, instead);
    }
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
