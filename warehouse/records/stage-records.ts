/** From landed pages of a list to typed rows: one temporary table a stream that the pages hold. */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { Piscina } from 'piscina';
import { HubError } from '../../policy/errors.ts';
import { type Stream, sqlTypes } from '../../policy/stream.ts';
import { ChunkWriter } from '../chunk-writer.ts';
import { countOf, quoteName } from '../engine.ts';
import { type Landing, pullDetails } from '../landing.ts';
import { changeColumnOf } from '../load-entity.ts';
import type { ParsedPart } from '../parse.ts';
import type { Parsers, Staged } from '../stage.ts';
import type { LoadInput } from '../warehouse.ts';
import { type RecordShape, type RecordsInput, recordNumber } from './read-records.ts';
import readInThread, { type RecordsOutcome } from './records-worker.ts';

export interface StagedStream {
  readonly stream: Stream;
  readonly staged: Staged;
  /** Temporary table, on the connection that staged it. */
  readonly table: string;
}

/** A stream that the pages of `list` hold beside its own rows. */
export const isPartOf = (list: Stream, { request }: Stream): boolean =>
  request.kind === 'part' && request.of === list.name;

const worker = new URL('./records-worker.ts', import.meta.url).href;
/** Parsed within a millisecond or two: the way to a thread and back takes longer. */
const smallPartBytes = 100_000;

interface Staging {
  readonly landing: Landing;
  readonly parsers: Parsers;
  readonly pseudonymKey: Uint8Array | undefined;
}

/** `streams`: the list itself, then the parts of it. */
export async function stageRecords(
  staging: Staging,
  connection: DuckDBConnection,
  input: LoadInput,
  streams: readonly [Stream, ...Stream[]],
): Promise<StagedStream[]> {
  const shapes = shapesOf(streams);
  const targets = streams.map((stream, at) => openTarget(stream, shapes[at]!, at));
  for (const { columns, table } of targets) {
    await connection.run(`create or replace temp table ${table} (${columns.join(', ')})`);
  }
  const writers = targets.map(({ table, staging: rows }) => {
    return new ChunkWriter(connection, { catalog: 'temp', schema: 'main', name: table }, rows);
  });
  try {
    for (let part = 1; part <= input.parts; part++) {
      input.signal.throwIfAborted();
      const parsed = await readPart(staging, input, shapes, part);
      for (const [at, one] of parsed.entries()) {
        await writers[at]!.write(one.chunks, one.escaped);
        add(targets[at]!.staged, one);
      }
    }
  } finally {
    for (const writer of writers) writer.close();
  }
  return targets.map(({ stream, staged, table }) => ({ stream, staged, table }));
}

/** Makes the stream's rows `staged`, and what was staged before it goes. */
export async function takeUp(connection: DuckDBConnection, { table }: StagedStream): Promise<void> {
  await connection.run('drop table if exists temp.staged');
  await connection.run(`alter table temp.${table} rename to staged`);
}

/** Leaves one row a key in `staged`: what changed last, or came last. Returns how many were left out. */
export async function keepNewestPerKey(
  connection: DuckDBConnection,
  stream: Stream,
): Promise<number> {
  const key = stream.key.map(quoteName).join(', ');
  const changedAt = changeColumnOf(stream);
  const newest = changedAt === undefined ? '' : `${changedAt} desc nulls last, `;
  const removed = await connection.run(`delete from staged where rowid in (
    select rowid from staged
    qualify row_number() over (partition by ${key} order by ${newest}record_number desc, rowid desc) > 1)`);
  return removed.rowsChanged;
}

export const stagedRows = (connection: DuckDBConnection): Promise<number> =>
  countOf(connection, 'select count(*) from staged');

function openTarget(stream: Stream, { fields }: RecordShape, at: number) {
  const staged: Staged = {
    rows: 0,
    rowsRead: 0,
    quarantined: [],
    unknownFields: {},
    duplicates: 0,
  };
  const columns = fields.map(({ name, type }) => `${quoteName(name)} ${sqlTypes[type]}`);
  return { stream, staged, columns, table: `staged_${at}`, staging: { ...stream, fields } };
}

function add(staged: Staged, { rowsRead, chunks, quarantined, unknownFields }: ParsedPart): void {
  staged.rows += chunks.reduce((sum, { rows }) => sum + rows, 0);
  staged.rowsRead += rowsRead;
  staged.quarantined.push(...quarantined);
  for (const [name, rows] of Object.entries(unknownFields)) {
    staged.unknownFields[name] = (staged.unknownFields[name] ?? 0) + rows;
  }
}

/** Streams over the same rows know each other's fields; the first of them counts what none knows. */
function shapesOf(streams: readonly Stream[]): RecordShape[] {
  const pathOf = ({ request }: Stream): string | null => ('rows' in request ? request.rows : null);
  // The list's own rows are the records.
  const placeOf = (stream: Stream, at: number): string => (at === 0 ? '' : (pathOf(stream) ?? ''));
  const places = streams.map(placeOf);
  return streams.map((stream, at) => ({
    key: stream.key,
    fields: [...stream.fields, recordNumber],
    dropped: stream.dropped,
    rows: pathOf(stream),
    alsoKnown: streams.flatMap((other, index) => {
      if (places[index] === places[at]) return [...other.fields, ...other.dropped].map(sourceOf);
      return places[at] === '' ? [places[index]!] : [];
    }),
    countsUnknown: places.indexOf(places[at]!) === at,
  }));
}

const sourceOf = ({ source }: { readonly source: string }): string => source;

async function readPart(
  { landing, parsers, pseudonymKey }: Staging,
  input: LoadInput,
  shapes: readonly RecordShape[],
  part: number,
): Promise<ParsedPart[]> {
  const { body } = await landing.read(input, part);
  // A copy each: it is zeroed where it was used.
  const task: RecordsInput = { body, part, shapes, pseudonymKey: pseudonymKey?.slice() };
  const outcome =
    body.byteLength < smallPartBytes
      ? readInThread(task)
      : // The pool's threads take any task whose file is named; its type knows the reports' only.
        await (parsers as unknown as Piscina<RecordsInput, RecordsOutcome>).run(task, {
          filename: worker,
          transferList: [body.buffer as ArrayBuffer],
        });
  if ('parsed' in outcome) return outcome.parsed;
  throw new HubError(
    'PART_UNREADABLE',
    `A landed part cannot be read (${outcome.unreadable}): pull the window again.`,
    { details: { ...pullDetails(input), part } },
  );
}
