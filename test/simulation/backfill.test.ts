/**
 * Goal: what TikTok knows of the last days is in the warehouse, figure for figure, after a consent and nothing else.
 * Method: two generated accounts in different zones, every stream, held against sums that the sandbox computes by
 * independent code. Not modelled here: quota, faults, kills.
 */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { accountTime, addDays } from '../../policy/days.ts';
import { streams } from '../../policy/streams/index.ts';
import { rangeWindows } from '../../policy/windows.ts';
import type { Connection } from '../../registry/registry.ts';
import { createGeneratedWorld } from '../../sandbox/generator/create-generated-world.ts';
import { type RunningHub, startRunningHub } from '../running-hub.ts';

let hub: RunningHub;
beforeAll(async () => {
  const world = createGeneratedWorld({ seed: 4, accounts: 2, ads: 12, days: 30 });
  hub = await startRunningHub({ world, backfillDays: 10, backfillHourDays: 2 });
});
afterAll(() => hub?.close());

test('a backfill equals the truth, in every account', async () => {
  const connections = await hub.connect();
  for (const { id } of connections) await hub.settled(id);
  expect(hub.unexpected).toEqual([]);
  for (const { id } of connections) {
    const connection = (await hub.registry.connections.find(id))!;
    expect(connection.timeZone).not.toBeNull();
    const shown = await spendByDay(connection);
    expect(shown).toEqual(truthByDay(connection));
    expect(shown.length).toBeGreaterThan(8);
    const quarantined = await hub.warehouse.quarantine(id);
    expect(quarantined).toEqual([]);
  }
});

test('a range further back that a person asks for is brought in, and nothing beside it', async () => {
  const [{ id }] = (await hub.registry.connections.list()) as [Connection];
  const connection = (await hub.registry.connections.find(id))!;
  const asked = daysBack(connection, 25, 18);
  const windows = rangeWindows(streams.ads_reports_daily, asked);
  await hub.registry.windows.plan(id, 'ads_reports_daily', windows);
  await hub.starter.wake(id);
  await vi.waitFor(async () => {
    const left = await hub.registry.windows.list(id, 'ads_reports_daily');
    const states = left.filter(({ to }) => to <= asked.to).map(({ state }) => state);
    expect(new Set(states)).toEqual(new Set(['loaded']));
  }, 60_000);
  const shown = await spendByDay(connection, daysBack(connection, 30, 12));
  expect(shown.length).toBeGreaterThan(6);
  expect(shown).toEqual(truthByDay(connection, asked));
});

function daysBack({ timeZone }: Connection, first: number, last: number) {
  const today = accountTime(hub.sandbox.clock.now(), timeZone!).day;
  return { from: addDays(today, -first), to: addDays(today, -last) };
}

async function spendByDay(connection: Connection, range = daysBack(connection, 10, 1)) {
  const parameters = { ...range, groupBy: 'day' };
  const report = await hub.warehouse.report('ad-performance', parameters, [connection]);
  try {
    const rows = await report.read('json');
    return rows.map(({ day, spend, impressions, clicks }) => ({
      day,
      spend: Number(spend),
      impressions: Number(impressions),
      clicks: Number(clicks),
    }));
  } finally {
    await report.close();
  }
}

function truthByDay(connection: Connection, range = daysBack(connection, 10, 1)) {
  const { world, clock } = hub.sandbox;
  const metrics = ['spend', 'impressions', 'clicks'];
  const question = { advertiserId: connection.accountId, groupBy: ['day'] as const, metrics };
  return world
    .truth({ ...question, ...range }, clock.now())
    .map(({ group, sums }) => ({
      day: group.day,
      spend: Number(sums.spend),
      impressions: Number(sums.impressions),
      clicks: Number(sums.clicks),
    }))
    .filter(({ impressions }) => impressions > 0)
    .sort((a, b) => String(a.day).localeCompare(String(b.day)));
}
