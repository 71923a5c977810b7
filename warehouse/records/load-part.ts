/**
 * What stands inside the records of a list: all parts of one record take the place of those that the
 * file knows of it. A part that is no longer in its record gets `known_to`.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Stream } from '../../policy/stream.ts';
import { quoteName, timestampText } from '../engine.ts';
import { closeVersions } from '../load-entity.ts';
import { insertVersions } from '../load-window.ts';
import { tableOf } from '../tables.ts';
import type { LoadInput } from '../warehouse.ts';
import { keepNewestPerKey } from './stage-records.ts';

/** `staged` rows of `part`, of the records of `list` that are in the table `accepted`. */
export async function loadPart(
  connection: DuckDBConnection,
  alias: string,
  part: Stream,
  list: Stream,
  { pulledAt }: LoadInput,
): Promise<void> {
  const table = tableOf(alias, part);
  const known = `(select rowid as old_row, * from ${table} where known_to is null)`;
  const owner = ownerColumns(part, list);
  await connection.run(
    'delete from staged where record_number not in (select record_number from accepted)',
  );
  await keepNewestPerKey(connection, part);
  await settleRecords(connection, table, owner, pulledAt);
  const inRecords = owner.map(({ own, key }) => `o.${own} = r.${key}`).join(' and ');
  const sameKey = part.key.map((name) => same(quoteName(name))).join(' and ');
  const rest = part.fields.map(({ name }) => name).filter((name) => !part.key.includes(name));
  const isSame = ['true', ...rest.map((name) => same(quoteName(name)))].join(' and ');
  await connection.run(
    `create or replace temp table part_changes as
     select o.old_row, n.rowid as new_place
     from (select * from ${known} o where
       ${owner.length === 0 ? 'false' : `exists (from settled r where ${inRecords})`}
       or exists (select 1 from staged n where ${sameKey})) o
     full join (select rowid, * from staged) n on ${sameKey}
     where o.old_row is null or n.rowid is null or not (${isSame})`,
  );
  const closed = 'select old_row from part_changes where old_row is not null';
  await closeVersions(connection, table, part, pulledAt, closed);
  const isNew = 'rowid in (select new_place from part_changes)';
  await insertVersions(connection, table, part, pulledAt, isNew);
}

const same = (name: string): string => `o.${name} is not distinct from n.${name}`;

interface OwnerColumn {
  /** The part's column that holds a key of its record, and that key. */
  readonly own: string;
  readonly key: string;
}

/** None where the part does not name its record: nothing of it can be missed then. */
function ownerColumns(part: Stream, list: Stream): OwnerColumn[] {
  const rows = part.request.kind === 'part' ? part.request.rows : null;
  const up = rows === null ? '' : '^.'.repeat(rows.split('.').length);
  const columns = list.key.flatMap((key) => {
    const source = list.fields.find(({ name }) => name === key)?.source;
    const own = part.fields.find((field) => field.source === `${up}${source}`);
    return own === undefined ? [] : [{ own: quoteName(own.name), key: quoteName(key) }];
  });
  return columns.length === list.key.length ? columns : [];
}

/**
 * `settled`: the records whose parts are replaced. Where a record says the same as before, a newer pull may
 * have brought other parts of it already; those stay.
 */
async function settleRecords(
  connection: DuckDBConnection,
  table: string,
  owner: readonly OwnerColumn[],
  pulledAt: Date,
): Promise<void> {
  const isNamed = owner.map(({ own, key }) => `p.${own} = accepted.${key}`).join(' and ');
  const isOutdone =
    owner.length === 0
      ? 'false'
      : `not is_changed and exists (from ${table} p where ${isNamed}
          and (p.known_from > $1::TIMESTAMP or p.known_to > $1::TIMESTAMP))`;
  await connection.run(
    `create or replace temp table settled as select * from accepted where not (${isOutdone})`,
    owner.length === 0 ? [] : [timestampText(pulledAt)],
  );
  await connection.run(
    'delete from staged where record_number not in (select record_number from settled)',
  );
}
