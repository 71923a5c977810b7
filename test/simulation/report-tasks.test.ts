/**
 * Goal: what comes by asynchronous report equals the truth, deleted ads included. Method: a sandbox that finds each
 * day too large for one answer, an account with deleted ads, every day's spend held against independent sums.
 */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { accountTime, addDays } from '../../policy/days.ts';
import { createGeneratedWorld } from '../../sandbox/generator/create-generated-world.ts';
import { type RunningHub, startRunningHub } from '../running-hub.ts';

let hub: RunningHub;
beforeAll(async () => {
  const world = createGeneratedWorld({ seed: 5, accounts: 1, ads: 60, days: 12 });
  hub = await startRunningHub({
    world,
    backfillDays: 3,
    backfillHourDays: 1,
    sandbox: { reportRowsMax: 30, taskTiming: { queuingMs: 50, processingMs: 50 } },
  });
});
afterAll(() => hub?.close());

test('spend by ad and day equals the truth', async () => {
  const { world, clock, requests } = hub.sandbox;
  const advertiserId = world.accounts[0]!.advertiserId;
  const deleted = world.entities('ad', advertiserId, clock.now()).filter((one) => one.deleted);
  expect(deleted.length).toBeGreaterThan(0);
  const [opened] = await hub.connect();
  // Of the other streams some have no task, and fail here as they should.
  await vi.waitFor(async () => {
    const { streams = [] } = (await hub.starter.progress(opened!.id)) ?? {};
    const own = streams.find(({ stream }) => stream === 'ads_reports_daily');
    expect(own).toMatchObject({ state: 'idle', windowsLeft: 0 });
    expect(own!.windowsLoaded).toBeGreaterThan(3);
  }, 120_000);
  expect(hub.unexpected).toEqual([]);
  expect(
    requests.since().filter(({ path }) => path === 'report/task/create/').length,
  ).toBeGreaterThan(3);

  const connection = (await hub.registry.connections.find(opened!.id))!;
  const today = accountTime(clock.now(), connection.timeZone!).day;
  const range = { from: addDays(today, -3), to: addDays(today, -1) };
  const parameters = { ...range, groupBy: 'ad' };
  const report = await hub.warehouse.report('ad-performance', parameters, [connection]);
  const rows = await report.read('json');
  await report.close();
  const shown = rows.map((row) => [String(row.ad_id), Number(row.spend)]);
  const question = { advertiserId, groupBy: ['ad_id'] as const, metrics: ['spend'], ...range };
  const truth = world
    .truth(question, clock.now())
    .map(({ group, sums }) => [group.ad_id!, Number(sums.spend)]);
  const byId = (a: unknown[], b: unknown[]) => String(a[0]).localeCompare(String(b[0]));
  const spent = ([, spend]: (string | number)[]) => Number(spend) > 0;
  expect(shown.filter(spent).sort(byId)).toEqual(truth.filter(spent).sort(byId));
  const ids = new Set(shown.filter(spent).map(([id]) => id));
  expect(deleted.some(({ id }) => ids.has(id))).toBe(true);
}, 200_000);
