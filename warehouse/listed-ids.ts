/** What a list that is asked by the ids of another one is asked for. */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Stream } from '../policy/stream.ts';
import { countOf, quoteName, rowsOf } from './engine.ts';
import { tableOf } from './tables.ts';
import type { ListedIdsInput, Warehouse } from './warehouse.ts';

export async function readListedIds(
  connection: DuckDBConnection,
  alias: string,
  streams: readonly Stream[],
  streamName: string,
  { within, offset, limit }: ListedIdsInput,
): ReturnType<Warehouse['listedIds']> {
  const stream = streams.find(({ name }) => name === streamName);
  if (stream === undefined) return { ids: [], total: 0 };
  const id = quoteName(stream.key[0]!);
  const bounds = within === null ? [] : [within.window.from, within.window.to];
  const during =
    within === null ? '' : `and ${quoteName(within.column)}::DATE between $1::DATE and $2::DATE`;
  const asked = `${tableOf(alias, stream)} where known_to is null and deleted_at is null ${during}`;
  const rows = await rowsOf(
    connection,
    `select ${id}::VARCHAR as id from ${asked} order by ${id} limit ${limit} offset ${offset}`,
    bounds,
  );
  const total = await countOf(connection, `select count(*) from ${asked}`, bounds);
  return { ids: rows.map((row) => String(row.id)), total };
}
