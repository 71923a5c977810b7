import { setTimeout as sleep } from 'node:timers/promises';
import type { Kysely } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { HubError } from '../policy/errors.ts';
import { askDatabase, createTestDatabase } from '../test/databases.ts';
import { openDatabase } from './database.ts';
import { up as dropShopNames } from './migrations/0006_quota_keys.ts';
import { openRegistry } from './open.ts';
import type { Registry } from './registry.ts';

let database: { url: string; drop(): Promise<void> };
let one: Registry;
let two: Registry;
let now = new Date('2026-03-01T10:00:00Z');
const clock = { now: () => now };
const never = new AbortController().signal;

beforeAll(async () => {
  database = await createTestDatabase();
  one = await openRegistry({ databaseUrl: database.url, clock });
  two = await openRegistry({ databaseUrl: database.url, clock });
});
afterAll(async () => {
  await one.close();
  await two.close();
  await database.drop();
});

/** The most sends in any second, whichever instant it begins at. */
function busiestSecond(sends: readonly number[]): number {
  return Math.max(
    ...sends.map((start) => sends.filter((at) => at >= start && at < start + 1_000).length),
  );
}

async function sendAll(app: string, count: number, registries: Registry[]): Promise<number[]> {
  const sends: number[] = [];
  await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      await registries[index % registries.length]!.quota.takeSlot(app, never);
      sends.push(performance.now());
    }),
  );
  return sends.toSorted((a, b) => a - b);
}

test('two processes together send at the rate, in the first second and after a pause too', async () => {
  for (const registry of [one, two]) registry.quota.setRate('rated', 19);
  const sends = await sendAll('rated', 40, [one, two]);
  // One above the rate is TikTok's limit, kept for lateness on the way.
  expect(busiestSecond(sends)).toBeLessThanOrEqual(20);
  const lasted = sends.at(-1)! - sends[0]!;
  expect(lasted).toBeGreaterThan((39 / 19) * 1_000 * 0.95);
  expect(lasted).toBeLessThan((39 / 19) * 1_000 * 5);
  await one.quota.pause('rated', 'second', new Date(Date.now() + 300));
  const refused: unknown = await two.quota.takeSlot('rated', never).catch((error) => error);
  expect(refused).toMatchObject({ code: 'QUOTA_PAUSED', retryAfterMs: expect.any(Number) });
  const { retryAfterMs } = refused as HubError;
  expect(retryAfterMs).toBeGreaterThan(0);
  expect(retryAfterMs).toBeLessThanOrEqual(300);
  await sleep(retryAfterMs ?? 0);
  expect(busiestSecond(await sendAll('rated', 40, [one, two]))).toBeLessThanOrEqual(20);
});

test('a high rate costs less than a millisecond a slot', async () => {
  one.quota.setRate('fast', 1_000_000);
  await sendAll('fast', 100, [one]);
  const startedAt = performance.now();
  await sendAll('fast', 5_000, [one]);
  expect((performance.now() - startedAt) / 5_000).toBeLessThan(1);
});

test('waiters are served in order, and an aborted one uses nothing up', async () => {
  one.quota.setRate('ordered', 50);
  const order: number[] = [];
  const abort = new AbortController();
  const waiters = [0, 1, 2, 3, 4, 5].map((index) =>
    one.quota.takeSlot('ordered', index === 2 ? abort.signal : never).then(() => order.push(index)),
  );
  abort.abort(new Error('stop'));
  await expect(waiters[2]).rejects.toThrow('stop');
  await Promise.all(waiters.toSpliced(2, 1));
  expect(order).toEqual([0, 1, 3, 4, 5]);
});

test('a pause stops waiters in every process, and the later one holds', async () => {
  for (const registry of [one, two]) registry.quota.setRate('paused', 2);
  const waiting = Array.from({ length: 6 }, () => two.quota.takeSlot('paused', never));
  const results = Promise.allSettled(waiting);
  await waiting[0];
  const realNow = new Date();
  const until = new Date(realNow.getTime() + 300_000);
  await one.quota.pause('paused', 'minute', until);
  await one.quota.pause('paused', 'minute', new Date(realNow.getTime() + 1_000));
  const stopped = (await results).filter((result) => result.status === 'rejected');
  expect(stopped.length).toBeGreaterThanOrEqual(4);
  expect(stopped[0]?.reason).toMatchObject({ code: 'QUOTA_PAUSED' });
  const pause = { app: 'paused', kind: 'minute', until };
  expect(await one.quota.pauses(realNow)).toContainEqual(pause);
  expect(await one.quota.pauses(until)).not.toContainEqual(pause);
});

test('report tasks are counted a day of the clock, over all processes', async () => {
  now = new Date('2026-03-05T23:59:00Z');
  const startedAt = performance.now();
  const results = await Promise.allSettled(
    Array.from({ length: 8 }, (_, index) =>
      (index % 2 ? one : two).quota.takeReportTaskSlot('tasks', 5, never),
    ),
  );
  // One a second: TikTok allows two, and 60 a minute.
  expect(performance.now() - startedAt).toBeGreaterThan(7_000);
  const refused = results.filter((result) => result.status === 'rejected');
  expect(refused).toHaveLength(3);
  expect(refused[0]?.reason).toMatchObject({ code: 'QUOTA_PAUSED', retryAfterMs: 60_000 });
  now = new Date('2026-03-06T00:00:00Z');
  await one.quota.takeReportTaskSlot('tasks', 5, never);
});

test('rows of before that name a shop go, those of apps stay', async () => {
  const until = `'2999-01-01'`;
  for (const app of ['shop:7495540735365777507:/order', 'app']) {
    await askDatabase(database.url, `insert into quota_slots values ('${app}', ${until})`);
    await askDatabase(database.url, `insert into quota_pauses values ('${app}', 'day', ${until})`);
  }
  const direct = openDatabase(database.url);
  await dropShopNames(direct as unknown as Kysely<unknown>);
  await direct.destroy();
  for (const table of ['quota_slots', 'quota_pauses']) {
    const named = `select app from ${table} where app like 'shop:%' or app = 'app'`;
    expect(await askDatabase(database.url, named)).toEqual([{ app: 'app' }]);
  }
});
