/**
 * Goal: an ad that was deleted keeps what it spent, its name and its past. Method: an account whose ads are deleted
 * before and between pulls; once by pages, once by asynchronous reports, which leave deleted ads out, so that these
 * are asked for by id. An ad that no listing knew as deleted yet is asked for at the next pull only.
 */
import { afterEach, expect, test } from 'vitest';
import { type StreamName, streams } from '../../policy/streams/index.ts';
import { createGeneratedWorld } from '../../sandbox/generator/create-generated-world.ts';
import type { World } from '../../sandbox/world.ts';
import { type RunningHub, startRunningHub } from '../running-hub.ts';
import { holdAgainstTruth } from './against-truth.ts';
import { holdEntitiesAgainstTruth } from './entities-against-truth.ts';

let hub: RunningHub | undefined;
afterEach(() => hub?.close());

const dayMs = 86_400_000;
const startsAt = new Date('2026-11-24T09:31:00Z');
const later = new Date(startsAt.getTime() + 6 * dayMs);
const daily = streams.ads_reports_daily;

/** Cuts the ads' synchronous reports by day as TikTok cuts those of more than 20,000 ads, unless asked for by id. */
const cutting = (world: World): World => ({
  ...world,
  report: (query, now) => {
    const answer = world.report(query, now);
    const isDaily = query.dimensions.join() === daily.key.join() && query.reportType === 'BASIC';
    const isWhole = query.newestAdsMax !== null && query.adIds === undefined;
    return isWhole && isDaily ? { ...answer, cut: true } : answer;
  },
});

/** As a person who asks for them: before the backfill of all other streams. */
async function pullAt(running: RunningHub, id: string, names: readonly StreamName[], at: Date) {
  await running.moveClock(at);
  await running.starter.refresh(id, names);
  await running.caughtUp([id], { streams: names, withinMs: 100_000 });
}

const deletedAt = (world: World, advertiserId: string, now: Date): string[] =>
  world
    .entities('ad', advertiserId, now)
    .filter(({ deleted }) => deleted)
    .map(({ id }) => id);

async function spendOf(file: Awaited<ReturnType<RunningHub['openFacts']>>, ids: string[]) {
  const rows = await file.rows(daily);
  return ids.filter((id) => rows.some((row) => row.ad_id === id && Number(row.spend) > 0));
}

test('by pages: deleted before the first pull and between two', async () => {
  const world = createGeneratedWorld({ seed: 31, accounts: 1, ads: 60, days: 20, startsAt });
  hub = await startRunningHub({ world, backfillDays: 19, backfillHourDays: 0 });
  const [connection] = await hub.connect();
  const names = ['ads', 'ads_reports_daily', 'campaigns_reports_daily'] as const;
  await hub.caughtUp([connection!.id], { streams: names, withinMs: 100_000 });
  await pullAt(hub, connection!.id, names, later);
  const before = deletedAt(world, connection!.accountId, startsAt);
  const after = deletedAt(world, connection!.accountId, later);
  expect(before.length).toBeGreaterThan(1);
  expect(after.length).toBeGreaterThan(before.length);
  const file = await hub.openFacts(connection!.id);
  try {
    const question = { world, file, connection: connection! };
    for (const stream of [daily, streams.campaigns_reports_daily]) {
      const { wrong, rows } = await holdAgainstTruth({ ...question, stream });
      expect(wrong).toEqual([]);
      expect(rows).toBeGreaterThan(50);
    }
    expect(await holdEntitiesAgainstTruth({ ...question, stream: streams.ads })).toEqual([]);
    expect((await spendOf(file, after)).length).toBeGreaterThan(before.length);
    const named = await file.query(
      'select count(*) as ads from main.ads where known_to is null and deleted_at is not null and ad_name is not null',
    );
    expect(named).toEqual([{ ads: String(after.length) }]);
    // What was known while they lived is still known.
    const asOf = new Date(startsAt.getTime() + 3_600_000);
    const { wrong } = await holdAgainstTruth({ ...question, stream: daily, asOf });
    expect(wrong).toEqual([]);
  } finally {
    await file.close();
  }
}, 240_000);

test('by asynchronous reports: deleted ads are asked for by id, and nothing known of one is lost', async () => {
  const world = createGeneratedWorld({ seed: 31, accounts: 1, ads: 60, days: 20, startsAt });
  hub = await startRunningHub({ world: cutting(world), backfillDays: 19, backfillHourDays: 0 });
  const [connection] = await hub.connect();
  const { accountId, id } = connection!;
  const names = ['ads', 'ads_reports_daily'] as const;
  // A week and more apart: each day of the last four weeks is due again.
  const times = [startsAt, later, new Date(later.getTime() + 8 * dayMs)];
  await hub.caughtUp([id], { streams: names, withinMs: 100_000 });
  await pullAt(hub, id, names, times[1]!);
  await pullAt(hub, id, names, times[2]!);
  const tasks = hub.sandbox.requests.since(0).filter(({ path }) => path === 'report/task/create/');
  expect(tasks.length).toBeGreaterThan(3);
  const [first, second, third] = times.map((at) => deletedAt(world, accountId, at));
  const between = second!.filter((one) => !first!.includes(one));
  expect(between.length).toBeGreaterThan(0);
  const file = await hub.openFacts(id);
  try {
    const question = { world, file, connection: connection!, stream: daily };
    const asOf = new Date(startsAt.getTime() + 3_600_000);
    expect((await holdAgainstTruth({ ...question, asOf })).wrong).toEqual([]);
    const known = new Set(
      (await file.rows(daily)).map((row) => `${row.ad_id} ${row.stat_time_day}`),
    );
    const then = await file.rows(daily, asOf);
    expect(then.filter((row) => between.includes(row.ad_id!)).length).toBeGreaterThan(10);
    for (const row of then) expect(known).toContain(`${row.ad_id} ${row.stat_time_day}`);
    // The last listing may have come after the last report.
    const late = new Set(third!.filter((one) => !second!.includes(one)));
    const { wrong } = await holdAgainstTruth(question);
    expect(wrong.filter((key) => !late.has(key.split(/[ :]/)[0]!))).toEqual([]);
    expect((await spendOf(file, second!)).length).toBeGreaterThan(first!.length);
  } finally {
    await file.close();
  }
}, 240_000);
