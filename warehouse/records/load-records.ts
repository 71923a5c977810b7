/**
 * A landed list into the connection's files: the list and what stands inside its records, from
 * the same pages. Buyers' fields go to the people file in a transaction of its own, before the one of the
 * facts; both know the pull, so that a kill between them is made good when the load is repeated.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { keyId } from '../../keyring/keyring.ts';
import type { Stream } from '../../policy/stream.ts';
import { wholeWindow } from '../../policy/windows.ts';
import {
  type Book,
  gainedRows,
  readBook,
  recordCoverage,
  recordFindings,
  recordPull,
} from '../book.ts';
import { judgeCompleteness } from '../completeness.ts';
import { daysOf, isOneOf, wholeDay } from '../days.ts';
import { inTransaction, quoteName, rowsOf, timestampText } from '../engine.ts';
import type { Loading } from '../load.ts';
import { changeColumnOf, loadEntity, winsSql } from '../load-entity.ts';
import { insertVersions, type RowChanges } from '../load-window.ts';
import { loadPeople } from '../people/load-people.ts';
import { tableOf } from '../tables.ts';
import type { LoadInput, LoadResult } from '../warehouse.ts';
import { loadPart } from './load-part.ts';
import {
  isPartOf,
  keepNewestPerKey,
  type StagedStream,
  stagedRows,
  stageRecords,
  takeUp,
} from './stage-records.ts';

export async function loadRecords(
  loading: Loading,
  connection: DuckDBConnection,
  list: Stream,
  input: LoadInput,
): Promise<LoadResult> {
  const parts = loading.streams.filter((stream) => isPartOf(list, stream));
  const pseudonymKey = await pseudonymKeyOf(loading, input.connectionId, [list, ...parts]);
  const staging = { landing: loading.landing, parsers: loading.parsers, pseudonymKey };
  const staged = await stageRecords(staging, connection, input, [list, ...parts]).finally(() =>
    pseudonymKey?.fill(0),
  );
  await loading.landing.quarantine(
    input,
    staged.flatMap(({ stream, staged: { quarantined } }) =>
      quarantined.map((row) => ({ ...row, reason: `${stream.name}: ${row.reason}` })),
    ),
  );
  const people = staged.filter(({ stream }) => stream.file === 'people');
  if (people.length > 0) await loadPeople(loading, connection, input, people);
  const facts = staged.filter(({ stream }) => stream.file !== 'people');
  return loading.files.write(input.connectionId, connection, (alias) =>
    inTransaction(connection, () => loadFacts(loading, connection, alias, input, facts, people)),
  );
}

/** In clear for the parsing of one load; the caller zeroes it. */
async function pseudonymKeyOf(
  { keyring }: Loading,
  connectionId: string,
  streams: readonly Stream[],
): Promise<Uint8Array | undefined> {
  if (!streams.some(({ fields }) => fields.some(({ type }) => type === 'pseudonym')))
    return undefined;
  await keyring.ensure('pseudonym', connectionId);
  return keyring.unwrap(keyId('pseudonym', connectionId));
}

async function loadFacts(
  loading: Loading,
  connection: DuckDBConnection,
  alias: string,
  input: LoadInput,
  [list, ...parts]: readonly StagedStream[],
  people: readonly StagedStream[],
): Promise<LoadResult> {
  const { stream, staged } = list!;
  const cut = windowOf(stream, input);
  const book = await readBook(connection, alias, stream, input, cut.days);
  if (book.result !== undefined) return book.result;
  await takeUp(connection, list!);
  staged.duplicates = await keepNewestPerKey(connection, stream);
  staged.rows -= staged.duplicates;
  const completeness = await judgeCompleteness(connection, stream, input, staged, 'staged');
  const days = await countDays(connection, stream, cut, staged.rows);
  const late = await discardLate(connection, cut, book);
  await accept(connection, tableOf(alias, stream), stream, input.pulledAt);
  // Only a whole listing says of something that it is no longer there.
  const listsAll =
    input.listsDeleted && cut.isWhole && late === 0 && staged.quarantined.length === 0;
  const listing = { ...input, listsDeleted: listsAll };
  const changes = await writeList(connection, alias, stream, listing, completeness);
  for (const part of parts) {
    await takeUp(connection, part);
    await loadPart(connection, alias, part.stream, stream, input);
  }
  for (const part of [...parts, ...people]) {
    await recordFindings(connection, alias, { ...input, stream: part.stream.name }, part.staged);
  }
  const result: LoadResult = {
    rowsRead: staged.rowsRead,
    ...changes,
    gained: cut.days.length > 0 ? gainedRows(book, days) : 0,
    discarded: changes.discarded + late,
    duplicates: staged.duplicates,
    quarantined: [list!, ...parts, ...people].reduce(
      (sum, one) => sum + one.staged.quarantined.length,
      0,
    ),
    completeness,
    unknownFields: staged.unknownFields,
    repeated: false,
  };
  if (cut.days.length > 0) {
    await recordCoverage(connection, alias, stream, input, book, completeness, days);
  }
  await recordFindings(connection, alias, input, staged);
  await recordPull(connection, alias, input, result, loading.clock.now());
  // The fence: nothing is committed for a connection whose consent has ended meanwhile.
  input.signal.throwIfAborted();
  return result;
}

/** How the pull was cut out of the stream. */
interface Cut {
  /** Days of coverage; none for records that were asked for by id. */
  readonly days: readonly string[];
  /** Column that the days are about, where the stream has it. */
  readonly column: string | undefined;
  /** Whether the newest pull of a day, or of the whole, decides: where nothing says when a record changed. */
  readonly byDay: boolean;
  readonly isWhole: boolean;
}

function windowOf(stream: Stream, { window }: LoadInput): Cut {
  if (stream.windowDaysMax === null) {
    const byDay = stream.load === 'entity';
    return { days: [wholeDay], column: undefined, byDay, isWhole: isUnfiltered(stream) };
  }
  const filter = stream.request.kind === 'shop-list' ? stream.request.window?.filter : undefined;
  const column = stream.fields.find(({ source }) => source === filter)?.name;
  const isByIds = window.from === wholeWindow.from;
  return {
    days: isByIds ? [] : daysOf({ time: { field: column ?? '', grain: 'day' } }, window),
    column,
    byDay: stream.load === 'entity' && !stream.fields.some(({ name }) => name === 'update_time'),
    isWhole: false,
  };
}

const isUnfiltered = ({ request }: Stream): boolean =>
  request.kind === 'shop-list'
    ? request.window === null && request.per === null
    : request.kind === 'ads-list' && request.per === null;

/** Rows of days that a newer pull has loaded. */
async function discardLate(
  connection: DuckDBConnection,
  { column, byDay }: Cut,
  { newer, openDays }: Book,
): Promise<number> {
  if (newer === 0 || !byDay) return 0;
  const isOpen = column === undefined ? 'false' : isOneOf(`${quoteName(column)}::DATE`, openDays);
  const removed = await connection.run(`delete from staged where not coalesce(${isOpen}, false)`);
  return removed.rowsChanged;
}

/** `accepted`: the records that count. Their parts take the place of those that the file knows of them. */
async function accept(
  connection: DuckDBConnection,
  table: string,
  stream: Stream,
  pulledAt: Date,
): Promise<void> {
  const same = stream.key
    .map((name) => `o.${quoteName(name)} = n.${quoteName(name)}`)
    .join(' and ');
  const keys = stream.key.map((name) => `n.${quoteName(name)}`).join(', ');
  const changedAt = changeColumnOf(stream);
  const isChanged =
    changedAt === undefined ? 'false' : `coalesce(n.${changedAt} > o.${changedAt}, false)`;
  await connection.run(
    `create or replace temp table accepted as
     select n.record_number, ${keys}, o.known_from is null or ${isChanged} as is_changed
     from staged n left join (from ${table} where known_to is null) o on ${same}
     where o.known_from is null or ${stream.load === 'append' ? 'false' : winsSql(stream)}`,
    stream.load === 'append' ? [] : [timestampText(pulledAt)],
  );
}

async function writeList(
  connection: DuckDBConnection,
  alias: string,
  stream: Stream,
  input: LoadInput,
  completeness: LoadResult['completeness'],
): Promise<RowChanges> {
  const total = await stagedRows(connection);
  if (stream.load === 'entity') {
    return loadEntity(connection, alias, stream, input, completeness, total, [wholeDay]);
  }
  const table = tableOf(alias, stream);
  const same = stream.key.map((name) => `t.${quoteName(name)} = staged.${quoteName(name)}`);
  const isNew = `not exists (from ${table} t where ${same.join(' and ')})`;
  const added = await insertVersions(connection, table, stream, input.pulledAt, isNew);
  return { added, changed: 0, closed: 0, unchanged: total - added, discarded: 0 };
}

/** Rows of the pull by day of the window; all under its first day where no column says which. */
async function countDays(
  connection: DuckDBConnection,
  stream: Stream,
  { days, column }: Cut,
  rows: number,
): Promise<Map<string, number>> {
  if (column === undefined || stream.windowDaysMax === null) {
    return new Map(days.slice(0, 1).map((day) => [day, rows]));
  }
  const found = await rowsOf(
    connection,
    `select ${quoteName(column)}::DATE::VARCHAR as day, count(*) as "rows" from staged
     where ${quoteName(column)} is not null group by all`,
  );
  return new Map(found.map(({ day, rows: count }) => [String(day), Number(count)]));
}
