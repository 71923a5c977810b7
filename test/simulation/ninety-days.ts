/** The story that `ninety-days.test.ts` tells with few ads and `ninety-days.long.test.ts` with many. */
import { expect } from 'vitest';
import { adsStreamNames, type StreamName, streams } from '../../policy/streams/index.ts';
import type { Connection } from '../../registry/registry.ts';
import type { FaultRule } from '../../sandbox/ads/faults.ts';
import { createGeneratedWorld } from '../../sandbox/generator/create-generated-world.ts';
import type { FactsFile } from '../facts-file.ts';
import { type RunningHub, startRunningHub } from '../running-hub.ts';
import { holdAgainstTruth, type Question } from './against-truth.ts';
import { holdEntitiesAgainstTruth } from './entities-against-truth.ts';

export interface Size {
  readonly seed: number;
  readonly ads: number;
  readonly hourDays: number;
  /** Instants at which everything is pulled, and what was known then must be known for ever. */
  readonly instants: readonly string[];
  readonly withinMs: number;
}

/** Each as likely as the others; a call that is hit by none goes through. */
const faults: readonly FaultRule[] = [
  { kind: 'code', code: 50_000 },
  { kind: 'code', code: 50_002 },
  { kind: 'code', code: 51_037 },
  { kind: 'http', status: 502 },
  { kind: 'truncate' },
  { kind: 'reset' },
  { kind: 'slow', delayMs: 400 },
  { kind: 'code', code: 40_067, path: 'report/integrated/get/' },
  { kind: 'bare-id' },
];
const callsPerSecond = 60;
const faultProbability = 0.02;
const movedProbability = 0.3;

export interface Told {
  readonly hub: RunningHub;
  readonly connections: readonly Connection[];
  readonly faultsFired: ReadonlyMap<string, number>;
}

/** Pulls everything at each instant, through faults and refusals for quota. */
export async function pullAtEachInstant(size: Size): Promise<Told> {
  const [first, ...later] = size.instants.map((text) => new Date(text));
  const world = createGeneratedWorld({
    ...{ seed: size.seed, accounts: 3, ads: size.ads, days: 93, startsAt: first! },
  });
  const hub = await startRunningHub({
    ...{ world, backfillDays: 90, backfillHourDays: size.hourDays, shortRestrictions: true },
    callsPerSecond,
  });
  try {
    const connections = await hub.connect();
    for (const rule of faults) hub.sandbox.faults.add({ ...rule, probability: faultProbability });
    hub.sandbox.faults.add({ kind: 'moved', probability: movedProbability });
    const ids = connections.map(({ id }) => id);
    await hub.caughtUp(ids, { withinMs: size.withinMs, askAgain: true });
    for (const [place, instant] of later.entries()) {
      throttle(hub, place === 0);
      await hub.moveClock(instant);
      await hub.caughtUp(ids, { withinMs: size.withinMs, askAgain: true });
    }
    const described = await Promise.all(ids.map((id) => hub.registry.connections.find(id)));
    const fired = hub.sandbox.faults.list().map(({ rule: { kind, code }, fired }) => {
      return [`${kind} ${code ?? ''}`.trim(), fired] as const;
    });
    return { hub, connections: described as Connection[], faultsFired: new Map(fired) };
  } catch (error) {
    await hub.close();
    throw error;
  }
}

/** The hub believes in a little more than TikTok allows, so that both the second and the minute are exceeded. */
function throttle({ sandbox, registry }: RunningHub, on: boolean): void {
  sandbox.appQuota.setLimits(on ? { second: 12, minute: 120, day: 1_000_000 } : null);
  registry.quota.setRate(sandbox.app.appId, on ? 14 : callsPerSecond);
}

/** Nothing was easy: each fault was met, each limit exceeded, and no error was one that nobody foresaw. */
export function expectTrouble({ hub, faultsFired }: Told): void {
  expect(hub.unexpected).toEqual([]);
  for (const [kind, fired] of faultsFired) expect(fired, kind).toBeGreaterThan(0);
  const clocks = new Set(hub.sandbox.violations.list().map(({ clock }) => clock));
  expect([...clocks]).toEqual(expect.arrayContaining(['second', 'minute']));
}

const reports = adsStreamNames.filter((name) => streams[name].request.kind === 'report');
const entities = adsStreamNames.filter((name) =>
  ['listing', 'account'].includes(streams[name].request.kind),
);

/** Every stream of every account, as known at each instant and now. */
export async function expectTruthAtEachInstant({ hub, connections }: Told, size: Size) {
  const { world } = hub.sandbox;
  for (const connection of connections) {
    expect(await hub.warehouse.quarantine(connection.id)).toEqual([]);
  }
  for (const connection of connections) {
    const file = await hub.openFacts(connection.id);
    try {
      for (const text of size.instants) {
        // Pulls begin after the instant and end within minutes; the last one is what is known now.
        const asOf =
          text === size.instants.at(-1) ? undefined : new Date(Date.parse(text) + 3_600_000);
        for (const name of reports) {
          const stream = streams[name];
          const { rows, figures, wrong } = await holdAgainstTruth({
            ...{ world, file, connection, stream, asOf },
          });
          expect(wrong, `${name} as of ${text}`).toEqual([]);
          expect(rows, name).toBeGreaterThan(0);
          expect(figures, name).toBeGreaterThan(0);
        }
        for (const name of entities) {
          const question = { world, file, connection, stream: streams[name], asOf };
          expect(await holdEntitiesAgainstTruth(question), `${name} as of ${text}`).toEqual([]);
        }
      }
      await expectSplitsToAddUp(file);
      await expectComparisonToFind({ world, file, connection }, connections);
    } finally {
      await file.close();
    }
  }
}

/** Parts of what each ad spent that day, where the slower split already knows all of the day. */
const splits: readonly StreamName[] = [
  'ads_audience_reports_daily',
  'ads_audience_reports_by_country_daily',
  'ads_audience_reports_by_platform_daily',
  'ads_audience_reports_by_province_daily',
  'ads_reports_by_country_daily',
];

/** Days that were pulled once, at the beginning, when all of their hours were known to every report. */
async function expectSplitsToAddUp(file: FactsFile): Promise<void> {
  for (const name of splits) {
    const [compared] = await file.query(`
      with parts as (select ad_id, stat_time_day, sum(spend) as spend, sum(impressions) as impressions
          from main.${name} where known_to is null group by all),
        wholes as (from main.ads_reports_daily where known_to is null),
        settled as (select max(stat_time_day) - 10 as day from wholes)
      select count(*) as days, count(*) filter (w.spend = p.spend and w.impressions = p.impressions) as equal
      from wholes w full join parts p using (ad_id, stat_time_day)
      where stat_time_day < (select day from settled)`);
    expect(Number(compared!.days), name).toBeGreaterThan(50);
    expect(compared!.equal, name).toBe(compared!.days);
  }
}

/** Figures were restated indeed, and the truth of another account is told apart. */
async function expectComparisonToFind(
  question: Omit<Question, 'stream'>,
  connections: readonly Connection[],
): Promise<void> {
  const [restated] = await question.file.query(
    'select count(*) as versions from main.ads_reports_daily where known_to is not null',
  );
  expect(Number(restated!.versions)).toBeGreaterThan(10);
  const other = connections.find(({ id }) => id !== (question.connection as Connection).id)!;
  const stream = streams.ads_reports_daily;
  const { wrong } = await holdAgainstTruth({ ...question, connection: other, stream });
  expect(wrong.length).toBeGreaterThan(100);
}
