/** DDL of a connection's `facts` file, generated from its streams, and its migration. */

import { createHash } from 'node:crypto';
import type { DuckDBConnection } from '@duckdb/node-api';
import { personalCategories } from '../policy/categories.ts';
import { type Field, type Stream, sqlTypes } from '../policy/stream.ts';
import { inTransaction, quoteName, rowsOf } from './engine.ts';
import { rollUp, rollupDdl, rollupStream } from './rollups.ts';

export interface Column {
  readonly name: string;
  readonly type: string;
}

/** Columns that no stream names: which of equal hours, when it was known, when it was deleted. */
export function columnsOf(stream: Stream): Column[] {
  const fields = stream.fields.map(({ name, type }) => ({ name, type: sqlTypes[type] }));
  // Of buyers there is what the newest pull said, and nothing else.
  if (stream.file === 'people') return [...fields, { name: 'known_from', type: 'TIMESTAMP' }];
  return [
    ...fields,
    ...(stream.time?.grain === 'hour' ? [{ name: 'fold', type: 'SMALLINT' }] : []),
    ...(stream.load === 'entity' ? [{ name: 'deleted_at', type: 'TIMESTAMP' }] : []),
    { name: 'known_from', type: 'TIMESTAMP' },
    { name: 'known_to', type: 'TIMESTAMP' },
  ];
}

/** Columns that identify a row among those of one moment. */
export const keyColumns = (stream: Stream): string[] =>
  stream.time?.grain === 'hour' ? [...stream.key, 'fold'] : [...stream.key];

/** Columns that can be about a person: kept in the newest version only. */
export const personalFields = (stream: Stream): Field[] =>
  stream.fields.filter(
    ({ name, category }) => personalCategories.has(category) && !stream.key.includes(name),
  );

export const tableOf = (alias: string, stream: Pick<Stream, 'name'>): string =>
  `${quoteName(alias)}.main.${quoteName(stream.name)}`;

const bookDdl = [
  'create schema if not exists {file}.book',
  'create table if not exists {file}.book.state (schema VARCHAR)',
  // One row a load, never removed: their number is the version of the file's data.
  `create table if not exists {file}.book.pulls (pull_id VARCHAR, stream VARCHAR, from_day DATE, to_day DATE,
     pulled_at TIMESTAMP, loaded_at TIMESTAMP, time_zone VARCHAR, result VARCHAR)`,
  `create table if not exists {file}.book.coverage (stream VARCHAR, day DATE, pulled_at TIMESTAMP,
     pull_id VARCHAR, completeness VARCHAR, "rows" BIGINT, time_zone VARCHAR)`,
  `create table if not exists {file}.book.unknown_fields (stream VARCHAR, field VARCHAR, "rows" BIGINT,
     last_seen_at TIMESTAMP)`,
  `create table if not exists {file}.book.quarantined (stream VARCHAR, pull_id VARCHAR, reason VARCHAR,
     "rows" BIGINT)`,
  // Entities that the newest complete listing left out, once.
  'create table if not exists {file}.book.absences (stream VARCHAR, entity VARCHAR, since TIMESTAMP)',
];

/** When the order of a buyer ended: its later changes, a refund perhaps, do not begin the last 30 days again. */
const endsDdl = `create table if not exists {file}.book.ends (stream VARCHAR, entity VARCHAR, created_at TIMESTAMP,
   ended_at TIMESTAMP)`;

const createTable = (table: string, columns: readonly Column[]): string =>
  `create table if not exists ${table} (${columns.map(({ name, type }) => `${quoteName(name)} ${type}`).join(', ')})`;

const ddlOf = (streams: readonly Stream[]): string[] => [
  ...bookDdl,
  ...(streams.some(({ file }) => file === 'people') ? [endsDdl] : []),
  ...streams.map((stream) =>
    createTable(`{file}.main.${quoteName(stream.name)}`, columnsOf(stream)),
  ),
  ...rollupDdl(streams),
];

export const schemaHash = (streams: readonly Stream[]): string =>
  createHash('sha256').update(ddlOf(streams).join(';')).digest('hex').slice(0, 16);

/**
 * Brings an attached file to the present streams: new tables and new columns, in one transaction.
 * The caller holds the file's writer mutex. Columns that a stream lost stay until the file is
 * rebuilt.
 */
export async function migrate(
  connection: DuckDBConnection,
  alias: string,
  streams: readonly Stream[],
): Promise<void> {
  const hash = schemaHash(streams);
  const file = quoteName(alias);
  // A new file has no such table. Catalog views would walk over every attached file at each attach.
  const state = await rowsOf(connection, `select schema from ${file}.book.state`).catch(() => []);
  if (state[0]?.schema === hash) return;
  const existing = await rowsOf(
    connection,
    'select table_name, column_name from duckdb_columns() where database_name = $1',
    [alias],
  );
  const tables = Map.groupBy(existing, (row) => String(row.table_name));
  await inTransaction(connection, async () => {
    for (const statement of ddlOf(streams))
      await connection.run(statement.replaceAll('{file}', file));
    for (const stream of streams) {
      const columns = tables.get(stream.name);
      if (columns === undefined) continue;
      const known = new Set(columns.map((row) => String(row.column_name)));
      for (const { name, type } of columnsOf(stream)) {
        if (known.has(name)) continue;
        await connection.run(
          `alter table ${tableOf(alias, stream)} add column ${quoteName(name)} ${type}`,
        );
      }
    }
    const summed = streams.find(({ name }) => name === rollupStream);
    if (summed !== undefined) await rollUp(connection, alias, summed);
    await connection.run(
      tables.has('state')
        ? `update ${file}.book.state set schema = $1`
        : `insert into ${file}.book.state (schema) values ($1)`,
      [hash],
    );
  });
}
