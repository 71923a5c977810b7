/**
 * Properties of the plan over arbitrary days, zones and histories of loads. Not modelled: failed pulls, which leave
 * no trace in what is loaded and are therefore planned again.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { accountTime, addDays, dayNumber, dayOfNumber } from './days.ts';
import { streamByName } from './streams/index.ts';
import {
  halve,
  type LoadedWindow,
  nextDueAt,
  type PlanInput,
  planWindows,
  rangeWindows,
  type Window,
  wholeWindow,
} from './windows.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const daily = streamByName('ads_reports_daily')!;
const hourly = streamByName('ads_reports_hourly')!;
const listing = streamByName('ads')!;
const lifetime = streamByName('ads_reports_lifetime')!;

function input(now: Date, zone: string, more: Partial<PlanInput> = {}): PlanInput {
  const { day, hour } = accountTime(now, zone);
  return {
    stream: daily,
    accountToday: day,
    accountHour: hour,
    accountCreatedOn: null,
    backfillDays: 400,
    backfillHourDays: 90,
    attributionDays: null,
    now,
    loaded: [],
    ...more,
  };
}

/** Oldest first. */
const daysOf = ({ from, to }: Window): string[] => {
  const days = dayNumber(to) - dayNumber(from) + 1;
  return Array.from({ length: days }, (_, index) => addDays(from, index));
};

const instants = fc.date({
  min: new Date('2023-01-01T00:00:00Z'),
  max: new Date('2033-01-01T00:00:00Z'),
  noInvalidDate: true,
});
/** Every UTC offset of whole hours, and every zone with its changes. */
const zones = fc.oneof(
  fc.integer({ min: -14, max: 12 }).map((hours) => `Etc/GMT${hours < 0 ? '' : '+'}${hours}`),
  fc.constantFrom(...Intl.supportedValuesOf('timeZone')),
);
/** Loads of the last 500 days, some of them overlapping. */
const loads = fc.array(
  fc.record({
    ageOfEnd: fc.integer({ min: 0, max: 450 }),
    days: fc.integer({ min: 1, max: 60 }),
    pulledHoursAgo: fc.integer({ min: 0, max: 12_000 }),
    completeness: fc.constantFrom('verified', 'counted', 'moving', 'unverifiable'),
  }),
  { maxLength: 8 },
);
const inputs = fc
  .record({
    now: instants,
    zone: zones,
    stream: fc.constantFrom(daily, hourly),
    backfillDays: fc.integer({ min: 0, max: 900 }),
    backfillHourDays: fc.integer({ min: 0, max: 120 }),
    createdDaysAgo: fc.option(fc.integer({ min: 0, max: 1000 })),
    attributionDays: fc.option(fc.constantFrom(0, 1, 7, 14, 28)),
    loads,
  })
  .map(({ now, zone, createdDaysAgo, loads: some, ...more }) => {
    const today = accountTime(now, zone).day;
    const loaded = some.map(({ ageOfEnd, days, pulledHoursAgo, completeness }): LoadedWindow => {
      const to = addDays(today, -ageOfEnd);
      const pulledAt = new Date(now.getTime() - pulledHoursAgo * hourMs);
      return { from: addDays(to, 1 - days), to, pulledAt, completeness };
    });
    const accountCreatedOn = createdDaysAgo === null ? null : addDays(today, -createdDaysAgo);
    return input(now, zone, { ...more, accountCreatedOn, loaded });
  });

const firstDay = (plan: PlanInput): string => {
  const back = plan.stream === hourly ? plan.backfillHourDays : plan.backfillDays;
  const first = addDays(plan.accountToday, -back);
  const created = plan.accountCreatedOn ?? first;
  return created > first ? created : first;
};
const newestPull = (plan: PlanInput, day: string): number =>
  Math.max(
    ...plan.loaded
      .filter(({ from, to }) => from <= day && day <= to)
      .map(({ pulledAt }) => pulledAt.getTime()),
  );

describe('every plan', () => {
  test('has windows of allowed length in one year, newest first, none overlapping', () => {
    fc.assert(
      fc.property(inputs, (plan) => {
        const windows = planWindows(plan);
        windows.forEach(({ from, to }, index) => {
          expect(from <= to && from >= firstDay(plan) && to <= plan.accountToday).toBe(true);
          expect(from.slice(0, 4)).toBe(to.slice(0, 4));
          expect(dayNumber(to) - dayNumber(from)).toBeLessThan(plan.stream.windowDaysMax!);
          const before = windows[index - 1];
          if (before !== undefined) expect(to < before.from).toBe(true);
        });
      }),
    );
  });

  test('covers all that was never loaded, and leaves out what was just loaded', () => {
    fc.assert(
      fc.property(inputs, (plan) => {
        const planned = new Set(planWindows(plan).flatMap(daysOf));
        for (let day = plan.accountToday; day >= firstDay(plan); day = addDays(day, -1)) {
          const pulledAt = newestPull(plan, day);
          if (pulledAt === Number.NEGATIVE_INFINITY) expect(planned.has(day), day).toBe(true);
          if (pulledAt === plan.now.getTime()) expect(planned.has(day), day).toBe(false);
        }
      }),
    );
  });

  test('is empty once it is carried out, and says when that ends', () => {
    fc.assert(
      fc.property(inputs, (plan) => {
        const loaded = planWindows(plan).map(
          (window): LoadedWindow => ({ ...window, pulledAt: plan.now, completeness: 'verified' }),
        );
        const done = { ...plan, loaded: [...plan.loaded, ...loaded] };
        expect(planWindows(done)).toEqual([]);
        const next = nextDueAt(done);
        expect(next!.getTime()).toBeGreaterThan(plan.now.getTime());
        expect(next!.getTime()).toBeLessThanOrEqual(plan.now.getTime() + hourMs);
      }),
    );
  });
});

describe('fresh days', () => {
  const now = new Date('2026-11-24T10:00:00Z');
  const loadedAll = (pulledAt: Date, from = '2020-01-01'): LoadedWindow[] => [
    { from, to: '2026-11-24', pulledAt, completeness: 'counted' },
  ];
  const dueAfter = (ms: number, more: Partial<PlanInput> = {}) =>
    planWindows(input(now, 'UTC', { loaded: loadedAll(new Date(now.getTime() - ms)), ...more }));

  test('today, yesterday and two days before: after an hour', () => {
    expect(dueAfter(hourMs - 1)).toEqual([]);
    expect(dueAfter(hourMs)).toEqual([{ from: '2026-11-21', to: '2026-11-24', priority: 3 }]);
  });

  test('seven days: after a day', () => {
    // And the day whose attribution window has just closed.
    expect(dueAfter(dayMs)).toEqual([
      { from: '2026-11-17', to: '2026-11-24', priority: 3 },
      { from: '2026-10-24', to: '2026-10-24', priority: 5 },
    ]);
  });

  test('the longest click attribution window: after a week; 28 days when unknown', () => {
    const week = dueAfter(7 * dayMs);
    expect(week[0]).toEqual({ from: '2026-11-17', to: '2026-11-24', priority: 3 });
    expect(week.at(-1)).toMatchObject({ to: '2026-11-16', priority: 5 });
    expect(week.at(-1)!.from <= '2026-10-27').toBe(true);
    const shorter = dueAfter(7 * dayMs, { attributionDays: 7 });
    expect(shorter.at(-1)!.from > '2026-11-05').toBe(true);
  });

  test('a day whose window has closed is pulled once more, and then never again', () => {
    const pullsOf = (day: string): number => {
      let pulls = 0;
      let loaded: LoadedWindow[] = [];
      // The hub looks every seventh hour for 120 days.
      for (
        let at = Date.parse(`${day}T05:00:00Z`);
        at < Date.parse(day) + 120 * dayMs;
        at += 7 * hourMs
      ) {
        const plan = input(new Date(at), 'UTC', { loaded, backfillDays: 200 });
        if (!planWindows(plan).flatMap(daysOf).includes(day)) continue;
        pulls += 1;
        loaded = [{ from: day, to: day, pulledAt: new Date(at), completeness: 'counted' }];
      }
      expect(loaded[0]!.pulledAt.getTime()).toBeGreaterThan(Date.parse(day) + 30 * dayMs);
      expect(loaded[0]!.pulledAt.getTime()).toBeLessThan(Date.parse(day) + 40 * dayMs);
      return pulls;
    };
    expect(pullsOf('2026-03-10')).toBeLessThan(30);
  });

  test('a last pull counts at any minute of its day, the first hour included', () => {
    const midnight = Date.parse('2026-11-24T00:00:00Z');
    const minute = fc.integer({ min: 0, max: 24 * 60 - 1 });
    const attributionDays = 28;
    fc.assert(
      fc.property(minute, minute, (one, other) => {
        const pulledAt = new Date(midnight + Math.min(one, other) * 60_000);
        const later = new Date(midnight + Math.max(one, other) * 60_000);
        const plan = input(later, 'UTC', { attributionDays, loaded: loadedAll(pulledAt) });
        expect(planWindows(plan).flatMap(daysOf)).not.toContain('2026-10-24');
      }),
    );
  });

  test('after a long silence nothing that changed meanwhile is left as it was', () => {
    const pulledAt = new Date('2026-10-01T00:00:00Z');
    const planned = planWindows(input(now, 'UTC', { loaded: loadedAll(pulledAt) })).flatMap(daysOf);
    expect(planned).toEqual(expect.arrayContaining(['2026-09-02', '2026-09-30', '2026-10-20']));
    expect(planned).not.toContain('2026-08-20');
  });

  test('a moving window is redone, though not at once', () => {
    const moved = (minutesAgo: number): LoadedWindow => ({
      from: '2025-12-01',
      to: '2025-12-02',
      pulledAt: new Date(now.getTime() - minutesAgo * 60_000),
      completeness: 'moving',
    });
    const more = { backfillDays: 358 };
    const all = loadedAll(now, '2025-12-03');
    const at = (minutesAgo: number) =>
      planWindows(input(now, 'UTC', { ...more, loaded: [...all, moved(minutesAgo)] }));
    expect(at(4)).toEqual([]);
    expect(at(5)).toEqual([{ from: '2025-12-01', to: '2025-12-02', priority: 5 }]);
  });

  test('backfill follows what is fresh, and stops at the year', () => {
    const january = input(new Date('2025-01-10T05:00:00Z'), 'UTC', { backfillDays: 40 });
    expect(planWindows(january)).toEqual([
      { from: '2025-01-03', to: '2025-01-10', priority: 3 },
      { from: '2025-01-01', to: '2025-01-02', priority: 5 },
      { from: '2024-12-02', to: '2024-12-31', priority: 5 },
      { from: '2024-12-01', to: '2024-12-01', priority: 5 },
    ]);
  });
});

describe('wholes', () => {
  const now = new Date('2026-11-24T10:00:00Z');
  const due = (stream: PlanInput['stream'], ms: number | null) => {
    const pulledAt = new Date(now.getTime() - (ms ?? 0));
    const loaded =
      ms === null ? [] : [{ ...wholeWindow, pulledAt, completeness: 'counted' as const }];
    return planWindows(input(now, 'UTC', { stream, loaded }));
  };

  test('listings are due each hour, lifetime reports each day', () => {
    const whole = [{ ...wholeWindow, priority: 3 }];
    expect(due(listing, null)).toEqual(whole);
    expect(due(listing, hourMs - 1)).toEqual([]);
    expect(due(listing, hourMs)).toEqual(whole);
    expect(due(lifetime, 23 * hourMs)).toEqual([]);
    expect(due(lifetime, dayMs)).toEqual(whole);
  });
});

describe('halves', () => {
  test('cover the window without a gap, newest first', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 400 }), (days) => {
        const window = { from: '2027-12-01', to: addDays('2027-12-01', days - 1) };
        const [newer, older] = halve(window);
        expect([...daysOf(older!), ...daysOf(newer!)]).toEqual(daysOf(window));
      }),
    );
  });

  test('one day and the whole have none', () => {
    expect(halve({ from: '2026-01-01', to: '2026-01-01' })).toEqual([]);
    expect(halve(wholeWindow)).toEqual([]);
  });
});

describe('days that settle at a known age', () => {
  const orders = streamByName('shop_orders')!;
  const statements = streamByName('shop_statements')!;
  const now = new Date('2026-03-10T10:30:00Z');
  const loadedAt = (from: string, to: string, pulledAt: string): LoadedWindow => ({
    ...{ from, to, completeness: 'counted' },
    pulledAt: new Date(pulledAt),
  });
  const plan = (stream: typeof orders, loaded: LoadedWindow[]) =>
    input(now, 'UTC', { stream, loaded, backfillDays: 3 });

  test('all are owed once, newest first', () => {
    expect(planWindows(plan(orders, []))).toEqual([
      { from: '2026-03-07', to: '2026-03-10', priority: 3 },
    ]);
  });

  test('today is asked for by the minute, a day that ended once more, older ones never', () => {
    const before = loadedAt('2026-03-07', '2026-03-09', '2026-03-10T01:00:00Z');
    const fresh = loadedAt('2026-03-10', '2026-03-10', '2026-03-10T10:25:00Z');
    expect(planWindows(plan(orders, [before, fresh]))).toEqual([]);
    expect(nextDueAt(plan(orders, [before, fresh]))).toEqual(new Date('2026-03-10T10:35:00Z'));
    const early = loadedAt('2026-03-07', '2026-03-09', '2026-03-09T23:59:00Z');
    expect(planWindows(plan(orders, [early, fresh]))).toEqual([
      { from: '2026-03-09', to: '2026-03-09', priority: 3 },
    ]);
  });

  test('until then a day is asked for daily', () => {
    const loaded = loadedAt('2026-03-07', '2026-03-10', '2026-03-09T10:00:00Z');
    expect(planWindows(plan(statements, [loaded]))).toEqual([
      { from: '2026-03-07', to: '2026-03-10', priority: 3 },
    ]);
    const recent = loadedAt('2026-03-07', '2026-03-10', '2026-03-10T10:00:00Z');
    expect(planWindows(plan(statements, [recent]))).toEqual([]);
  });
});

test('a range that a person asks for: each day once, newest first, no window too long or across a year', () => {
  const day = fc.integer({ min: dayNumber('2023-01-01'), max: dayNumber('2026-11-24') });
  fc.assert(
    fc.property(day, fc.integer({ min: 0, max: 500 }), (last, back) => {
      const range = { from: dayOfNumber(last - back), to: dayOfNumber(last) };
      const windows = rangeWindows(daily, range);
      const days = windows.flatMap(({ from, to }) => {
        expect(from.slice(0, 4)).toBe(to.slice(0, 4));
        expect(dayNumber(to) - dayNumber(from)).toBeLessThan(daily.windowDaysMax!);
        return Array.from(
          { length: dayNumber(to) - dayNumber(from) + 1 },
          (_, i) => dayNumber(to) - i,
        );
      });
      expect(days).toEqual(Array.from({ length: back + 1 }, (_, i) => last - i));
    }),
  );
  expect(rangeWindows(listing, { from: '2026-01-01', to: '2026-02-01' })).toEqual([]);
});
