/**
 * A landed pull into the connection's file: exactly once, in one transaction with its coverage,
 * completeness, rollup and record. Killed at any moment, nothing of it is there, or all of it.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Clock } from '../policy/clock.ts';
import { HubError } from '../policy/errors.ts';
import type { Stream } from '../policy/stream.ts';
import {
  findOpenDays,
  recordCoverage,
  recordedResult,
  recordFindings,
  recordPull,
  wholeDay,
} from './book.ts';
import { judgeCompleteness } from './completeness.ts';
import {
  countOf,
  type Engine,
  explainError,
  inTransaction,
  quoteName,
  quoteText,
} from './engine.ts';
import type { FactsFiles } from './files.ts';
import { type Landing, pullDetails } from './landing.ts';
import { loadEntity } from './load-entity.ts';
import { insertVersions, loadWindow, type RowChanges } from './load-window.ts';
import { rollUp, rollupStream } from './rollups.ts';
import { type Parsers, type Staged, stage } from './stage.ts';
import { tableOf } from './tables.ts';
import type { LoadInput, LoadResult } from './warehouse.ts';

export interface Loading {
  readonly engine: Engine;
  readonly files: FactsFiles;
  readonly landing: Landing;
  readonly parsers: Parsers;
  readonly streams: readonly Stream[];
  readonly clock: Clock;
}

/**
 * Versions closed or replaced by one load that are worth a checkpoint of the file (some 100 ms).
 */
const checkpointRows = 10_000;

export async function load(loading: Loading, input: LoadInput): Promise<LoadResult> {
  const { engine, files, landing, streams } = loading;
  const stream = streams.find(({ name }) => name === input.stream);
  if (stream === undefined) {
    throw new HubError('STREAM_UNKNOWN', 'No stream has this name.', {
      details: pullDetails(input),
    });
  }
  try {
    const result = await engine.using(async (connection) => {
      const before = await files.read(input.connectionId, connection, (alias) =>
        recordedResult(connection, alias, input.pullId),
      );
      if (before !== undefined) return before;
      input.signal.throwIfAborted();
      const staged = await stage(connection, input, stream, landing, loading.parsers);
      await landing.quarantine(input, staged.quarantined);
      return files.write(input.connectionId, connection, (alias) =>
        commitLoad(loading, connection, alias, stream, staged, input),
      );
    });
    if (!result.repeated && result.changed + result.closed >= checkpointRows) {
      files.checkpointLater(input.connectionId);
    }
    await landing.discard(input);
    return result;
  } catch (error) {
    throw explainError(error);
  }
}

async function commitLoad(
  { streams, clock }: Loading,
  connection: DuckDBConnection,
  alias: string,
  stream: Stream,
  staged: Staged,
  input: LoadInput,
): Promise<LoadResult> {
  return inTransaction(connection, async () => {
    // The same pull may have been loaded by an attempt that was taken for dead while it waited
    // here.
    const before = await recordedResult(connection, alias, input.pullId);
    if (before !== undefined) return before;
    const keys = await countOf(connection, 'select count(*) from staged');
    const completeness = await judgeCompleteness(connection, stream, input, staged, keys);
    await findOpenDays(connection, alias, stream, input);
    const changes = await writeRows(connection, alias, stream, streams, input, completeness);
    await recordCoverage(connection, alias, input, completeness, rowsByDay(alias, stream));
    await recordFindings(connection, alias, input, staged);
    if (stream.name === rollupStream) await rollUp(connection, alias, stream, 'open_days');
    const loaded: LoadResult = {
      rowsRead: staged.rowsRead,
      ...changes,
      quarantined: staged.quarantined.length,
      completeness,
      unknownFields: staged.unknownFields,
      repeated: false,
    };
    await recordPull(connection, alias, input, loaded, clock.now());
    // The fence: nothing is committed for a connection whose consent has ended meanwhile.
    input.signal.throwIfAborted();
    return loaded;
  });
}

async function writeRows(
  connection: DuckDBConnection,
  alias: string,
  stream: Stream,
  streams: readonly Stream[],
  input: LoadInput,
  completeness: LoadResult['completeness'],
): Promise<RowChanges> {
  if (stream.load === 'window') return loadWindow(connection, alias, stream, streams, input);
  if (stream.load === 'entity') return loadEntity(connection, alias, stream, input, completeness);
  const table = tableOf(alias, stream);
  const total = await countOf(connection, 'select count(*) from staged');
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

/** Rows that the file now holds for each open day: what coverage reports. */
function rowsByDay(alias: string, stream: Stream): string {
  const day =
    stream.time === null ? `DATE ${quoteText(wholeDay)}` : `${quoteName(stream.time.field)}::DATE`;
  return `select ${day} as day, count(*) as "rows" from ${tableOf(alias, stream)}
    where known_to is null and ${stream.time === null ? 'true' : `${day} in (select day from open_days)`}
    group by all`;
}
