/** From landed parts to typed rows: opened, parsed in worker threads, written in order. */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Piscina } from 'piscina';
import { HubError } from '../policy/errors.ts';
import { type Stream, sqlTypes } from '../policy/stream.ts';
import { ChunkWriter } from './chunk-writer.ts';
import { keepOneRowPerKey } from './duplicates.ts';
import { quoteName } from './engine.ts';
import { type Landing, pullDetails } from './landing.ts';
import type { ParsedPart, ParseInput, QuarantinedRow } from './parse.ts';
import parse, { type ParseOutcome } from './parse-worker.ts';
import type { LoadInput } from './warehouse.ts';

export type Parsers = Piscina<ParseInput, ParseOutcome>;

export interface Staged {
  /** Rows that were written, one a key. */
  rows: number;
  rowsRead: number;
  readonly quarantined: QuarantinedRow[];
  readonly unknownFields: Record<string, number>;
  /** Rows whose key came again in the pull. */
  duplicates: number;
}

/**
 * Parts that are parsed ahead of the one that is appended: enough for two threads, little in
 * memory.
 */
const partsAhead = 4;
/** Parsed within a millisecond: the way to a thread and back takes longer. */
const smallPartBytes = 100_000;

const stagedTable = { catalog: 'temp', schema: 'main', name: 'staged' };

/** Writes the pull's rows, in the order of their arrival, with `writer`. */
export async function writeParts(
  writer: ChunkWriter,
  input: LoadInput,
  stream: Stream,
  landing: Landing,
  parsers: Parsers,
): Promise<Staged> {
  const staged: Staged = {
    rows: 0,
    rowsRead: 0,
    quarantined: [],
    unknownFields: {},
    duplicates: 0,
  };
  try {
    for await (const parsed of parsedParts(input, stream, landing, parsers)) {
      await writer.write(parsed.chunks, parsed.escaped);
      staged.rows += parsed.chunks.reduce((sum, { rows }) => sum + rows, 0);
      staged.rowsRead += parsed.rowsRead;
      staged.quarantined.push(...parsed.quarantined);
      for (const [name, rows] of Object.entries(parsed.unknownFields)) {
        staged.unknownFields[name] = (staged.unknownFields[name] ?? 0) + rows;
      }
    }
  } finally {
    writer.close();
  }
  return staged;
}

/**
 * Fills the temporary table `staged` with the pull's rows: one column a field and, by hour, `fold`;
 * one row a key. The connection is the caller's own.
 */
export async function stage(
  connection: DuckDBConnection,
  input: LoadInput,
  stream: Stream,
  landing: Landing,
  parsers: Parsers,
): Promise<Staged> {
  const columns = stream.fields.map(({ name, type }) => `${quoteName(name)} ${sqlTypes[type]}`);
  if (stream.time?.grain === 'hour') columns.push('fold SMALLINT');
  await connection.run(`create or replace temp table staged (${columns.join(', ')})`);
  const writer = new ChunkWriter(connection, stagedTable, stream);
  const staged = await writeParts(writer, input, stream, landing, parsers);
  const once = writer.seen?.every(({ rows, keys }) => rows === keys);
  if (once) return staged;
  const refused = await keepOneRowPerKey(connection, stream, input, staged.rows);
  staged.rows -= refused.length;
  staged.duplicates = refused.length;
  // Pages that moved bring a row again, and what was asked for by id may be in the asynchronous report too: no defect
  // of the data, the later row counts. Elsewhere nothing explains it, so the other is kept aside.
  if (!input.moving && input.listsDeleted) staged.quarantined.push(...refused);
  return staged;
}

async function* parsedParts(
  input: LoadInput,
  stream: Stream,
  landing: Landing,
  parsers: Parsers,
): AsyncGenerator<ParsedPart> {
  const { key, time, fields, dropped } = stream;
  const shape = { key, time, fields, dropped };
  const readPart = async (part: number): Promise<ParsedPart> => {
    const { format, body } = await landing.read(input, part);
    const task = { body, format, stream: shape, window: input.window };
    const outcome =
      body.byteLength < smallPartBytes
        ? parse(task)
        : await parsers.run(task, { transferList: [body.buffer as ArrayBuffer] });
    if ('parsed' in outcome) return outcome.parsed;
    throw new HubError(
      'PART_UNREADABLE',
      `A landed part cannot be read (${outcome.unreadable}): pull the window again.`,
      { details: { ...pullDetails(input), part } },
    );
  };
  const running: Promise<ParsedPart>[] = [];
  for (let part = 1; part <= input.parts; part++) {
    for (
      let next = part + running.length;
      next <= input.parts && running.length < partsAhead;
      next++
    ) {
      const result = readPart(next);
      // Awaited in order below; until then a failure must not count as unhandled.
      result.catch(() => {});
      running.push(result);
    }
    input.signal.throwIfAborted();
    yield await running.shift()!;
  }
}
