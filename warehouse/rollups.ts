/**
 * Sums that the ad performance report reads. A row per day, campaign and ad group is kept by the load
 * that changes the ads' daily figures, in its transaction. A row per ISO week and ad is made when
 * a report by ad first misses it, since it would cost small loads a sixth of their time; a load only
 * strikes the weeks that it touches from the list of those that are summed, in its transaction, and
 * the report reads the days of all others from the ads' own rows. Either way no figure is ever stale.
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
/** A row per week, campaign, ad group and ad; a week is its Monday. */
export const adWeekRollup = (alias: string): string => rollup(alias, 'ad_weeks');

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
    ...['days', 'ad_weeks', 'summed_weeks'].map(
      (name) => `drop table if exists {file}.rollup.${name}`,
    ),
    `create table {file}.rollup.days (day DATE, campaign_id BIGINT, adgroup_id BIGINT, ${sums.join(', ')})`,
    `create table {file}.rollup.ad_weeks (week DATE, campaign_id BIGINT, adgroup_id BIGINT, ad_id BIGINT,
       ${sums.join(', ')})`,
    // The weeks for which `ad_weeks` holds.
    'create table {file}.rollup.summed_weeks (week DATE)',
  ];
}

/**
 * Sums the given days, which are in order, again; all without them. Their weeks are summed no more.
 */
export async function rollUp(
  connection: DuckDBConnection,
  alias: string,
  stream: Stream,
  days?: readonly string[],
): Promise<void> {
  const day = quoteName(stream.time!.field);
  const within = (column: string, among = days): string =>
    among === undefined ? 'true' : isOneOf(column, among);
  const weeks = days && [...new Set(days.map(mondayOf))];
  await connection.run(`delete from ${dayRollup(alias)} where ${within('day')}`);
  await connection.run(
    `insert into ${dayRollup(alias)}
     select ${day}, campaign_id, adgroup_id, ${sumsOf(stream)} ${currentRows(alias, stream)}
       and ${within(day)}
     group by all`,
  );
  await connection.run(
    `delete from ${rollup(alias, 'summed_weeks')} where ${within('week', weeks)}`,
  );
}

/** Sums the weeks, which are in order, ad by ad. The caller holds the file's writer mutex. */
export async function sumWeeks(
  connection: DuckDBConnection,
  alias: string,
  stream: Stream,
  weeks: readonly string[],
): Promise<void> {
  const day = quoteName(stream.time!.field);
  const [summed, inWeeks] = [rollup(alias, 'summed_weeks'), isOneOf('week', weeks)];
  await inTransaction(connection, async () => {
    for (const table of [adWeekRollup(alias), summed]) {
      await connection.run(`delete from ${table} where ${inWeeks}`);
    }
    await connection.run(
      `insert into ${adWeekRollup(alias)}
       select ${weekOf(day)}, campaign_id, adgroup_id, ad_id, ${sumsOf(stream)}
       ${currentRows(alias, stream)} and ${isOneOf(day, weeks.flatMap(daysOfWeek))}
       group by all`,
    );
    const values = weeks.map((week) => `(DATE ${quoteText(week)})`);
    await connection.run(`insert into ${summed} values ${values.join(', ')}`);
  });
}

/** By alias: which of the weeks are summed there. */
export async function readSummedWeeks(
  connection: DuckDBConnection,
  aliases: readonly string[],
  weeks: readonly string[],
): Promise<Map<string, string[]>> {
  if (aliases.length === 0 || weeks.length === 0) return new Map();
  const selects = aliases.map(
    (alias) =>
      `select ${quoteText(alias)} as alias, list(week::VARCHAR order by week) as weeks
       from ${rollup(alias, 'summed_weeks')} where ${isOneOf('week', weeks)}`,
  );
  const rows = await rowsOf(connection, selects.join(' union all '));
  return new Map(
    rows.map(({ alias, weeks: found }) => [
      String(alias),
      ((found as { items: readonly string[] } | null)?.items ?? []).map(String),
    ]),
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

/** 1970-01-01 was a Thursday. */
const mondayOf = (day: string): string => addDays(day, -((((dayNumber(day) + 3) % 7) + 7) % 7));

const daysOfWeek = (monday: string): string[] =>
  [0, 1, 2, 3, 4, 5, 6].map((later) => addDays(monday, later));

/** Mondays of the weeks that lie between the two days whole. */
export function weeksWithin(from: string, to: string): string[] {
  const weeks: string[] = [];
  for (let week = mondayOf(addDays(from, 6)); addDays(week, 6) <= to; week = addDays(week, 7)) {
    weeks.push(week);
  }
  return weeks;
}
