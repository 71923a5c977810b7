/**
 * Goal: whatever a report is asked for, its rows are those of the truth, which is written a second
 * time. Method: random accounts (all zones, days with 23 and 25 hours among them), levels, splits,
 * ranges and instants; the truth's groups are the report's rows. Not modelled: ratios and reach,
 * which have no sums (see `writers.test.ts`).
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dayMs } from '../calendar.ts';
import type { ReportQuery, ReportRow, TruthGroup } from '../world.ts';
import { createGeneratedWorld } from './create-generated-world.ts';

const world = createGeneratedWorld({ seed: 11, accounts: 8, ads: 14, days: 70 });

const levels = {
  advertiser_id: 'AUCTION_ADVERTISER',
  campaign_id: 'AUCTION_CAMPAIGN',
  adgroup_id: 'AUCTION_ADGROUP',
  ad_id: 'AUCTION_AD',
} as const;
const times = { day: 'stat_time_day', hour: 'stat_time_hour', none: null } as const;
const splits: readonly (readonly TruthGroup[])[] = [
  [],
  ['country_code'],
  ['age', 'gender'],
  ['gender'],
  ['platform'],
  ['province_id'],
];
const metricNames = ['spend', 'impressions', 'conversion', 'video_views_p25', 'purchase', 'result'];

const questions = fc
  .record({
    account: fc.nat(world.accounts.length - 1),
    id: fc.constantFrom(...(Object.keys(levels) as (keyof typeof levels)[])),
    time: fc.constantFrom(...(Object.keys(times) as (keyof typeof times)[])),
    split: fc.constantFrom(...splits),
    fromDays: fc.nat(75),
    days: fc.nat(4),
    /** Now, in minutes around the start of the world's clock. */
    nowMinutes: fc.integer({ min: -40 * 1440, max: 40 * 1440 }),
    metrics: fc.subarray(metricNames, { minLength: 1 }),
  })
  .filter(
    ({ time, split }) => time !== 'hour' || split.length === 0 || split[0] === 'country_code',
  );
type Question = typeof questions extends fc.Arbitrary<infer T> ? T : never;

function queryOf(question: Question, now: Date): ReportQuery {
  const from = new Date(world.startsAt.getTime() - question.fromDays * dayMs);
  const to = new Date(from.getTime() + question.days * dayMs);
  const time = times[question.time];
  const audience = question.split.length > 0 && now.getTime() % 2 === 0 && question.time !== 'hour';
  return {
    advertiserId: world.accounts[question.account]!.advertiserId,
    reportType: audience || question.split[0]?.endsWith('_code') === false ? 'AUDIENCE' : 'BASIC',
    dataLevel: levels[question.id],
    dimensions: [question.id, ...(time ? [time] : []), ...question.split],
    metrics: question.metrics,
    from: from.toISOString().slice(0, 10),
    to: to.toISOString().slice(0, 10),
    lifetime: false,
    includeDeleted: true,
    newestAdsMax: null,
    mergeRepeatedHour: false,
  };
}

function nameOf(row: ReportRow, groupBy: readonly TruthGroup[]): string {
  const { stat_time_day: day, stat_time_hour: hour, ...others } = row.dimensions;
  const values: Record<string, string | undefined> = { ...others, day: day?.slice(0, 10), hour };
  return groupBy.map((name) => values[name]).join(' ');
}

/** Decimal texts of one metric have as many decimals each. */
function sum(texts: readonly unknown[]): string {
  const total = texts.reduce<bigint>(
    (all, text) => all + BigInt(String(text).replace('.', '')),
    0n,
  );
  return String(total);
}

function expectEqualsTruth(query: ReportQuery, groupBy: readonly TruthGroup[], now: Date): number {
  const answer = world.report(query, now);
  const rows = Map.groupBy(answer.rows(0, answer.total), (row) => nameOf(row, groupBy));
  const { advertiserId, reportType, from, to, metrics } = query;
  const truth = world.truth({ advertiserId, reportType, groupBy, from, to, metrics }, now);
  expect(rows.size).toBe(truth.length);
  for (const expected of truth) {
    const found = rows.get(groupBy.map((name) => expected.group[name]).join(' ')) ?? [];
    expect(found).toHaveLength(expected.rows);
    for (const metric of metrics) {
      const texts = found.map((row) => row.metrics[metric]);
      expect(sum(texts)).toBe(String(BigInt(expected.sums[metric]!.replace('.', ''))));
    }
  }
  return truth.length;
}

describe('a report', () => {
  test('equals the truth, whatever is asked', () => {
    let groups = 0;
    fc.assert(
      fc.property(questions, (question) => {
        const now = new Date(world.startsAt.getTime() + question.nowMinutes * 60_000);
        const ids = question.id === 'advertiser_id' ? [] : [question.id];
        const time = question.time === 'none' ? [] : [question.time];
        const groupBy = [...ids, ...time, ...question.split];
        groups += expectEqualsTruth(queryOf(question, now), groupBy, now);
      }),
      { numRuns: 300 },
    );
    expect(groups).toBeGreaterThan(1000);
  });

  test('of all time equals the truth without a range', () => {
    const now = world.startsAt;
    for (const { advertiserId } of world.accounts) {
      const query: ReportQuery = {
        ...queryOf(fc.sample(questions, { numRuns: 1, seed: 1 })[0]!, now),
        advertiserId,
        reportType: 'BASIC',
        dataLevel: 'AUCTION_CAMPAIGN',
        dimensions: ['campaign_id'],
        metrics: metricNames,
        from: null,
        to: null,
        lifetime: true,
      };
      expect(expectEqualsTruth(query, ['campaign_id'], now)).toBeGreaterThan(0);
    }
  });
});

describe('the repeated hour of autumn', () => {
  const berlin = world.accounts[1]!;
  const query: ReportQuery = {
    advertiserId: berlin.advertiserId,
    reportType: 'BASIC',
    dataLevel: 'AUCTION_ADVERTISER',
    dimensions: ['advertiser_id', 'stat_time_hour'],
    metrics: ['spend'],
    from: '2026-10-25',
    to: '2026-10-25',
    lifetime: false,
    includeDeleted: true,
    newestAdsMax: null,
    mergeRepeatedHour: false,
  };
  const repeated = (rows: readonly ReportRow[]) =>
    rows.filter((row) => row.dimensions.stat_time_hour === '2026-10-25 02:00:00');

  test('is two rows of one label, or one with the same sum', () => {
    expect(berlin.timeZone).toBe('Europe/Berlin');
    const apart = world.report(query, world.startsAt);
    const merged = world.report({ ...query, mergeRepeatedHour: true }, world.startsAt);
    const two = repeated(apart.rows(0, 100));
    const one = repeated(merged.rows(0, 100));
    expect(two).toHaveLength(2);
    expect(one).toHaveLength(1);
    expect(sum(two.map((row) => row.metrics.spend))).toBe(sum([one[0]!.metrics.spend]));
    expect(merged.total).toBe(apart.total - 1);
    expect(merged.totals()).toEqual(apart.totals());
  });
});
