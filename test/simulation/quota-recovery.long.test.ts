/**
 * Goal: the refusals of a minute and of a day are waited for in real time, without a call meanwhile, and it goes on
 * by itself. TikTok says both in the same words: the day's is known by outliving the minute's five minutes. Method:
 * two hubs side by side, since both wait; only what is left until midnight is cut short.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import type { FaultKind } from '../../sandbox/ads/faults.ts';
import { createGeneratedWorld } from '../../sandbox/generator/create-generated-world.ts';
import { askDatabase } from '../databases.ts';
import { type RunningHub, startRunningHub } from '../running-hub.ts';

const minutePauseMs = 300_000;
const patiently = { timeout: 120_000, interval: 50 };

interface Paused {
  readonly hub: RunningHub;
  readonly at: number;
  readonly callsSince: () => readonly { at: number; code: number | null }[];
}

/** A hub in the middle of a backfill that TikTok has just shut out. */
async function startPaused(kind: FaultKind): Promise<Paused> {
  const world = createGeneratedWorld({ seed: 16, accounts: 1, ads: 10, days: 40 });
  const hub = await startRunningHub({
    ...{ world, quota: 'basic', callsPerSecond: 10, backfillDays: 40, backfillHourDays: 40 },
  });
  await hub.connect();
  await vi.waitFor(
    () => expect(hub.sandbox.requests.since().length).toBeGreaterThan(20),
    patiently,
  );
  hub.sandbox.faults.add({ kind, count: 1 });
  await vi.waitFor(() => expect(hub.sandbox.requests.since().at(-1)?.code).toBe(40_100), patiently);
  await delay(500);
  const at = Date.now();
  const callsSince = () => hub.sandbox.requests.since().filter((one) => one.at > at);
  return { hub, at, callsSince };
}

async function theFiveMinutes({ hub, at, callsSince }: Paused): Promise<void> {
  const pauses = await hub.registry.quota.pauses(new Date());
  expect(pauses.map(({ kind }) => kind)).toEqual(['minute']);
  await delay(minutePauseMs - 10_000 - (Date.now() - at));
  expect(callsSince()).toEqual([]);
  await vi.waitFor(() => expect(callsSince().length).toBeGreaterThan(0), patiently);
  expect(callsSince()[0]!.at - at).toBeGreaterThan(minutePauseMs - 5_000);
}

test.concurrent('a minute', async () => {
  const paused = await startPaused('restrict-minute');
  try {
    await theFiveMinutes(paused);
    await vi.waitFor(() => expect(paused.callsSince().length).toBeGreaterThan(20), patiently);
    expect(new Set(paused.callsSince().map(({ code }) => code))).toEqual(new Set([0]));
  } finally {
    await paused.hub.close();
  }
}, 900_000);

test.concurrent('a day', async () => {
  const paused = await startPaused('restrict-day');
  const { hub, callsSince } = paused;
  try {
    await theFiveMinutes(paused);
    const midnight = new Date().setUTCHours(24, 0, 0, 0);
    await vi.waitFor(async () => {
      const pauses = await hub.registry.quota.pauses(new Date());
      const day = pauses.find(({ kind }) => kind === 'day');
      expect(Math.abs(day!.until.getTime() - midnight)).toBeLessThan(5_000);
    }, patiently);
    await delay(1_000);
    const refused = callsSince().length;
    expect(new Set(callsSince().map(({ code }) => code))).toEqual(new Set([40_100]));
    await delay(20_000);
    expect(callsSince()).toHaveLength(refused);

    hub.sandbox.appQuota.pass(midnight - Date.now() + 1);
    await askDatabase(
      hub.databaseUrl,
      `with ended as (update quota_pauses set until = now() + interval '1 s' returning app)
       select pg_notify('hub_quota', app) from ended`,
    );
    await vi.waitFor(() => expect(callsSince().length).toBeGreaterThan(refused + 20), patiently);
    const later = callsSince().slice(refused);
    expect(new Set(later.map(({ code }) => code))).toEqual(new Set([0]));
  } finally {
    await hub.close();
  }
}, 900_000);
