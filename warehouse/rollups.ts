/**
 * Sums that the ad performance report reads: a row per day, campaign and ad group, kept by the load
 * that changes the ads' daily figures, in its transaction.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { type Field, type Stream, sqlTypes } from '../policy/stream.ts';
import { isOneOf } from './days.ts';
import { quoteName } from './engine.ts';

/** The stream under the rollup. */
export const rollupStream = 'ads_reports_daily';

export const rollupTable = (alias: string): string =>
  `${quoteName(alias)}.rollup.ad_performance_daily`;

export const additiveFields = (stream: Stream): Field[] =>
  stream.fields.filter(({ additive, type }) => additive && (type === 'count' || type === 'money'));

export function rollupDdl(streams: readonly Stream[]): string[] {
  const stream = streams.find(({ name }) => name === rollupStream);
  if (stream === undefined) return [];
  const sums = additiveFields(stream).map(
    ({ name, type }) => `${quoteName(name)} ${sqlTypes[type]}`,
  );
  return [
    'create schema if not exists {file}.rollup',
    // Rebuilt from its stream at the next migration, so that a new sum is there for old days too.
    'drop table if exists {file}.rollup.ad_performance_daily',
    `create table {file}.rollup.ad_performance_daily (day DATE, campaign_id BIGINT, adgroup_id BIGINT,
       ads BIGINT, ${sums.join(', ')})`,
  ];
}

/** Sums the given days again; all days without them. */
export async function rollUp(
  connection: DuckDBConnection,
  alias: string,
  stream: Stream,
  days?: readonly string[],
): Promise<void> {
  const target = rollupTable(alias);
  const day = quoteName(stream.time!.field);
  const within = (column: string): string => (days === undefined ? 'true' : isOneOf(column, days));
  const sums = additiveFields(stream).map(
    ({ name, type }) => `sum(${quoteName(name)})::${sqlTypes[type]}`,
  );
  await connection.run(`delete from ${target} where ${within('day')}`);
  await connection.run(`
    insert into ${target}
    select ${day}, campaign_id, adgroup_id, count(*), ${sums.join(', ')}
    from ${quoteName(alias)}.main.${quoteName(stream.name)}
    where known_to is null and ${within(day)}
    group by all`);
}
