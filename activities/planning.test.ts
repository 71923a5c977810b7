import { expect, test } from 'vitest';
import { streams } from '../policy/streams/index.ts';
import type { WindowRecord } from '../registry/registry.ts';
import { type Calendar, dueWindows } from './planning.ts';

const calendar: Calendar = {
  now: new Date('2026-11-24T12:00:00Z'),
  timeZone: 'UTC',
  accountToday: '2026-11-24',
  accountHour: 12,
  accountCreatedOn: null,
  attributionDays: 7,
  backfillDays: 10,
  backfillHourDays: 1,
};
const stream = streams.ads_reports_daily;
const record = (
  day: string,
  state: WindowRecord['state'],
  priority: WindowRecord['priority'],
): WindowRecord => ({
  ...{ stream: stream.name, from: day, to: day, state, priority },
  ...(state === 'loaded'
    ? { completeness: 'verified', rows: 1, pulledAt: calendar.now }
    : { completeness: null, rows: null, pulledAt: null }),
  error: state === 'failed' ? 'TIKTOK_UNAVAILABLE' : null,
});

test('a range that a person asked for comes after fresh data and before the backfill, until it is loaded', () => {
  const due = dueWindows(calendar, stream, [
    record('2025-05-01', 'planned', 4),
    record('2025-05-02', 'failed', 4),
    record('2025-05-03', 'loaded', 4),
    record('2026-11-20', 'planned', 1),
  ]);
  expect(due.map(({ from, priority }) => [from, priority])).toEqual([
    ['2026-11-20', 1],
    ['2026-11-17', 3],
    ['2025-05-02', 4],
    ['2025-05-01', 4],
    ['2026-11-14', 5],
  ]);
});
