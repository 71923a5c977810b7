/**
 * Which windows a stream owes: newest first, in the account's time zone, never across its calendar year.
 * Pure date arithmetic on `YYYY-MM-DD`; the account's "today" comes from an activity.
 */
import { addDays, dayNumber, dayOfNumber } from './days.ts';
import type { Stream } from './stream.ts';

/** Both ends inclusive, days of the account's time zone. */
export interface Window {
  readonly from: string;
  readonly to: string;
}

/** The window of a stream that is always pulled whole (listings, lifetime reports). */
export const wholeWindow: Window = { from: '0001-01-01', to: '9999-12-31' };

/** 1 a person waits, 2 a webhook, 3 fresh data, 4 a range that a person asked for, 5 backfill. */
export type Priority = 1 | 2 | 3 | 4 | 5;

export interface PlannedWindow extends Window {
  readonly priority: Priority;
}

export interface LoadedWindow extends Window {
  readonly pulledAt: Date;
  readonly completeness: 'verified' | 'counted' | 'moving' | 'unverifiable';
}

export interface PlanInput {
  readonly stream: Pick<Stream, 'load' | 'time' | 'windowDaysMax' | 'settles'>;
  /** `accountTime(now, timeZone)`. */
  readonly accountToday: string;
  readonly accountHour: number;
  /** No window begins before it; null when unknown. */
  readonly accountCreatedOn: string | null;
  /** How far back days and hours are pulled: 400 and 90 unless a person asks for more. */
  readonly backfillDays: number;
  readonly backfillHourDays: number;
  /** Longest click attribution window of the account; null when unknown. */
  readonly attributionDays: number | null;
  readonly now: Date;
  /** What is loaded already; of windows that overlap the newest pull counts, day by day. */
  readonly loaded: readonly LoadedWindow[];
}

const hourMs = 3_600_000;

/** The last days change each hour, and yesterday once more after TikTok's repair at 12:00 UTC. */
const hourlyAgeMax = 3;
/** Corrections of invalid traffic come within days. */
const dailyAgeMax = 7;
/** TikTok's longest click attribution window. */
const attributionDaysMax = 28;
/** The last conversion, up to 16 hours of delay, and the repair at noon UTC in the zone furthest ahead. */
const settleMarginDays = 3;
/** What TikTok shows late of a day that is over. */
const settledMarginHours = 1;
/** A moving window is redone soon, and not at once: what moved it is probably still moving. */
const movingRedoMs = 5 * 60_000;
const listingIntervalMs = hourMs;
const lifetimeIntervalMs = 24 * hourMs;

/** The windows that are due, in the order to pull. */
export function planWindows(input: PlanInput): PlannedWindow[] {
  const due = dueTimes(input).filter((one) => one.dueAtMs <= input.now.getTime());
  if (input.stream.windowDaysMax === null) {
    return due.map(({ priority }) => ({ ...wholeWindow, priority }));
  }
  return merge(due, input.stream.windowDaysMax);
}

/** The windows of a range that a person asks for, newest first; none of what is always pulled whole. */
export function rangeWindows(
  { windowDaysMax }: Pick<Stream, 'windowDaysMax'>,
  { from, to }: Window,
): PlannedWindow[] {
  if (windowDaysMax === null) return [];
  const [first, last] = [dayNumber(from), dayNumber(to)];
  const days = Array.from({ length: last - first + 1 }, (_, back) => last - back);
  return merge(
    days.map((day) => ({ day, priority: 4 })),
    windowDaysMax,
  );
}

/** When the next window becomes due if nothing is loaded meanwhile; null when all that is known is due already. */
export function nextDueAt(input: PlanInput): Date | null {
  const later = dueTimes(input)
    .map((one) => one.dueAtMs)
    .filter((dueAtMs) => dueAtMs > input.now.getTime());
  return later.length === 0 ? null : new Date(Math.min(...later));
}

interface Due {
  readonly day: number;
  readonly dueAtMs: number;
  readonly priority: Priority;
}

/** Every day that can be owed, newest first, with the time since which it is or from which it will be. */
function dueTimes(input: PlanInput): Due[] {
  const { stream, now } = input;
  if (stream.windowDaysMax === null) {
    const interval = stream.load === 'entity' ? listingIntervalMs : lifetimeIntervalMs;
    const newest = newestOf(input.loaded);
    return [{ day: 0, dueAtMs: dueAfter(newest, interval) ?? 0, priority: 3 }];
  }
  const today = dayNumber(input.accountToday);
  const first = firstDay(input, today);
  const pulls = newestPulls(input.loaded, first, today);
  const due: Due[] = [];
  for (let day = today; day >= first; day -= 1) {
    const age = today - day;
    const dueAtMs = dueAfter(pulls.get(day), intervalMs(age, input, pulls.get(day), now));
    const priority = age <= dailyAgeMax ? 3 : 5;
    if (dueAtMs !== null) due.push({ day, dueAtMs, priority });
  }
  return due;
}

function firstDay({ stream, accountCreatedOn, ...input }: PlanInput, today: number): number {
  const back = stream.time?.grain === 'hour' ? input.backfillHourDays : input.backfillDays;
  const created =
    accountCreatedOn === null ? Number.NEGATIVE_INFINITY : dayNumber(accountCreatedOn);
  return Math.max(created, today - back);
}

/** How old a pull of a day of that age may become; null when it stays good for ever. */
function intervalMs(
  age: number,
  input: PlanInput,
  pull: LoadedWindow | undefined,
  now: Date,
): number | null {
  const { settles } = input.stream;
  if (settles !== undefined) return settlingIntervalMs(settles, age, input, pull, now);
  if (age <= hourlyAgeMax) return hourMs;
  if (age <= dailyAgeMax) return 24 * hourMs;
  const settledAge =
    Math.max(input.attributionDays ?? attributionDaysMax, dailyAgeMax) + settleMarginDays;
  if (age < settledAge) return 7 * 24 * hourMs;
  return lastPullMs(settledAge * 24, age, input, pull, now);
}

/** Of days that settle at a known age: today's by the minute, later ones by the day. */
function settlingIntervalMs(
  { days, pollMinutes }: NonNullable<Stream['settles']>,
  age: number,
  input: PlanInput,
  pull: LoadedWindow | undefined,
  now: Date,
): number | null {
  if (age === 0) return pollMinutes * 60_000;
  if (age <= days) return 24 * hourMs;
  return lastPullMs((days + 1) * 24 + settledMarginHours, age, input, pull, now);
}

/** Settled: one last pull is owed, unless the newest one was made after that already. */
function lastPullMs(
  settledHours: number,
  age: number,
  input: PlanInput,
  pull: LoadedWindow | undefined,
  now: Date,
): number | null {
  if (pull === undefined) return null;
  // Whole hours, as the account's hour is: else a pull soon after midnight would seem to be of the day before.
  const hoursSincePull = Math.floor((now.getTime() - pull.pulledAt.getTime()) / hourMs);
  const hoursOldAtPull = age * 24 + input.accountHour - hoursSincePull;
  if (hoursOldAtPull >= settledHours) return null;
  return Math.max(0, settledHours - hoursOldAtPull) * hourMs;
}

/** Milliseconds since 1970 at which it is due; 0 for what was never pulled, null for never again. */
function dueAfter(pull: LoadedWindow | undefined, interval: number | null): number | null {
  if (pull === undefined) return 0;
  const moving = pull.completeness === 'moving' ? movingRedoMs : null;
  const wait =
    interval === null || moving === null ? (interval ?? moving) : Math.min(interval, moving);
  return wait === null ? null : pull.pulledAt.getTime() + wait;
}

function newestOf(loaded: readonly LoadedWindow[]): LoadedWindow | undefined {
  return loaded.reduce<LoadedWindow | undefined>(
    (newest, one) => (newest && newest.pulledAt >= one.pulledAt ? newest : one),
    undefined,
  );
}

function newestPulls(
  loaded: readonly LoadedWindow[],
  first: number,
  last: number,
): Map<number, LoadedWindow> {
  const pulls = new Map<number, LoadedWindow>();
  for (const window of loaded) {
    const to = Math.min(dayNumber(window.to), last);
    for (let day = Math.max(dayNumber(window.from), first); day <= to; day += 1) {
      const known = pulls.get(day);
      if (known === undefined || known.pulledAt < window.pulledAt) pulls.set(day, window);
    }
  }
  return pulls;
}

/** Neighbouring days become one window: of one priority, one year, and no longer than TikTok allows. */
function merge(due: readonly Pick<Due, 'day' | 'priority'>[], daysMax: number): PlannedWindow[] {
  const windows: PlannedWindow[] = [];
  let last: { from: number; to: number; priority: Priority } | undefined;
  for (const { day, priority } of due) {
    const joins =
      last !== undefined &&
      last.from === day + 1 &&
      last.priority === priority &&
      last.to - day < daysMax &&
      yearOf(day) === yearOf(last.to);
    if (joins && last !== undefined) {
      last.from = day;
      continue;
    }
    if (last !== undefined) windows.push(planned(last));
    last = { from: day, to: day, priority };
  }
  if (last !== undefined) windows.push(planned(last));
  return windows;
}

const yearOf = (day: number): string => dayOfNumber(day).slice(0, 4);

const planned = (one: { from: number; to: number; priority: Priority }): PlannedWindow => ({
  from: dayOfNumber(one.from),
  to: dayOfNumber(one.to),
  priority: one.priority,
});

/** Two halves, newest first; none when the window is a single day or the whole. */
export function halve(window: Window): readonly Window[] {
  const days = dayNumber(window.to) - dayNumber(window.from) + 1;
  if (days < 2 || window.from === wholeWindow.from) return [];
  const middle = addDays(window.from, Math.ceil(days / 2));
  return [
    { from: middle, to: window.to },
    { from: window.from, to: addDays(middle, -1) },
  ];
}

/** Rows from which an asynchronous report costs fewer calls than pages: 50 pages of 1,000. */
export const taskRowsMin = 50_000;
