/**
 * Sums against the rows under them: whatever days are restated, and whichever weeks happen to be
 * summed then, every report by ad equals the same report as of now, which reads each row.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addDays } from '../policy/days.ts';
import { type Engine, openEngine, quoteText, rowsOf } from './engine.ts';
import { FactsFiles } from './files.ts';
import { Reports } from './reports/run.ts';
import { blocksWithin, readSummed, rollUp } from './rollups.ts';
import { tableOf } from './tables.ts';
import { openTestWarehouse, type TestWarehouse, testStreams } from './testing.ts';

const stream = testStreams.find(({ name }) => name === 'ads_reports_daily')!;
const id = 'sums';
const alias = `facts_${id}`;
const table = tableOf(alias, stream);
/** A Sunday, so that ranges begin and end within weeks. */
const first = '2026-11-01';
const dayCount = 60;

let test: TestWarehouse;
let engine: Engine;
let files: FactsFiles;
let reports: Reports;
beforeAll(async () => {
  test = await openTestWarehouse({ streams: testStreams });
  engine = await openEngine({ ...test.options, spillFolder: `${test.folder}/other-spill` });
  files = new FactsFiles({ ...test.options, engine, streams: testStreams });
  reports = new Reports({ ...test.options, engine, files, streams: testStreams });
  await files.create(id);
});
afterAll(async () => {
  await reports.settle();
  await files.close();
  engine.close();
  await test.close();
});

interface Restatement {
  readonly from: number;
  readonly days: number;
  readonly ads: readonly { ad: number; campaign: number; spend: number | null }[];
}

const restatements = fc.array(
  fc.record({
    from: fc.integer({ min: 0, max: dayCount - 1 }),
    days: fc.integer({ min: 1, max: 12 }),
    ads: fc.array(
      fc.record({
        ad: fc.integer({ min: 1, max: 3 }),
        campaign: fc.integer({ min: 1, max: 2 }),
        spend: fc.option(fc.integer({ min: -5, max: 99 })),
      }),
      { maxLength: 3 },
    ),
  }),
  { minLength: 1, maxLength: 6 },
);

let hours = 0;

/** As a load does: closes the days' rows, writes others, and sums those days. */
async function restate({ from, days, ads }: Restatement): Promise<void> {
  const known = `TIMESTAMP '2026-11-24' + INTERVAL ${++hours} HOUR`;
  const asked = Array.from({ length: days }, (_, at) => addDays(first, from + at));
  const rows = asked.flatMap((day) =>
    ads.map(({ ad, campaign, spend }) =>
      [ad, `DATE ${quoteText(day)}`, campaign, campaign + 100, spend ?? 'null', ad, 2, 1].join(),
    ),
  );
  await engine.using((connection) =>
    files.write(id, connection, async () => {
      await connection.run('begin');
      await connection.run(
        `update ${table} set known_to = ${known} where known_to is null
           and stat_time_day between DATE ${quoteText(asked[0]!)} and DATE ${quoteText(asked.at(-1)!)}`,
      );
      for (const row of rows) {
        await connection.run(
          `insert into ${table} (ad_id, stat_time_day, campaign_id, adgroup_id, spend, impressions,
             clicks, conversion, known_from) values (${row}, ${known})`,
        );
      }
      await rollUp(connection, alias, stream, asked);
      await connection.run('commit');
    }),
  );
}

async function ask(parameters: object): Promise<unknown[]> {
  const connections = [{ id, currency: 'EUR', timeZone: null }];
  const result = await reports.adPerformance(parameters, connections);
  const rows = await result.read('json');
  await result.close();
  return rows;
}

/** Of the blocks that a report over the range reads. */
const summedBlocks = async (from: string, to: string): Promise<string[]> =>
  engine.using((connection) =>
    files.read(id, connection, async () => {
      const found = await readSummed(connection, [alias], blocksWithin(from, to));
      return (found.get(alias) ?? []).map(({ first, days }) => `${days} ${first}`);
    }),
  );

const asOf = '2027-01-01T00:00:00Z';

it('blocks within a range are whole ones, the longest that fit', () => {
  const blocks = (from: string, to: string) =>
    blocksWithin(from, to).map(({ first, days }) => `${days} ${first}`);
  expect(blocks('2026-11-01', '2026-11-15')).toEqual(['7 2026-11-02', '7 2026-11-09']);
  expect(blocks('2026-11-02', '2026-11-08')).toEqual(['7 2026-11-02']);
  expect(blocks('2026-11-03', '2026-11-14')).toEqual([]);
  expect(blocks('0001-01-01', '1970-01-25')).toEqual(['28 1969-12-29']);
  const months = blocks('2026-09-01', '2026-11-29');
  expect(months).toEqual([...new Set(months)]);
  expect(months.filter((block) => block.startsWith('28'))).toHaveLength(2);
  expect(months.filter((block) => block.startsWith('7'))).toHaveLength(4);
});

it('a report sums blocks for the next one, and a restated day strikes its own', async () => {
  await restate({ from: 0, days: 20, ads: [{ ad: 1, campaign: 1, spend: 7 }] });
  const range = { from: first, to: addDays(first, 20) };
  expect(await summedBlocks(range.from, range.to)).toEqual([]);
  const before = await ask({ ...range, groupBy: 'ad' });
  await reports.settle();
  expect(await summedBlocks(range.from, range.to)).toEqual(['7 2026-11-02', '7 2026-11-09']);
  expect(await ask({ ...range, groupBy: 'ad' })).toEqual(before);
  await restate({ from: 2, days: 1, ads: [{ ad: 1, campaign: 1, spend: 8 }] });
  expect(await summedBlocks(range.from, range.to)).toEqual(['7 2026-11-09']);
  expect(await ask({ ...range, groupBy: 'ad' })).toEqual([
    expect.objectContaining({ spend: '141.0000', impressions: 20 }),
  ]);
});

it('the sums are really read: a wrong one shows', async () => {
  await reports.settle();
  const range = { from: '2026-11-09', to: '2026-11-15', groupBy: 'ad' };
  const add = (impressions: number) =>
    engine.using((connection) =>
      files.write(id, connection, async () => {
        await connection.run(
          `update ${alias}.rollup.ads_by_7_days set impressions = impressions + ${impressions}`,
        );
      }),
    );
  await add(1000);
  expect(await ask(range)).toEqual([expect.objectContaining({ impressions: 1007 })]);
  await add(-1000);
});

it('whole ranges are summed for who asks again, the last four, until one of their days is restated', async () => {
  await restate({ from: 0, days: 20, ads: [{ ad: 1, campaign: 1, spend: 7 }] });
  const range = (days: number) => ({ from: first, to: addDays(first, days - 1), groupBy: 'ad' });
  const wholes = () =>
    engine.using((connection) =>
      files.read(id, connection, () =>
        rowsOf(
          connection,
          `select days from ${alias}.rollup.summed_blocks join
             (select distinct first, days from ${alias}.rollup.ads_by_range) using (first, days)
           order by days`,
        ),
      ),
    );
  const daysOf = async () => (await wholes()).map(({ days }) => Number(days));
  for (const days of [2, 3, 5, 9, 12]) {
    await ask(range(days));
    await reports.settle();
  }
  expect(await daysOf()).toEqual([3, 5, 9, 12]);
  const add = (impressions: number) =>
    engine.using((connection) =>
      files.write(id, connection, async () => {
        await connection.run(
          `update ${alias}.rollup.ads_by_range set impressions = impressions + ${impressions}`,
        );
      }),
    );
  const before = await ask(range(9));
  await add(1000);
  expect(before).toEqual([expect.objectContaining({ impressions: 9 })]);
  expect(await ask(range(9))).toEqual([expect.objectContaining({ impressions: 1009 })]);
  await add(-1000);
  await restate({ from: 8, days: 1, ads: [{ ad: 1, campaign: 1, spend: 8 }] });
  expect(await daysOf()).toEqual([3, 5]);
  expect(await ask(range(9))).toEqual([expect.objectContaining({ spend: '64.0000' })]);
  await reports.settle();
  expect(await daysOf()).toEqual([3, 5, 9]);
});

it('after any restatements, summed or not, the reports equal the rows', async () => {
  const ranges = fc.tuple(fc.nat(dayCount - 1), fc.nat(dayCount - 1));
  await fc.assert(
    fc.asyncProperty(restatements, ranges, fc.boolean(), async (changes, days, settles) => {
      const [from, to] = days.toSorted((a, b) => a - b).map((day) => addDays(first, day));
      for (const change of changes) {
        await restate(change);
        await ask({ from: first, to: addDays(first, dayCount), groupBy: 'ad' });
        if (settles) await reports.settle();
      }
      for (const groupBy of ['ad', 'adgroup', 'week', 'day']) {
        for (const filter of [{}, { adIds: ['1', '3'] }, { campaignIds: ['2'] }]) {
          const asked = { from, to, groupBy, ...filter };
          expect(await ask(asked), JSON.stringify(asked)).toEqual(await ask({ ...asked, asOf }));
        }
      }
    }),
    { numRuns: 15 },
  );
  const rows = await engine.using((connection) =>
    files.read(id, connection, () => rowsOf(connection, `select count(*) as n from ${table}`)),
  );
  expect(Number(rows[0]!.n)).toBeGreaterThan(20);
});
