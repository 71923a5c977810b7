/**
 * Buyers' fields into the people file: what the newest record says and nothing else, so that a masked
 * value takes the place of a clear one; nothing of an order whose time is over.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Stream } from '../../policy/stream.ts';
import { bookOf, readBook, recordPull } from '../book.ts';
import { inTransaction, quoteName, quoteText, timestampText } from '../engine.ts';
import type { Loading } from '../load.ts';
import { winsSql } from '../load-entity.ts';
import { keepNewestPerKey, type StagedStream, takeUp } from '../records/stage-records.ts';
import { tableOf } from '../tables.ts';
import type { LoadInput, LoadResult } from '../warehouse.ts';
import { endedStates, entitySql, type Keeping, timeOverSql } from './time-over.ts';

/** In one transaction of the people file, which knows the pull as well. */
export async function loadPeople(
  { people, clock }: Loading,
  connection: DuckDBConnection,
  input: LoadInput,
  staged: readonly StagedStream[],
): Promise<void> {
  const keeping = { now: clock.now(), daysAfterEnd: people.daysAfterEnd };
  await people.files.write(input.connectionId, connection, (alias) =>
    inTransaction(connection, async () => {
      const book = await readBook(connection, alias, staged[0]!.stream, input, []);
      if (book.result !== undefined) return;
      for (const one of staged) {
        await takeUp(connection, one);
        await keepNewestPerKey(connection, one.stream);
        await writePeople(connection, alias, one.stream, input, keeping);
      }
      await recordPull(connection, alias, input, nothing, keeping.now);
      // The fence: nothing is committed for a connection whose consent has ended meanwhile.
      input.signal.throwIfAborted();
    }),
  );
}

/** The counts of a pull stand in the facts file. */
const nothing: LoadResult = {
  rowsRead: 0,
  added: 0,
  changed: 0,
  closed: 0,
  unchanged: 0,
  gained: 0,
  discarded: 0,
  duplicates: 0,
  quarantined: 0,
  completeness: 'unverifiable',
  unknownFields: {},
  repeated: false,
};

async function writePeople(
  connection: DuckDBConnection,
  alias: string,
  stream: Stream,
  input: LoadInput,
  keeping: Keeping,
): Promise<void> {
  const table = tableOf(alias, stream);
  const pulledAt = timestampText(input.pulledAt);
  await recordEnds(connection, alias, stream, pulledAt);
  const same = stream.key
    .map((name) => `o.${quoteName(name)} = n.${quoteName(name)}`)
    .join(' and ');
  await connection.run(
    `delete from staged n where exists (from ${table} o where ${same} and not ${winsSql(stream)})`,
    [pulledAt],
  );
  await connection.run(`delete from ${table} o where exists (from staged n where ${same})`);
  await connection.run(`delete from staged n where ${timeOverSql(alias, stream, 'n', keeping)}`);
  const names = stream.fields.map(({ name }) => quoteName(name)).join(', ');
  await connection.run(
    `insert into ${table} (${names}, known_from) select ${names}, $1::TIMESTAMP from staged`,
    [pulledAt],
  );
}

/** The earliest end that was seen counts: what changes later does not prolong anything. */
async function recordEnds(
  connection: DuckDBConnection,
  alias: string,
  stream: Stream,
  pulledAt: string,
): Promise<void> {
  const ends = bookOf(alias, 'ends');
  const name = quoteText(stream.name);
  const states = endedStates.map(quoteText).join(', ');
  await connection.run(
    `create or replace temp table ended as
     select ${entitySql(stream, 'n')} as entity, coalesce(n.create_time, n.update_time) as created_at,
       coalesce(n.update_time, $1::TIMESTAMP) as ended_at
     from staged n where n.status in (${states})`,
    [pulledAt],
  );
  await connection.run(
    `update ${ends} set ended_at = n.ended_at from ended n
     where stream = ${name} and ends.entity = n.entity and n.ended_at < ends.ended_at`,
  );
  await connection.run(
    `insert into ${ends} select ${name}, entity, created_at, ended_at from ended
     where entity not in (select entity from ${ends} where stream = ${name})`,
  );
}
