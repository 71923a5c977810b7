/**
 * A landed pull into the connection's file: exactly once, in one transaction with its coverage,
 * completeness, rollup and record. Killed at any moment, nothing of it is there, or all of it.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Keyring } from '../keyring/keyring.ts';
import type { Clock } from '../policy/clock.ts';
import { HubError } from '../policy/errors.ts';
import { isRecordList, type Stream } from '../policy/stream.ts';
import {
  type Book,
  gainedRows,
  readBook,
  recordCoverage,
  recordFindings,
  recordPull,
} from './book.ts';
import { ChunkWriter, type DayRows } from './chunk-writer.ts';
import { judgeCompleteness } from './completeness.ts';
import { daySql, isOfDays } from './days.ts';
import { type Engine, explainError, inTransaction, quoteName, rowsOf } from './engine.ts';
import type { FactsFiles } from './files.ts';
import { type Landing, pullDetails } from './landing.ts';
import { loadEntity } from './load-entity.ts';
import { insertVersions, loadWindow, type RowChanges } from './load-window.ts';
import type { PeopleFiles } from './people/people-files.ts';
import { loadRecords } from './records/load-records.ts';
import { rollUp, rollupStream } from './rollups.ts';
import { type Parsers, type Staged, stage, writeParts } from './stage.ts';
import { keyColumns, tableOf } from './tables.ts';
import type { Completeness, LoadInput, LoadResult } from './warehouse.ts';

export interface Loading {
  readonly engine: Engine;
  readonly files: FactsFiles;
  readonly people: PeopleFiles;
  readonly keyring: Keyring;
  readonly landing: Landing;
  readonly parsers: Parsers;
  readonly streams: readonly Stream[];
  readonly clock: Clock;
}

export async function load(loading: Loading, input: LoadInput): Promise<LoadResult> {
  const stream = loading.streams.find(({ name }) => name === input.stream);
  if (stream === undefined) {
    throw new HubError('STREAM_UNKNOWN', 'No stream has this name.', {
      details: pullDetails(input),
    });
  }
  try {
    const result = await loading.engine.using(async (connection) => {
      try {
        if (isRecordList(stream)) return await loadRecords(loading, connection, stream, input);
        const loaded = await loadDirectly(loading, connection, stream, input);
        return loaded ?? (await loadStaged(loading, connection, stream, input));
      } catch (error) {
        if ((error as Partial<HubError>).code !== 'LANDED_PART_MISSING') throw error;
        const loaded = await loadedBefore(loading, connection, stream, input);
        if (loaded === undefined) throw error;
        return loaded;
      }
    });
    await loading.files.checkpointWhenDue(input.connectionId);
    await loading.landing.discard(input);
    return result;
  } catch (error) {
    throw explainError(error);
  }
}

/** By an attempt that was taken for dead, or died before it could say so: its parts are gone by then. */
function loadedBefore(
  { files }: Loading,
  connection: DuckDBConnection,
  stream: Stream,
  input: LoadInput,
): Promise<LoadResult | undefined> {
  return files.write(input.connectionId, connection, (alias) =>
    inTransaction(connection, async () => {
      const { result } = await readBook(connection, alias, stream, input);
      return result;
    }),
  );
}

/** Rolls a direct load back: which of two rows counts is decided among staged ones. */
const keyCameTwice = new Error('a key came twice');

/**
 * Straight into the table, as parts are parsed: for a window of which the file holds nothing, as in
 * a backfill. Undefined when it is not so; nothing is done then.
 */
async function loadDirectly(
  loading: Loading,
  connection: DuckDBConnection,
  stream: Stream,
  input: LoadInput,
): Promise<LoadResult | undefined> {
  const { files, landing, parsers } = loading;
  try {
    return await files.write(input.connectionId, connection, (alias) =>
      inTransaction(connection, async () => {
        const book = await readBook(connection, alias, stream, input);
        if (book.result !== undefined) return book.result;
        input.signal.throwIfAborted();
        if (stream.load !== 'window' || book.held > 0 || book.newer > 0) return undefined;
        const table = tableOf(alias, stream);
        const writer = new ChunkWriter(
          ...([connection, { catalog: alias, schema: 'main', name: stream.name }, stream] as const),
          input.pulledAt,
        );
        const staged = await writeParts(writer, input, stream, landing, parsers);
        const days = writer.seen ?? (await countDays(connection, table, stream, book.openDays));
        if (days.some(({ rows, keys }) => rows !== keys)) throw keyCameTwice;
        await landing.quarantine(input, staged.quarantined);
        const written = `(from ${table} where known_to is null and ${isOfDays(stream, book.openDays)})`;
        const completeness = await judgeCompleteness(connection, stream, input, staged, written);
        const changes = { added: staged.rows, changed: 0, closed: 0, unchanged: 0, discarded: 0 };
        const result = resultOf(staged, changes, completeness, gainedRows(book, rowsByDay(days)));
        return record(loading, connection, alias, stream, input, book, staged, days, result);
      }),
    );
  } catch (error) {
    if (error === keyCameTwice) return undefined;
    throw error;
  }
}

/** By way of the temporary table `staged`, which is compared with what the file holds. */
async function loadStaged(
  loading: Loading,
  connection: DuckDBConnection,
  stream: Stream,
  input: LoadInput,
): Promise<LoadResult> {
  const { files, landing, parsers } = loading;
  const staged = await stage(connection, input, stream, landing, parsers);
  await landing.quarantine(input, staged.quarantined);
  return files.write(input.connectionId, connection, (alias) =>
    inTransaction(connection, async () => {
      const book = await readBook(connection, alias, stream, input);
      // The same pull may have been loaded by an attempt that was taken for dead while it waited
      // here.
      if (book.result !== undefined) return book.result;
      const completeness = await judgeCompleteness(connection, stream, input, staged, 'staged');
      const changes = await writeRows(
        loading,
        connection,
        alias,
        stream,
        input,
        staged,
        book,
        completeness,
      );
      const table = tableOf(alias, stream);
      const days = await countDays(connection, table, stream, book.openDays);
      const result = resultOf(staged, changes, completeness, gainedRows(book, rowsByDay(days)));
      return record(loading, connection, alias, stream, input, book, staged, days, result);
    }),
  );
}

const resultOf = (
  { rowsRead, duplicates, quarantined, unknownFields }: Staged,
  changes: RowChanges,
  completeness: Completeness,
  gained: number,
): LoadResult => ({
  rowsRead,
  ...changes,
  gained,
  duplicates,
  quarantined: quarantined.length,
  completeness,
  unknownFields,
  repeated: false,
});

const rowsByDay = (days: readonly DayRows[]): ReadonlyMap<string, number> =>
  new Map(days.map(({ day, rows }) => [day, rows]));

/** What else the transaction of a load writes. */
async function record(
  { clock }: Loading,
  connection: DuckDBConnection,
  alias: string,
  stream: Stream,
  input: LoadInput,
  book: Book,
  staged: Staged,
  days: readonly DayRows[],
  result: LoadResult,
): Promise<LoadResult> {
  const rows = rowsByDay(days);
  await recordCoverage(connection, alias, stream, input, book, result.completeness, rows);
  await recordFindings(connection, alias, input, staged);
  if (stream.name === rollupStream) await rollUp(connection, alias, stream, book.openDays);
  await recordPull(connection, alias, input, result, clock.now());
  // The fence: nothing is committed for a connection whose consent has ended meanwhile.
  input.signal.throwIfAborted();
  return result;
}

async function writeRows(
  { streams }: Loading,
  connection: DuckDBConnection,
  alias: string,
  stream: Stream,
  input: LoadInput,
  { rows: total }: Staged,
  book: Book,
  completeness: Completeness,
): Promise<RowChanges> {
  if (stream.load === 'window') {
    return loadWindow(connection, alias, stream, streams, input, total, book);
  }
  if (stream.load === 'entity') {
    return loadEntity(connection, alias, stream, input, completeness, total, book.openDays);
  }
  const table = tableOf(alias, stream);
  const same = stream.key.map((name) => `t.${quoteName(name)} = staged.${quoteName(name)}`);
  const added = await insertVersions(
    connection,
    table,
    stream,
    input.pulledAt,
    `not exists (from ${table} t where ${same.join(' and ')})`,
  );
  return { added, changed: 0, closed: 0, unchanged: total - added, discarded: 0 };
}

/** Current rows of the days in the file, and their different keys. */
async function countDays(
  connection: DuckDBConnection,
  table: string,
  stream: Stream,
  days: readonly string[],
): Promise<DayRows[]> {
  const rows = await rowsOf(
    connection,
    `select day::VARCHAR as day, sum(n)::BIGINT as "rows", count(*) as keys from (
       select ${daySql(stream)} as day, count(*) as n from ${table}
       where known_to is null and ${isOfDays(stream, days)}
       group by ${keyColumns(stream).map(quoteName).join(', ')}
     ) group by day`,
  );
  return rows.map((row) => ({
    day: String(row.day),
    rows: Number(row.rows),
    keys: Number(row.keys),
  }));
}
