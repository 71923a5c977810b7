/**
 * The file's own book: which pull was loaded when and with what result, and how complete each day
 * is.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Stream } from '../policy/stream.ts';
import { daysOf, isOneOf } from './days.ts';
import { quoteName, rowsOf, timestampText } from './engine.ts';
import type { Staged } from './stage.ts';
import type { Completeness, LoadInput, LoadResult } from './warehouse.ts';

export const bookOf = (alias: string, table: string): string => `${quoteName(alias)}.book.${table}`;

/** What the file's book says of a pull before it is loaded. */
export interface Book {
  /** Set when this pull was loaded before. */
  readonly result: LoadResult | undefined;
  /**
   * Days of the window that no newer pull has loaded. Pulls of one instant are ordered by id, so
   * that the order of their loads does not matter.
   */
  readonly openDays: readonly string[];
  /** Days that one has loaded. */
  readonly newer: number;
  /** Whether coverage knows one of the open days. */
  readonly covered: boolean;
  /** Current rows of the open days. */
  readonly held: number;
}

/** One statement: a load is short, and each costs about a millisecond of planning. */
export async function readBook(
  connection: DuckDBConnection,
  alias: string,
  stream: Stream,
  input: LoadInput,
  days: readonly string[] = daysOf(stream, input.window),
): Promise<Book> {
  const rows = await rowsOf(
    connection,
    `select day::VARCHAR as day, "rows", (pulled_at, pull_id) > ($4::TIMESTAMP, $5) as newer,
       null as result
     from ${bookOf(alias, 'coverage')}
     where stream = $3 and day between $1::DATE and $2::DATE
     union all
     select null, null, null, result from ${bookOf(alias, 'pulls')} where pull_id = $5`,
    [
      days[0] ?? null,
      days.at(-1) ?? null,
      stream.name,
      timestampText(input.pulledAt),
      input.pullId,
    ],
  );
  const recorded = rows.find(({ result }) => result !== null)?.result;
  const known = rows.filter(({ day }) => day !== null);
  const newer = new Set(known.flatMap((row) => (row.newer ? [String(row.day)] : [])));
  const older = known.filter((row) => !row.newer);
  return {
    result:
      recorded === undefined
        ? undefined
        : { ...(JSON.parse(String(recorded)) as LoadResult), repeated: true },
    openDays: days.filter((day) => !newer.has(day)),
    newer: newer.size,
    covered: older.length > 0,
    held: older.reduce((sum, row) => sum + Number(row.rows), 0),
  };
}

export async function recordPull(
  connection: DuckDBConnection,
  alias: string,
  input: LoadInput,
  result: LoadResult,
  loadedAt: Date,
): Promise<void> {
  const { pullId, stream, window, pulledAt, timeZone } = input;
  await append(connection, alias, 'pulls', [
    [
      pullId,
      stream,
      window.from,
      window.to,
      timestampText(pulledAt),
      timestampText(loadedAt),
      timeZone,
      JSON.stringify(result),
    ],
  ]);
}

/** `rows` are the current ones of each open day. */
export async function recordCoverage(
  connection: DuckDBConnection,
  alias: string,
  stream: Stream,
  input: LoadInput,
  { openDays, covered }: Book,
  completeness: Completeness,
  rows: ReadonlyMap<string, number>,
): Promise<void> {
  if (covered) {
    await connection.run(
      `delete from ${bookOf(alias, 'coverage')} where stream = $1 and ${isOneOf('day', openDays)}`,
      [stream.name],
    );
  }
  const pull = [timestampText(input.pulledAt), input.pullId, completeness];
  await append(
    connection,
    alias,
    'coverage',
    openDays.map((day) => [
      ...[stream.name, day, ...pull],
      String(rows.get(day) ?? 0),
      input.timeZone,
    ]),
  );
}

/** What a load adds to the rows that coverage counts; negative when some went. */
export const gainedRows = ({ openDays, held }: Book, rows: ReadonlyMap<string, number>): number =>
  openDays.reduce((sum, day) => sum + (rows.get(day) ?? 0), 0) - held;

/** Quicker than a statement; in the connection's transaction all the same. DuckDB casts the texts. */
async function append(
  connection: DuckDBConnection,
  alias: string,
  table: string,
  rows: readonly (readonly string[])[],
): Promise<void> {
  const appender = await connection.createAppender(table, 'book', alias);
  try {
    for (const row of rows) {
      for (const value of row) appender.appendVarchar(value);
      appender.endRow();
    }
  } finally {
    appender.closeSync();
  }
}

export async function recordFindings(
  connection: DuckDBConnection,
  alias: string,
  input: LoadInput,
  staged: Staged,
): Promise<void> {
  for (const [reason, rows] of Map.groupBy(staged.quarantined, (row) => row.reason)) {
    await connection.run(`insert into ${bookOf(alias, 'quarantined')} values ($1, $2, $3, $4)`, [
      input.stream,
      input.pullId,
      reason,
      BigInt(rows.length),
    ]);
  }
  const unknown = bookOf(alias, 'unknown_fields');
  for (const [field, rows] of Object.entries(staged.unknownFields)) {
    const changed = await connection.run(
      `update ${unknown} set "rows" = "rows" + $3, last_seen_at = greatest(last_seen_at, $4::TIMESTAMP)
       where stream = $1 and field = $2`,
      [input.stream, field, BigInt(rows), timestampText(input.pulledAt)],
    );
    if (changed.rowsChanged > 0) continue;
    await connection.run(`insert into ${unknown} values ($1, $2, $3, $4::TIMESTAMP)`, [
      input.stream,
      field,
      BigInt(rows),
      timestampText(input.pulledAt),
    ]);
  }
}
