/**
 * Report rows: `staged` against what is current in the days that this pull may state. Unchanged
 * rows stay, changed and vanished ones are closed, new versions begin at the time of the pull.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { listingOf, type Stream } from '../policy/stream.ts';
import { type Book, bookOf } from './book.ts';
import { isOfDays } from './days.ts';
import { quoteName, rowsOf, timestampText } from './engine.ts';
import { keyColumns, tableOf } from './tables.ts';
import type { LoadInput } from './warehouse.ts';

export interface RowChanges {
  readonly added: number;
  readonly changed: number;
  readonly closed: number;
  readonly unchanged: number;
  readonly discarded: number;
}

/** `staged` rows in the table of that name, beside `held` current ones of the open days. */
export async function loadWindow(
  connection: DuckDBConnection,
  alias: string,
  stream: Stream,
  streams: readonly Stream[],
  input: LoadInput,
  staged: number,
  { openDays, held, newer }: Book,
): Promise<RowChanges> {
  const table = tableOf(alias, stream);
  const isOpen = isOfDays(stream, openDays);
  // Rows of days that a newer pull has loaded: an older one never wins.
  const discarded =
    newer === 0
      ? 0
      : (await connection.run(`delete from staged where not (${isOpen})`)).rowsChanged;
  if (held === 0) {
    const added = await insertVersions(connection, table, stream, input.pulledAt, 'true');
    return { added, changed: 0, closed: 0, unchanged: 0, discarded };
  }
  await compare(connection, table, stream, isOpen);
  // Where pages moved, a row may have slipped between two of them: its absence says nothing.
  if (input.cut || input.moving)
    await connection.run('delete from differences where new_place is null');
  else if (!input.listsDeleted) await keepRowsOfDeleted(connection, alias, stream, streams, input);
  const [found] = await rowsOf(
    connection,
    `select count(old_row) as closed, count(new_place) as written,
       count(*) filter (old_row is null) as added from differences`,
  );
  const [closed, written, added] = [found!.closed, found!.written, found!.added].map(Number);
  if (closed! > 0) {
    await connection.run(
      `update ${table} set known_to = $1::TIMESTAMP where rowid in (select old_row from differences)`,
      [timestampText(input.pulledAt)],
    );
  }
  if (written! > 0) {
    const differs = 'rowid in (select new_place from differences)';
    await insertVersions(connection, table, stream, input.pulledAt, differs);
  }
  await connection.run('drop table differences');
  const changed = written! - added!;
  const unchanged = staged - discarded - written!;
  return { added: added!, changed, closed: closed! - changed, unchanged, discarded };
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
    select o.old_row, n.rowid as new_place
    from (select rowid as old_row, * from ${table} where known_to is null and ${inOpenDays}) o
    full join (select rowid, * from staged) n on ${same(key)}
    where o.old_row is null or n.rowid is null or not (${same(rest)})`);
}

/**
 * An asynchronous report leaves deleted entities out, so a row that is not there vanished only when
 * its entity lives: by a listing made after the pull, since it may have been deleted between the two.
 */
async function keepRowsOfDeleted(
  connection: DuckDBConnection,
  alias: string,
  stream: Stream,
  streams: readonly Stream[],
  { pulledAt }: LoadInput,
): Promise<void> {
  const listing = listingOf(streams, stream);
  if (listing === undefined) return;
  const id = quoteName(listing.key[0]!);
  await connection.run(
    `delete from differences
     where new_place is null and old_row not in (
       select r.rowid from ${tableOf(alias, stream)} r
       join ${tableOf(alias, listing)} e on e.${id} = r.${id}
       where e.known_to is null and e.deleted_at is null and r.known_to is null
         and exists (from ${bookOf(alias, 'coverage')} where stream = $1 and pulled_at >= $2::TIMESTAMP))`,
    [listing.name, timestampText(pulledAt)],
  );
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
