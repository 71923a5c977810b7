/**
 * Any sequence of pulls against a model that knows a map per day and nothing of DuckDB. Windows
 * overlap, rows change, vanish and return, loads come late, twice or out of order. Not modelled:
 * kills (crash/crash.test.ts), entities.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  dailyRow,
  openTestWarehouse,
  pullInto,
  type TestWarehouse,
  testStreams,
} from './testing.ts';

let test: TestWarehouse;
let files = 0;
beforeAll(async () => {
  test = await openTestWarehouse({ streams: testStreams, attachedFilesMax: 3 });
});
afterAll(() => test.close());

interface ModelPull {
  /** Hour of the pull: unique in a run. */
  readonly at: number;
  readonly from: number;
  readonly to: number;
  /** Spend by `ad day`. */
  readonly rows: ReadonlyMap<string, number>;
}

const dayText = (day: number): string => `2026-11-0${day}`;
const keys = [1, 2, 3].flatMap((ad) => [1, 2, 3].map((day) => `${ad} ${day}`));

const pullsOf = fc
  .array(
    fc.record({
      days: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
      spends: fc.array(fc.option(fc.integer({ min: 1, max: 2 })), {
        minLength: keys.length,
        maxLength: keys.length,
      }),
    }),
    { minLength: 1, maxLength: 5 },
  )
  .map((raw) =>
    raw.map(({ days, spends }, index): ModelPull => {
      const [from, to] = [Math.min(...days), Math.max(...days)];
      const rows = new Map<string, number>();
      keys.forEach((key, at) => {
        const day = Number(key.split(' ')[1]);
        const spend = spends[at];
        if (spend != null && day >= from && day <= to) rows.set(key, spend);
      });
      return { at: index + 1, from, to, rows };
    }),
  );

/**
 * Loads `pulls` in the order given; a pull whose days a newer one has loaded states nothing about
 * them.
 */
function model(pulls: readonly ModelPull[]): Map<string, number> {
  const known = new Map<string, number>();
  const newest = new Map<number, number>();
  for (const pull of pulls) {
    for (let day = pull.from; day <= pull.to; day++) {
      if ((newest.get(day) ?? 0) > pull.at) continue;
      newest.set(day, pull.at);
      for (const key of keys.filter((each) => each.endsWith(` ${day}`))) {
        const spend = pull.rows.get(key);
        if (spend === undefined) known.delete(key);
        else known.set(key, spend);
      }
    }
  }
  return known;
}

async function load(connectionId: string, { at, from, to, rows }: ModelPull): Promise<void> {
  await pullInto(test.warehouse, {
    connectionId,
    at,
    pullId: `pull-${at}`,
    window: { from: dayText(from), to: dayText(to) },
    rows: [...rows].map(([key, spend]) => {
      const [ad, day] = key.split(' ').map(Number) as [number, number];
      return dailyRow(ad, dayText(day), { spend: String(spend) });
    }),
  });
}

/** `ad day` → spend, from single ads and, summed by day, from the rollup too. */
async function read(connectionId: string, asOf?: number): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  const at =
    asOf === undefined ? {} : { asOf: new Date(Date.UTC(2026, 10, 24, asOf)).toISOString() };
  for (const day of [1, 2, 3]) {
    const range = { from: dayText(day), to: dayText(day) };
    const rows = await report(connectionId, { ...range, ...at, groupBy: 'ad' });
    for (const { ad_id, spend } of rows) found.set(`${ad_id} ${day}`, Number(spend));
    if (asOf !== undefined) continue;
    const [total] = await report(connectionId, { ...range, groupBy: 'day' });
    const sum = rows.reduce((all, { spend }) => all + Number(spend), 0);
    expect(Number(total?.spend ?? 0)).toBe(sum);
  }
  return found;
}

async function report(id: string, parameters: object): Promise<Record<string, unknown>[]> {
  const connections = [{ id, currency: 'EUR', timeZone: null }];
  const result = await test.warehouse.report('ad-performance', parameters, connections);
  const rows = await result.read('json');
  await result.close();
  return rows;
}

const sorted = (known: Map<string, number>) => [...known].sort();

it('what is known now and what was known then equal a naive model', async () => {
  await fc.assert(
    fc.asyncProperty(pullsOf, async (pulls) => {
      const id = `model-${++files}`;
      await test.warehouse.create(id);
      for (const pull of pulls) await load(id, pull);
      expect(sorted(await read(id))).toEqual(sorted(model(pulls)));
      for (const { at } of pulls) {
        expect(sorted(await read(id, at))).toEqual(sorted(model(pulls.slice(0, at))));
      }
    }),
    { numRuns: 8 },
  );
});

it('loads in any order, some of them twice, end in the same state', async () => {
  const shuffled = pullsOf.chain((pulls) =>
    fc.tuple(
      fc.constant(pulls),
      fc.shuffledSubarray([...pulls, ...pulls], {
        minLength: pulls.length * 2,
        maxLength: pulls.length * 2,
      }),
    ),
  );
  await fc.assert(
    fc.asyncProperty(shuffled, async ([pulls, order]) => {
      const id = `order-${++files}`;
      await test.warehouse.create(id);
      for (const pull of order) await load(id, pull);
      expect(sorted(await read(id))).toEqual(sorted(model(pulls)));
    }),
    { numRuns: 8 },
  );
});
