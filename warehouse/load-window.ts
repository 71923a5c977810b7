/**
 * Report rows: `staged` against what is current in the days that this pull may state. Unchanged
 * rows stay, changed and vanished ones are closed, new versions begin at the time of the pull.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Stream } from '../policy/stream.ts';
import { countOf, quoteName, timestampText } from './engine.ts';
import { keyColumns, tableOf } from './tables.ts';
import type { LoadInput } from './warehouse.ts';

export interface RowChanges {
  readonly added: number;
  readonly changed: number;
  readonly closed: number;
  readonly unchanged: number;
  readonly discarded: number;
}

export async function loadWindow(
  connection: DuckDBConnection,
  alias: string,
  stream: Stream,
  streams: readonly Stream[],
  input: LoadInput,
): Promise<RowChanges> {
  const table = tableOf(alias, stream);
  const dayOf = stream.time === null ? undefined : `${quoteName(stream.time.field)}::DATE`;
  const inOpenDays =
    dayOf === undefined
      ? 'true'
      : `${dayOf} between (select min(day) from open_days)
      and (select max(day) from open_days) and ${dayOf} in (select day from open_days)`;
  const discarded = await discardClosedDays(connection, dayOf);
  const current = await countOf(
    connection,
    `select count(*) from ${table} where known_to is null and ${inOpenDays}`,
  );
  if (current === 0) {
    const added = await insertVersions(connection, table, stream, input.pulledAt, 'true');
    return { added, changed: 0, closed: 0, unchanged: 0, discarded };
  }
  await compare(connection, table, stream, inOpenDays);
  if (input.cut) await connection.run('delete from differences where new_place is null');
  else if (!input.listsDeleted) await keepRowsOfDeleted(connection, alias, stream, streams, table);
  const closedOrChanged = await connection.run(
    `update ${table} set known_to = $1::TIMESTAMP
     where rowid in (select old_row from differences where old_row is not null)`,
    [timestampText(input.pulledAt)],
  );
  const written = await insertVersions(
    connection,
    table,
    stream,
    input.pulledAt,
    'place in (select new_place from differences)',
  );
  const added = await countOf(connection, 'select count(*) from differences where old_row is null');
  const changed = written - added;
  const closed = closedOrChanged.rowsChanged - changed;
  const staged = await countOf(connection, 'select count(*) from staged');
  await connection.run('drop table differences');
  return { added, changed, closed, unchanged: staged - written, discarded };
}

/** Rows of days that a newer pull has loaded: an older one never wins. */
async function discardClosedDays(
  connection: DuckDBConnection,
  dayOf: string | undefined,
): Promise<number> {
  const stale =
    dayOf === undefined
      ? 'not exists (from open_days)'
      : `${dayOf} not in (select day from open_days)`;
  return (await connection.run(`delete from staged where ${stale}`)).rowsChanged;
}

/**
 * Pairs of rows that differ: `old_row` (rowid of the current version) and `new_place`, one of them
 * NULL for a row that vanished or is new.
 */
async function compare(
  connection: DuckDBConnection,
  table: string,
  stream: Stream,
  inOpenDays: string,
): Promise<void> {
  const key = keyColumns(stream);
  const same = (names: readonly string[]): string =>
    names
      .map((name) => `o.${quoteName(name)} is not distinct from n.${quoteName(name)}`)
      .join(' and ');
  const rest = stream.fields.map(({ name }) => name).filter((name) => !key.includes(name));
  await connection.run(`
    create temp table differences as
    select o.old_row, n.place as new_place
    from (select rowid as old_row, * from ${table} where known_to is null and ${inOpenDays}) o
    full join staged n on ${same(key)}
    where o.old_row is null or n.place is null or not (${same(rest)})`);
}

/**
 * An asynchronous report cannot list deleted entities, so a row that it leaves out vanished only
 * when its entity is known to live.
 */
async function keepRowsOfDeleted(
  connection: DuckDBConnection,
  alias: string,
  stream: Stream,
  streams: readonly Stream[],
  table: string,
): Promise<void> {
  const entity = streams.find(
    ({ load, key }) => load === 'entity' && key.length === 1 && stream.key.includes(key[0]!),
  );
  if (entity === undefined) return;
  const id = quoteName(entity.key[0]!);
  await connection.run(`
    delete from differences
    where new_place is null and old_row not in (
      select r.rowid from ${table} r
      join ${tableOf(alias, entity)} e on e.${id} = r.${id}
      where e.known_to is null and e.deleted_at is null and r.known_to is null)`);
}

export async function insertVersions(
  connection: DuckDBConnection,
  table: string,
  stream: Stream,
  knownFrom: Date,
  condition: string,
): Promise<number> {
  const names = stream.fields.map(({ name }) => quoteName(name));
  if (stream.time?.grain === 'hour') names.push('fold');
  const inserted = await connection.run(
    `insert into ${table} (${names.join(', ')}, known_from)
     select ${names.join(', ')}, $1::TIMESTAMP from staged where ${condition}`,
    [timestampText(knownFrom)],
  );
  return inserted.rowsChanged;
}
