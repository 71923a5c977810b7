/** What is due, from the policy's rules, the account's calendar and the registry's copy of what is loaded. */
import type { Clock } from '../policy/clock.ts';
import { accountTime } from '../policy/days.ts';
import type { Stream } from '../policy/stream.ts';
import {
  type LoadedWindow,
  nextDueAt,
  type PlanInput,
  type PlannedWindow,
  planWindows,
  type Window,
} from '../policy/windows.ts';
import type { Connection, WindowRecord } from '../registry/registry.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';

export interface PlanningDeps {
  readonly warehouse: Pick<Warehouse, 'account' | 'attributionDays'>;
  readonly clock: Clock;
  /** How far back days and hours are pulled. */
  readonly backfillDays: number;
  readonly backfillHourDays: number;
}

/** All of a plan that is not of one stream. */
export type Calendar = Omit<PlanInput, 'stream' | 'loaded'> & { readonly timeZone: string };

/** Of an account whose zone is not known yet only what is pulled whole can be planned; UTC serves for that. */
export async function readCalendar(
  { warehouse, clock, backfillDays, backfillHourDays }: PlanningDeps,
  connection: Connection,
): Promise<Calendar> {
  const now = clock.now();
  const timeZone = connection.timeZone ?? 'UTC';
  // Of a shop it is known from the beginning, and its days are UTC's.
  const isAds = connection.platform === 'tiktok-ads';
  const account = isAds ? await warehouse.account(connection.id) : undefined;
  const { day, hour } = accountTime(now, timeZone);
  return {
    now,
    timeZone,
    accountToday: day,
    accountHour: hour,
    accountCreatedOn: account ? accountTime(account.createdAt, timeZone).day : null,
    attributionDays: isAds ? await warehouse.attributionDays(connection.id) : null,
    backfillDays,
    backfillHourDays,
  };
}

/** What a person asked for and what the rules say, best first. A range that failed stays asked for. */
export function dueWindows(
  calendar: Calendar,
  stream: Stream,
  records: readonly WindowRecord[],
): PlannedWindow[] {
  const asked = records
    .filter(
      ({ state, priority }) =>
        (state === 'planned' && priority === 1) || (state !== 'loaded' && priority === 4),
    )
    .map(({ from, to, priority }) => ({ from, to, priority }));
  const known = new Set(asked.map(windowKey));
  const ruled = planWindows({ ...calendar, stream, loaded: loadedOf(records) });
  const all = [...asked, ...ruled.filter((window) => !known.has(windowKey(window)))];
  return all.sort((one, other) => one.priority - other.priority || (one.to < other.to ? 1 : -1));
}

export const nextDue = (
  calendar: Calendar,
  stream: Stream,
  records: readonly WindowRecord[],
): Date | null => nextDueAt({ ...calendar, stream, loaded: loadedOf(records) });

/** What changes hourly, as if nothing were loaded: today and the three days before, or the whole. */
export function freshWindows(calendar: Calendar, stream: Stream): PlannedWindow[] {
  const fresh = { ...calendar, backfillDays: 3, backfillHourDays: 3 };
  const windows = planWindows({ ...fresh, stream, loaded: [] });
  return windows.map((window) => ({ ...window, priority: 1 }));
}

export const windowKey = ({ from, to }: Window): string => `${from}/${to}`;

/** A window that is planned again keeps the figures of its last load. */
function loadedOf(records: readonly WindowRecord[]): LoadedWindow[] {
  return records.flatMap(({ from, to, pulledAt, completeness }) =>
    pulledAt !== null && completeness !== null ? [{ from, to, pulledAt, completeness }] : [],
  );
}
