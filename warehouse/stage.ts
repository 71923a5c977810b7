/**
 * From landed parts to a typed temporary table: opened, parsed in worker threads, appended in
 * order, cast by DuckDB.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Piscina } from 'piscina';
import { HubError } from '../policy/errors.ts';
import { type Stream, sqlTypes } from '../policy/stream.ts';
import { nullMark, separator, unescapedSql } from './columns.ts';
import { keepOneRowPerKey } from './duplicates.ts';
import { quoteName } from './engine.ts';
import { type Landing, pullDetails } from './landing.ts';
import type { ParsedPart, ParseInput, QuarantinedRow } from './parse.ts';
import type { ParseOutcome } from './parse-worker.ts';
import type { LoadInput } from './warehouse.ts';

export type Parsers = Piscina<ParseInput, ParseOutcome>;

export interface Staged {
  rowsRead: number;
  readonly quarantined: QuarantinedRow[];
  readonly unknownFields: Record<string, number>;
  /** Rows that only came twice because pages moved. */
  duplicates: number;
}

/**
 * Parts that are parsed ahead of the one that is appended: enough for two threads, little in
 * memory.
 */
const partsAhead = 4;

/**
 * Fills the temporary table `staged` with the pull's rows: one column a field, `place` (order of
 * arrival) and, by hour, `fold`; one row a key. The connection is the caller's own.
 */
export async function stage(
  connection: DuckDBConnection,
  input: LoadInput,
  stream: Stream,
  landing: Landing,
  parsers: Parsers,
): Promise<Staged> {
  const staged: Staged = { rowsRead: 0, quarantined: [], unknownFields: {}, duplicates: 0 };
  const escaped = stream.fields.map(() => false);
  const columns = stream.fields.map(({ name }) => quoteName(name));
  await connection.run(
    `create temp table joined (first_place BIGINT, ${columns.map((name) => `${name} VARCHAR`).join(', ')})`,
  );
  const appender = await connection.createAppender('joined', 'main', 'temp');
  try {
    let places = 0;
    for await (const parsed of parsedParts(input, stream, landing, parsers)) {
      for (const chunk of parsed.chunks) {
        appender.appendBigInt(BigInt(places));
        for (const column of chunk.columns) appender.appendVarchar(column);
        appender.endRow();
        places += chunk.rows;
      }
      parsed.escaped.forEach((flag, at) => {
        if (flag) escaped[at] = true;
      });
      staged.rowsRead += parsed.rowsRead;
      staged.quarantined.push(...parsed.quarantined);
      for (const [name, rows] of Object.entries(parsed.unknownFields)) {
        staged.unknownFields[name] = (staged.unknownFields[name] ?? 0) + rows;
      }
    }
  } finally {
    appender.closeSync();
  }
  await castStaged(connection, stream, escaped);
  const refused = await keepOneRowPerKey(connection, stream, input);
  staged.duplicates = refused.length;
  staged.quarantined.push(...refused);
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
  const parse = async (part: number): Promise<ParsedPart> => {
    const { format, body } = await landing.read(input, part);
    const outcome = await parsers.run({ body, format, stream: shape, window: input.window });
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
      const result = parse(next);
      // Awaited in order below; until then a failure must not count as unhandled.
      result.catch(() => {});
      running.push(result);
    }
    input.signal.throwIfAborted();
    yield await running.shift()!;
  }
}

async function castStaged(
  connection: DuckDBConnection,
  stream: Stream,
  escaped: readonly boolean[],
): Promise<void> {
  const split = (name: string): string =>
    `string_split(${quoteName(name)}, chr(${separator.charCodeAt(0)}))`;
  const values = stream.fields.map(({ name }) => `unnest(${split(name)}) as ${quoteName(name)}`);
  const places = `first_place + unnest(range(len(${split(stream.fields[0]!.name)}))) as place`;
  const cast = stream.fields.map(({ name, type }, at) => {
    const present = `nullif(${quoteName(name)}, chr(${nullMark.charCodeAt(0)}))`;
    return `${unescapedSql(present, escaped[at]!)}::${sqlTypes[type]} as ${quoteName(name)}`;
  });
  await connection.run(`
    create temp table staged as
    select ${cast.join(', ')}, place from (select ${values.join(', ')}, ${places} from joined)`);
  await connection.run('drop table joined');
}
