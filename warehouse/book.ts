/**
 * The file's own book: which pull was loaded when and with what result, and how complete each day
 * is.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Stream } from '../policy/stream.ts';
import { wholeWindow } from '../policy/windows.ts';
import { quoteName, rowsOf, timestampText } from './engine.ts';
import type { Staged } from './stage.ts';
import type { Completeness, LoadInput, LoadResult } from './warehouse.ts';

export const bookOf = (alias: string, table: string): string => `${quoteName(alias)}.book.${table}`;

/** The day under which a stream that is pulled whole has its one row of coverage. */
export const wholeDay = wholeWindow.from;

export async function recordedResult(
  connection: DuckDBConnection,
  alias: string,
  pullId: string,
): Promise<LoadResult | undefined> {
  const [row] = await rowsOf(
    connection,
    `select result from ${bookOf(alias, 'pulls')} where pull_id = $1`,
    [pullId],
  );
  return row && { ...(JSON.parse(String(row.result)) as LoadResult), repeated: true };
}

/**
 * Makes the temporary table `open_days`: days of the window that no newer pull has loaded. Pulls of
 * one instant are ordered by id, so that the order of their loads does not matter.
 */
export async function findOpenDays(
  connection: DuckDBConnection,
  alias: string,
  stream: Stream,
  input: LoadInput,
): Promise<void> {
  const [from, to] =
    stream.time === null ? [wholeDay, wholeDay] : [input.window.from, input.window.to];
  await connection.run(
    `create temp table open_days as
     select unnest(generate_series($1::DATE, $2::DATE, interval 1 day))::DATE as day
     except
     select day from ${bookOf(alias, 'coverage')}
     where stream = $3 and day between $1::DATE and $2::DATE
       and (pulled_at, pull_id) > ($4::TIMESTAMP, $5)`,
    [from, to, stream.name, timestampText(input.pulledAt), input.pullId],
  );
}

export async function recordPull(
  connection: DuckDBConnection,
  alias: string,
  input: LoadInput,
  result: LoadResult,
  loadedAt: Date,
): Promise<void> {
  const { pullId, stream, window, pulledAt, timeZone } = input;
  await connection.run(
    `insert into ${bookOf(alias, 'pulls')} values ($1, $2, $3::DATE, $4::DATE, $5::TIMESTAMP, $6::TIMESTAMP, $7, $8)`,
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
  );
  await connection.run(`update ${bookOf(alias, 'state')} set data_version = data_version + 1`);
}

/** `days` counts the current rows of each open day. */
export async function recordCoverage(
  connection: DuckDBConnection,
  alias: string,
  input: LoadInput,
  completeness: Completeness,
  rowsByDay: string,
): Promise<void> {
  const coverage = bookOf(alias, 'coverage');
  await connection.run(
    `delete from ${coverage} where stream = $1 and day in (select day from open_days)`,
    [input.stream],
  );
  await connection.run(
    `insert into ${coverage}
     select $1, day, $2::TIMESTAMP, $3, $4, coalesce(counted."rows", 0), $5
     from open_days left join (${rowsByDay}) counted using (day)`,
    [input.stream, timestampText(input.pulledAt), input.pullId, completeness, input.timeZone],
  );
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
