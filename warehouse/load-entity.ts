/**
 * Campaigns, ads, orders: a version per change. An entity is deleted when its status says so, or
 * when two complete listings in a row left it out.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Stream } from '../policy/stream.ts';
import { bookOf } from './book.ts';
import { countOf, quoteName, quoteText, timestampText } from './engine.ts';
import type { RowChanges } from './load-window.ts';
import { personalFields, tableOf } from './tables.ts';
import type { Completeness, LoadInput } from './warehouse.ts';

/**
 * Columns that can say that an entity is deleted (`CAMPAIGN_STATUS_DELETE`,
 * `AD_STATUS_ADGROUP_DELETE`).
 */
const statusColumns = ['secondary_status', 'operation_status', 'status'];

export async function loadEntity(
  connection: DuckDBConnection,
  alias: string,
  stream: Stream,
  input: LoadInput,
  completeness: Completeness,
  staged: number,
  openDays: readonly string[],
): Promise<RowChanges> {
  if (openDays.length === 0) {
    return { added: 0, changed: 0, closed: 0, unchanged: 0, discarded: staged };
  }
  const table = tableOf(alias, stream);
  await compare(connection, table, stream, input.pulledAt);
  const added = await countOf(connection, 'select count(*) from changes where old_row is null');
  const written = await writeChanges(connection, table, stream, input.pulledAt);
  await connection.run('drop table changes');
  await forgetAbsences(connection, alias, stream);
  const complete = completeness === 'verified' || completeness === 'counted';
  const closed =
    complete && input.listsDeleted
      ? await closeAbsent(connection, alias, stream, input.pulledAt)
      : 0;
  return { added, changed: written - added, closed, unchanged: staged - written, discarded: 0 };
}

const hasField = ({ fields }: Stream, name: string): boolean =>
  fields.some((field) => field.name === name);

const isDeleted = (stream: Stream, row: string): string => {
  const columns = statusColumns.filter((name) => hasField(stream, name));
  const conditions = columns.map(
    (name) => `coalesce(regexp_matches(${row}.${name}, 'DELETED?$'), false)`,
  );
  return conditions.length === 0 ? 'false' : `(${conditions.join(' or ')})`;
};

/** When TikTok says that an entity was last changed: ads and shops name it differently. */
export const changeColumnOf = (stream: Stream): string | undefined =>
  ['modify_time', 'update_time'].find((name) => hasField(stream, name));

/** SQL: the listed row `n` counts against the current version `o`; `$1` is the time of the pull. */
export function winsSql(stream: Stream): string {
  const older = 'o.known_from <= $1::TIMESTAMP';
  const column = changeColumnOf(stream);
  if (column === undefined) return older;
  const [listed, known] = [`n.${column}`, `o.${column}`];
  return `(coalesce(${listed} > ${known}, false) or (coalesce(${listed} = ${known}, true) and ${older}))`;
}

/** `changes`: what differs from the current version, unless that one is newer than what was listed. */
async function compare(
  connection: DuckDBConnection,
  table: string,
  stream: Stream,
  pulledAt: Date,
): Promise<void> {
  const same = (names: readonly string[]): string =>
    names
      .map((name) => `o.${quoteName(name)} is not distinct from n.${quoteName(name)}`)
      .join(' and ');
  const rest = stream.fields.map(({ name }) => name).filter((name) => !stream.key.includes(name));
  await connection.run(
    `create temp table changes as
    select o.old_row, o.deleted_at, n.rowid as new_place, ${isDeleted(stream, 'n')} as deleted
    from staged n
    left join (select rowid as old_row, * from ${table} where known_to is null) o on ${same(stream.key)}
    where o.old_row is null
      or (not (${same(rest)}) and ${winsSql(stream)})
      -- Listed again though its absence was taken for deletion.
      or (o.deleted_at is not null and not ${isDeleted(stream, 'o')} and not ${isDeleted(stream, 'n')})`,
    [timestampText(pulledAt)],
  );
}

async function writeChanges(
  connection: DuckDBConnection,
  table: string,
  stream: Stream,
  pulledAt: Date,
): Promise<number> {
  const names = stream.fields.map(({ name }) => quoteName(name));
  await closeVersions(
    connection,
    table,
    stream,
    pulledAt,
    'select old_row from changes where old_row is not null',
  );
  const inserted = await connection.run(
    `insert into ${table} (${names.join(', ')}, deleted_at, known_from)
     select ${names.map((name) => `n.${name}`).join(', ')},
       case when c.deleted then coalesce(c.deleted_at, $1::TIMESTAMP) end, $1::TIMESTAMP
     from changes c join staged n on n.rowid = c.new_place`,
    [timestampText(pulledAt)],
  );
  return inserted.rowsChanged;
}

/** Ends versions; what can be about a person is not kept in them. */
export async function closeVersions(
  connection: DuckDBConnection,
  table: string,
  stream: Stream,
  pulledAt: Date,
  rows: string,
): Promise<number> {
  const cleared = personalFields(stream).map(({ name }) => `, ${quoteName(name)} = null`);
  const updated = await connection.run(
    `update ${table} set known_to = $1::TIMESTAMP ${cleared.join('')} where rowid in (${rows})`,
    [timestampText(pulledAt)],
  );
  return updated.rowsChanged;
}

/** Whatever is listed, even by a listing that moved, is not absent. */
async function forgetAbsences(
  connection: DuckDBConnection,
  alias: string,
  stream: Stream,
): Promise<void> {
  await connection.run(
    `delete from ${bookOf(alias, 'absences')}
     where stream = $1 and entity in (select ${entityText(stream, 'staged')} from staged)`,
    [stream.name],
  );
}

const entityText = (stream: Stream, row: string): string =>
  `concat_ws(chr(31), ${stream.key.map((key) => `${row}.${quoteName(key)}`).join(', ')})`;

/** A listing is complete but TikTok may have been slow: the second absence in a row counts. */
async function closeAbsent(
  connection: DuckDBConnection,
  alias: string,
  stream: Stream,
  pulledAt: Date,
): Promise<number> {
  const table = tableOf(alias, stream);
  const absences = bookOf(alias, 'absences');
  const name = quoteText(stream.name);
  const entity = entityText(stream, 't');
  const same = stream.key.map((key) => `n.${quoteName(key)} = t.${quoteName(key)}`).join(' and ');
  await connection.run(`
    create temp table absent as
    select t.rowid as old_row, ${entity} as entity,
      ${entity} in (select entity from ${absences} where stream = ${name}) as again
    from ${table} t
    where t.known_to is null and t.deleted_at is null and not exists (from staged n where ${same})`);
  const fields = stream.fields.map((field) => quoteName(field.name)).join(', ');
  await connection.run(
    `create temp table vanished as
     select ${fields} from ${table} where rowid in (select old_row from absent where again)`,
  );
  const closed = await closeVersions(
    connection,
    table,
    stream,
    pulledAt,
    'select old_row from absent where again',
  );
  await connection.run(
    `insert into ${table} (${fields}, deleted_at, known_from)
     select ${fields}, $1::TIMESTAMP, $1::TIMESTAMP from vanished`,
    [timestampText(pulledAt)],
  );
  await connection.run(`delete from ${absences} where stream = ${name}`);
  await connection.run(
    `insert into ${absences} select ${name}, entity, $1::TIMESTAMP from absent where not again`,
    [timestampText(pulledAt)],
  );
  await connection.run('drop table vanished');
  await connection.run('drop table absent');
  return closed;
}
