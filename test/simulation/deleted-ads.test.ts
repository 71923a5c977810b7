/**
 * Goal: an ad that was deleted keeps what it spent, its name and its past. Method: an account whose ads are deleted
 * before, between and after pulls by pages. Not modelled: asynchronous reports, which leave deleted ads out.
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

/** As a person who asks for them: before the backfill of all other streams. */
async function pullTwice(running: RunningHub, id: string, names: readonly StreamName[]) {
  const among = { streams: names, withinMs: 100_000 };
  await running.caughtUp([id], among);
  await running.moveClock(later);
  await running.starter.refresh(id, names);
  await running.caughtUp([id], among);
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
  await pullTwice(hub, connection!.id, ['ads', 'ads_reports_daily', 'campaigns_reports_daily']);
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
    const names = await file.query(
      'select count(*) as ads from main.ads where known_to is null and deleted_at is not null and ad_name is not null',
    );
    expect(names).toEqual([{ ads: String(after.length) }]);
    // What was known while they lived is still known.
    const asOf = new Date(startsAt.getTime() + 3_600_000);
    const { wrong } = await holdAgainstTruth({ ...question, stream: daily, asOf });
    expect(wrong).toEqual([]);
  } finally {
    await file.close();
  }
}, 240_000);
