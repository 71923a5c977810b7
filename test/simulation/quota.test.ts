/**
 * Goal: an app of the lowest tier (10 calls a second) is never refused for its rate, and uses what it has. Method: a
 * whole hub on the backlog of two accounts, its sandbox in a process of its own, so that lateness is real; the
 * sandbox counts every clock second: the first, those after a pause, those with report tasks between.
 */
import { afterAll, expect, test, vi } from 'vitest';
import { askDatabase } from '../databases.ts';
import { startWatchedHub, type WatchedHub } from './watched-hub.ts';

const args = ['--accounts', '2', '--ads', '30', '--days', '70'];
const environment = { HUB_BACKFILL_DAYS: '60', TIKTOK_ADS_TIER: 'basic' };

let watched: WatchedHub;
afterAll(() => watched?.close());

interface Sent {
  readonly at: number;
  readonly path: string;
  readonly sequence: number;
  readonly code: number | null;
}

const sent = () => watched.control<readonly Sent[]>('requests');

/** Waits for so many calls more than there are now. */
async function sendMore(count: number): Promise<void> {
  const before = (await sent()).length;
  await vi.waitFor(async () => expect((await sent()).length - before).toBeGreaterThan(count), {
    timeout: 60_000,
    interval: 250,
  });
}

/** TikTok's words for the three limits, without the sandbox shutting anybody out. */
async function refuseOnce(words: string): Promise<void> {
  const message = `App reaches the ${words} limit 10, current ${words} is 11`;
  await watched.control('faults', { kind: 'code', code: 40_100, message, count: 1 });
  await vi.waitFor(async () => expect((await sent()).at(-1)?.code).toBe(40_100), {
    timeout: 30_000,
    interval: 20,
  });
}

/** The hub's own note of it, which follows the refusal. */
async function pausesAre(...kinds: readonly string[]): Promise<void> {
  await vi.waitFor(async () => {
    const noted = await askDatabase(watched.databaseUrl, 'select kind from quota_pauses');
    expect(noted.map(({ kind }) => kind).sort()).toEqual(kinds);
  }, 10_000);
}

test('no clock second holds more calls than TikTok allows', async () => {
  watched = await startWatchedHub(args, environment);
  // What is too large is asked for as a task at last: the other queue has work as well.
  const path = 'report/integrated/get/';
  const tooLarge = { kind: 'code', code: 40_067, path, probability: 0.4, count: 80 };
  await watched.control('faults', tooLarge);
  await sendMore(120);

  await refuseOnce('QPS');
  await pausesAre('second');
  await sendMore(60);

  await refuseOnce('QPM');
  await pausesAre('minute', 'second');
  await askDatabase(
    watched.databaseUrl,
    `with ended as (update quota_pauses set until = now() + interval '2 s' returning app)
     select pg_notify('hub_quota', app) from ended`,
  );
  await sendMore(60);

  expect(await watched.control('violations')).toEqual({ total: 0, violations: [] });
  const log = await sent();
  const seconds = Map.groupBy(log, ({ at }) => Math.floor(at / 1000));
  const busiest = Math.max(...[...seconds.values()].map((calls) => calls.length));
  expect(busiest).toBeLessThanOrEqual(10);
  expect(busiest).toBeGreaterThanOrEqual(7);
  const paths = new Set(log.map((one) => one.path));
  expect(paths).toContain('report/task/create/');
  expect(paths).toContain('ad/get/');
}, 180_000);
