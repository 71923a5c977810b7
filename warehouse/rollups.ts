/**
 * Sums that the ad performance report reads. A row per day, campaign and ad group is kept by the load
 * that changes the ads' daily figures, in its transaction. A row per ad and block (an ISO week, four of
 * them, or the very days that were asked for) is made when a report by ad first misses it, since it
 * would cost small loads a sixth of their time; a load only strikes the blocks that it touches from the
 * list of those that are summed, in its transaction, and the report reads all other days from the ads'
 * own rows. Either way no figure is ever stale.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { addDays, dayNumber } from '../policy/days.ts';
import { type Field, type Stream, sqlTypes } from '../policy/stream.ts';
import { isOneOf } from './days.ts';
import { inTransaction, quoteName, quoteText, rowsOf } from './engine.ts';

/** The stream under the rollups. */
export const rollupStream = 'ads_reports_daily';

/** What reports add up. Another one may be named: the tables are made again at the next migration. */
const figures = ['spend', 'impressions', 'clicks', 'conversion'] as const;

const rollup = (alias: string, table: string): string => `${quoteName(alias)}.rollup.${table}`;
/** A row per day, campaign and ad group. */
export const dayRollup = (alias: string): string => rollup(alias, 'days');
/** Days of a block: whole weeks, so that a report by week can read the short ones. */
const blockLengths = [28, 7] as const;
/** Whole ranges are remembered for who asks again, the last few: what a panel offers by a click. */
const rangesMax = 4;
const rangeDaysMax = 366;

/** Of a length above and in its grid, or else a whole range that a report was asked for. */
export interface Block {
  readonly first: string;
  readonly days: number;
}

/** A row per block, campaign, ad group and ad; in its grid a block is its first day. */
export const adRollup = (alias: string, block: Block): string =>
  rollup(alias, inGrid(block) ? `ads_by_${block.days}_days` : 'ads_by_range');

/** The rows of one whole range, or of blocks of one length from the first day to the last. */
export const blocksSql = (block: Block, last: string): string =>
  inGrid(block)
    ? `first between DATE ${quoteText(block.first)} and DATE ${quoteText(last)}`
    : `first = DATE ${quoteText(block.first)} and days = ${block.days}`;

export const inGrid = ({ first, days }: Block): boolean =>
  blockLengths.some((length) => length === days && placeIn(first, length) === 0);

export const additiveFields = (stream: Stream): Field[] =>
  stream.fields.filter(({ additive, type }) => additive && (type === 'count' || type === 'money'));

const figuresOf = (stream: Stream): Field[] =>
  figures.flatMap((figure) => stream.fields.find(({ name }) => name === figure) ?? []);

export function rollupDdl(streams: readonly Stream[]): string[] {
  const stream = streams.find(({ name }) => name === rollupStream);
  if (stream === undefined) return [];
  const sums = figuresOf(stream).map(({ name, type }) => `${quoteName(name)} ${sqlTypes[type]}`);
  return [
    'create schema if not exists {file}.rollup',
    'drop table if exists {file}.rollup.ad_performance_daily',
    // Rebuilt from their stream at the next migration, so that a new sum is there for old days too.
    ...['days', 'ads_by_28_days', 'ads_by_7_days', 'ads_by_range', 'summed_blocks'].map(
      (name) => `drop table if exists {file}.rollup.${name}`,
    ),
    `create table {file}.rollup.days (day DATE, campaign_id BIGINT, adgroup_id BIGINT, ${sums.join(', ')})`,
    ...['ads_by_28_days', 'ads_by_7_days', 'ads_by_range'].map(
      (name) => `create table {file}.rollup.${name} (first DATE, days SMALLINT, campaign_id BIGINT,
         adgroup_id BIGINT, ad_id BIGINT, ${sums.join(', ')})`,
    ),
    'create table {file}.rollup.summed_blocks (first DATE, days SMALLINT)',
  ];
}

/**
 * Sums the given days, which are in order, again; all without them. Their blocks are summed no more.
 */
export async function rollUp(
  connection: DuckDBConnection,
  alias: string,
  stream: Stream,
  days?: readonly string[],
): Promise<void> {
  const day = quoteName(stream.time!.field);
  const within = (column: string): string => (days === undefined ? 'true' : isOneOf(column, days));
  await connection.run(`delete from ${dayRollup(alias)} where ${within('day')}`);
  await connection.run(
    `insert into ${dayRollup(alias)}
     select ${day}, campaign_id, adgroup_id, ${sumsOf(stream)} ${currentRows(alias, stream)}
       and ${within(day)}
     group by all`,
  );
  const [earliest, latest] = days === undefined ? [] : [days[0], days.at(-1)];
  if (days !== undefined && earliest === undefined) return;
  const touched =
    days === undefined
      ? 'true'
      : `first <= DATE '${latest}' and first + days::INTEGER > DATE '${earliest}'`;
  await connection.run(`delete from ${rollup(alias, 'summed_blocks')} where ${touched}`);
}

/** Sums the blocks, which are in order, ad by ad. The caller holds the file's writer mutex. */
export async function sumBlocks(
  connection: DuckDBConnection,
  alias: string,
  stream: Stream,
  blocks: readonly Block[],
): Promise<void> {
  const summed = rollup(alias, 'summed_blocks');
  const tables = Map.groupBy(blocks, (block) => adRollup(alias, block));
  await inTransaction(connection, async () => {
    for (const [table, asked] of tables) {
      const keys = asked.map(({ first, days }) => `(DATE ${quoteText(first)}, ${days})`).join(', ');
      // Struck ones of before are still there.
      await connection.run(`delete from ${table} where (first, days) in (${keys})`);
      await connection.run(`delete from ${summed} where (first, days) in (${keys})`);
      await connection.run(`insert into ${table} ${sumsOfBlocks(alias, stream, asked)}`);
      await connection.run(`insert into ${summed} values ${keys}`);
    }
    if (tables.has(rollup(alias, 'ads_by_range'))) await forgetRanges(connection, alias);
  });
}

/** Blocks of one table: one statement for those in the grid, which have one length. */
function sumsOfBlocks(alias: string, stream: Stream, blocks: readonly Block[]): string {
  const day = quoteName(stream.time!.field);
  const [{ first, days }] = blocks as readonly [Block];
  const start = inGrid({ first, days })
    ? `DATE '${epoch}' + ((${day} - DATE '${epoch}') // ${days} * ${days})::INTEGER`
    : `DATE ${quoteText(first)}`;
  return `select ${start}, ${days}, campaign_id, adgroup_id, ad_id, ${sumsOf(stream)}
    ${currentRows(alias, stream)} and ${isOneOf(day, blocks.flatMap(daysOfBlock))}
    group by all`;
}

/** All but the newest; and rows of those that a load struck. */
async function forgetRanges(connection: DuckDBConnection, alias: string): Promise<void> {
  const summed = rollup(alias, 'summed_blocks');
  const lengths = blockLengths.join(', ');
  const isRange = `not (days in (${lengths}) and (first - DATE '${epoch}') % days = 0)`;
  await connection.run(
    `delete from ${summed} where ${isRange} and rowid not in
       (select rowid from ${summed} where ${isRange} order by rowid desc limit ${rangesMax})`,
  );
  await connection.run(
    `delete from ${rollup(alias, 'ads_by_range')}
     where (first, days) not in (select (first, days) from ${summed})`,
  );
}

/** By alias: which of the blocks are summed there. */
export async function readSummed(
  connection: DuckDBConnection,
  aliases: readonly string[],
  blocks: readonly Block[],
): Promise<Map<string, Block[]>> {
  if (aliases.length === 0 || blocks.length === 0) return new Map();
  const selects = aliases.map(
    (alias) =>
      `select ${quoteText(alias)} as alias, days || ' ' || first as block
       from ${rollup(alias, 'summed_blocks')}`,
  );
  const rows = await rowsOf(connection, selects.join(' union all '));
  const found = Map.groupBy(rows, ({ alias }) => String(alias));
  return new Map(
    aliases.map((alias) => {
      const summed = new Set(found.get(alias)?.map(({ block }) => String(block)));
      return [alias, blocks.filter(({ first, days }) => summed.has(`${days} ${first}`))];
    }),
  );
}

const sumsOf = (stream: Stream): string =>
  figuresOf(stream)
    .map(({ name, type }) => `sum(${quoteName(name)})::${sqlTypes[type]}`)
    .join(', ');

const currentRows = (alias: string, stream: Stream): string =>
  `from ${quoteName(alias)}.main.${quoteName(stream.name)} where known_to is null`;

/** SQL for the Monday of a day's week. */
export const weekOf = (column: string): string => `date_trunc('week', ${column})::DATE`;

/** A Monday: the first day of a block of either length. */
const epoch = '1969-12-29';

/** 0 on the first day of a block. */
const placeIn = (day: string, length: number): number =>
  (dayNumber(day) - dayNumber(epoch)) % length;

export const endOf = ({ first, days }: Block): string => addDays(first, days - 1);

const daysOfBlock = ({ first, days }: Block): string[] =>
  Array.from({ length: days }, (_, later) => addDays(first, later));

/** Blocks that lie between the two days whole, in order, the longest that fit. */
export function blocksWithin(
  from: string,
  to: string,
  lengths: readonly number[] = blockLengths,
): Block[] {
  const blocks: Block[] = [];
  for (let first = from < epoch ? epoch : from; first <= to; ) {
    const days = lengths.find(
      (each) => placeIn(first, each) === 0 && addDays(first, each - 1) <= to,
    );
    if (days !== undefined) blocks.push({ first, days });
    first = addDays(first, days ?? 1);
  }
  return blocks;
}

/** The range as one block; none where a single row an ad is what there is anyway. */
export function wholeRange(from: string, to: string): Block[] {
  const whole = { first: from, days: dayNumber(to) - dayNumber(from) + 1 };
  return from < epoch || whole.days === 1 || whole.days > rangeDaysMax || inGrid(whole)
    ? []
    : [whole];
}
