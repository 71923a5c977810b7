/**
 * Goal: every field of the records is served as recorded. Method: the lines are read a second
 * time, as text.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createRecordedWorld } from './recorded.ts';
import type { ReportQuery } from './world.ts';

const fixtures = process.env.HUB_FIXTURES;
const folder = fixtures === undefined ? '' : join(fixtures, 'recorded-ads');
const found = existsSync(folder);

test('the recorded input is there in CI', () => {
  expect(found || process.env.CI !== 'true').toBe(true);
});

/** Whole numbers of 16 digits and more as text. */
function readRecords(name: string): Record<string, unknown>[] {
  return readFileSync(join(folder, `${name}.jsonl`), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line.replace(/: (\d{16,})/g, ': "$1"')));
}

// Skipped where HUB_FIXTURES names no folder with the recorded input, not part of the project.
describe.skipIf(!found)('the recorded world', () => {
  const world = found ? createRecordedWorld(folder) : null!;

  test('serves three accounts and starts just after the last record', () => {
    expect(world.accounts.map(({ record }) => record)).toEqual(readRecords('advertisers'));
    expect(world.accounts.map(({ timeZone }) => timeZone)).toEqual([
      'Europe/Moscow',
      'Europe/Istanbul',
      'Etc/GMT+8',
    ]);
    expect(world.startsAt.toISOString().slice(0, 10)).toBe('2022-03-31');
  });

  test.each([
    ['campaign', 'campaigns'],
    ['adgroup', 'ad_groups'],
    ['ad', 'ads'],
  ] as const)('serves every field of each %s', (level, file) => {
    const records = world.accounts.flatMap(({ advertiserId }) =>
      world.entities(level, advertiserId, world.startsAt).map(({ record }) => record),
    );
    const expected = readRecords(file);
    expect(expected.length).toBeGreaterThan(2);
    expect(records).toHaveLength(expected.length);
    for (const record of expected) expect(records).toContainEqual(record);
  });

  const query = (names: readonly string[]): ReportQuery => ({
    advertiserId: '7002238017842757633',
    reportType: 'BASIC',
    dataLevel: 'AUCTION_AD',
    dimensions: ['ad_id', 'stat_time_day'],
    metrics: names,
    from: '2021-10-01',
    to: '2021-10-31',
    lifetime: false,
    includeDeleted: true,
    newestAdsMax: null,
    mergeRepeatedHour: false,
  });

  test('serves every metric of each report row to its ad’s account', () => {
    const expected = readRecords('ads_reports_daily');
    const names = Object.keys(expected[0]!.metrics as object);
    expect(names.filter((name) => !world.metricNames.has(name))).toEqual([]);
    const answer = world.report(query(names), world.startsAt);
    expect(answer.total).toBe(expected.length);
    for (const { dimensions, metrics } of expected) {
      expect(answer.rows(0, 100)).toContainEqual({ dimensions, metrics });
    }
    expect(JSON.parse(answer.json(0, 100).toString())).toEqual(answer.rows(0, 100));
    const other = { ...query(names), advertiserId: '7001035076276387841' };
    expect(world.report(other, world.startsAt).total).toBe(0);
  });

  test('serves the days that are asked for', () => {
    const days = { ...query(['spend']), from: '2021-10-21', to: '2021-10-25' };
    const rows = world.report(days, world.startsAt).rows(0, 10);
    expect(rows.map((row) => row.dimensions.stat_time_day?.slice(8, 10)).sort()).toEqual([
      '21',
      '25',
    ]);
  });

  test('adds up other levels, and has nothing by hour', () => {
    const campaign: ReportQuery = {
      ...query(['spend', 'clicks', 'ctr', 'campaign_name']),
      dataLevel: 'AUCTION_CAMPAIGN',
      dimensions: ['campaign_id'],
      lifetime: true,
      from: null,
      to: null,
    };
    expect(world.report(campaign, world.startsAt).rows(0, 10)).toEqual([
      {
        dimensions: { campaign_id: '1714125042508817' },
        metrics: {
          spend: '80.000',
          clicks: '213',
          ctr: '-',
          campaign_name: 'Website Traffic20211020010104',
        },
      },
    ]);
    const hourly = { ...query(['spend']), dimensions: ['ad_id', 'stat_time_hour'] };
    expect(world.report(hourly, world.startsAt).total).toBe(0);
  });
});
