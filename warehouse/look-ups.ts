/** Small questions that planning and the panel ask of one file. */
import type { DuckDBConnection, DuckDBDateValue, DuckDBTimestampValue } from '@duckdb/node-api';
import { listingOf, type Stream } from '../policy/stream.ts';
import { wholeWindow } from '../policy/windows.ts';
import { bookOf } from './book.ts';
import { wholeDay } from './days.ts';
import { countOf, quoteName, type Row, rowsOf } from './engine.ts';
import { tableOf } from './tables.ts';
import type { Completeness, Coverage, EntityIdsInput, Warehouse } from './warehouse.ts';

export const dateOf = (value: unknown): Date =>
  new Date(Number((value as DuckDBTimestampValue).micros / 1000n));

export async function readCoverage(
  connection: DuckDBConnection,
  alias: string,
): Promise<Coverage[]> {
  const rows = await rowsOf(
    connection,
    `select stream, day, completeness, "rows", pulled_at from ${bookOf(alias, 'coverage')}
     order by stream, day desc`,
  );
  return rows.map((row) => {
    const day = String(row.day as DuckDBDateValue).padStart(10, '0');
    return {
      stream: String(row.stream),
      ...(day === wholeDay ? wholeWindow : { from: day, to: day }),
      completeness: row.completeness as Completeness,
      rows: Number(row.rows),
      pulledAt: dateOf(row.pulled_at),
    };
  });
}

const clickWindowDays = `case click_attribution_window
  when 'ONE_DAY' then 1 when 'SEVEN_DAYS' then 7 when 'FOURTEEN_DAYS' then 14
  when 'TWENTY_EIGHT_DAYS' then 28 when 'OFF' then 0 end`;

export async function readAttributionDays(
  connection: DuckDBConnection,
  alias: string,
  streams: readonly Stream[],
): Promise<number | null> {
  const stream = streams.find(
    ({ load, fields }) =>
      load === 'entity' && fields.some(({ name }) => name === 'click_attribution_window'),
  );
  if (stream === undefined) return null;
  const [row] = await rowsOf(
    connection,
    `select max(${clickWindowDays}) as days from ${tableOf(alias, stream)} where known_to is null`,
  );
  return typeof row?.days === 'number' ? row.days : null;
}

/** Ids of the entities that rows of this stream are about; none for whole accounts. */
export async function readEntityIds(
  connection: DuckDBConnection,
  alias: string,
  streams: readonly Stream[],
  streamName: string,
  { deletedOnly, offset, limit }: EntityIdsInput,
): ReturnType<Warehouse['entityIds']> {
  const about = streams.find(({ name }) => name === streamName);
  const listing = about && listingOf(streams, about);
  if (listing === undefined) return { ids: [], total: 0 };
  const id = quoteName(listing.key[0]!);
  const asked = `${tableOf(alias, listing)}
    where known_to is null ${deletedOnly ? 'and deleted_at is not null' : ''}`;
  const rows = await rowsOf(
    connection,
    `select ${id}::VARCHAR as id from ${asked} order by ${id} limit ${limit} offset ${offset}`,
  );
  const total = await countOf(connection, `select count(*) from ${asked}`);
  return { ids: rows.map((row) => String(row.id)), total };
}

export async function readAccount(
  connection: DuckDBConnection,
  alias: string,
  streams: readonly Stream[],
): ReturnType<Warehouse['account']> {
  const stream = streams.find(({ request }) => request.kind === 'account');
  if (stream === undefined) return undefined;
  const zone = stream.fields.some(({ name }) => name === 'display_timezone')
    ? 'coalesce(display_timezone, timezone)'
    : 'timezone';
  const [row] = await rowsOf(
    connection,
    `select ${zone} as zone, currency, create_time from ${tableOf(alias, stream)}
     where known_to is null order by known_from desc limit 1`,
  );
  if (row === undefined || row.zone === null || row.currency === null) return undefined;
  return {
    timeZone: String(row.zone),
    currency: String(row.currency),
    createdAt: row.create_time === null ? new Date(0) : dateOf(row.create_time),
  };
}

export async function readUnknownFields(
  connection: DuckDBConnection,
  alias: string,
): ReturnType<Warehouse['unknownFields']> {
  const rows = await rowsOf(
    connection,
    `from ${bookOf(alias, 'unknown_fields')} order by stream, field`,
  );
  return rows.map((row: Row) => ({
    stream: String(row.stream),
    field: String(row.field),
    rows: Number(row.rows),
    lastSeenAt: dateOf(row.last_seen_at),
  }));
}

/**
 * Of the pulls that are the newest of some day: what is missing from the figures that are shown.
 */
export async function readQuarantine(
  connection: DuckDBConnection,
  alias: string,
): ReturnType<Warehouse['quarantine']> {
  const rows = await rowsOf(
    connection,
    `select stream, reason, sum("rows")::BIGINT as "rows" from ${bookOf(alias, 'quarantined')}
     where pull_id in (select pull_id from ${bookOf(alias, 'coverage')})
     group by all order by all`,
  );
  return rows.map((row) => ({
    stream: String(row.stream),
    reason: String(row.reason),
    rows: Number(row.rows),
  }));
}
