/**
 * The quick way through a part: rows that all look like the first one. Gives up (undefined) at the first byte that it
 * does not expect; the careful reader of `parse.ts` then takes the whole part and decides what is wrong, if anything.
 */
import { ByteColumns, notPlain } from './byte-columns.ts';
import type { ParsedPart, ParseInput } from './parse.ts';

const [quote, backslash, comma, brace, bracket] = [34, 92, 44, 123, 93];
const [newline, carriageReturn] = [10, 13];

export function readPlainPart(input: ParseInput): ParsedPart | undefined {
  const body = Buffer.from(input.body.buffer, input.body.byteOffset, input.body.byteLength);
  try {
    return input.format === 'csv' ? readPlainCsv(input, body) : readPlainPage(input, body);
  } catch (error) {
    if (error === notPlain) return undefined;
    throw error;
  }
}

/** One value of a record, and the bytes before it (`,"spend":`). */
interface Slot {
  readonly before: Buffer;
  /** Column of the value; undefined for one that is not kept. */
  readonly place: number | undefined;
}

interface Template {
  readonly slots: Slot[];
  readonly after: Buffer;
  /** Columns that no value of the record fills. */
  readonly absent: number[];
  readonly unknown: string[];
}

function readPlainPage({ stream, window }: ParseInput, body: Buffer): ParsedPart | undefined {
  const listMark = '"list":[';
  const markAt = body.indexOf(listMark);
  if (markAt === -1) return undefined;
  const first = markAt + listMark.length;
  if (body[first] !== brace) return undefined;
  const template = templateOf(stream, body, first);
  const columns = new ByteColumns(body, stream, window);
  let at = first;
  for (;;) {
    at = readRecord(template, columns, body, at);
    if (body[at] !== comma) break;
    at++;
  }
  const around = [body.toString('utf8', 0, first), rowsMark, body.toString('utf8', at)];
  if (body[at] !== bracket || !isEnvelope(around.join(''))) return undefined;
  return finish(columns, stream, template.unknown);
}

/** Stands for the rows when the rest of the page is parsed. */
const rowsMark = '"rows stood here"';

/** The page around its rows must be a whole page: so it was not cut off, and the rows were its own list. */
function isEnvelope(text: string): boolean {
  try {
    const list = JSON.parse(text)?.data?.list;
    return Array.isArray(list) && JSON.stringify(list) === `[${rowsMark}]`;
  } catch {
    return false;
  }
}

/** Takes the first record apart: which values come in which order, and what stands between them. */
function templateOf(stream: ParseInput['stream'], body: Buffer, start: number): Template {
  const places = new Map(stream.fields.map(({ source }, place) => [source, place]));
  const dropped = new Set(stream.dropped.map(({ source }) => source));
  const slots: Slot[] = [];
  const unknown: string[] = [];
  const seen = new Set<string>();
  const path: string[] = [];
  let before = start;
  let at = start + 1;
  let depth = 1;
  while (depth > 0) {
    if (body[at] === comma) at++;
    if (body[at] === 125) {
      at++;
      depth--;
      path.pop();
      continue;
    }
    const nameEnd = stringEnd(body, at);
    const name = body.toString('utf8', at + 1, nameEnd);
    if (body[nameEnd + 1] !== 58) throw notPlain;
    at = nameEnd + 2;
    if (body[at] === brace) {
      if (depth > 1) throw notPlain;
      path.push(name);
      depth++;
      at++;
      continue;
    }
    const source = [...path, name].join('.');
    const place = places.get(source);
    if (seen.has(source)) throw notPlain;
    seen.add(source);
    if (place === undefined && !dropped.has(source)) unknown.push(source);
    slots.push({ before: body.subarray(before, at), place });
    before = at = valueEnd(body, at);
  }
  const absent = stream.fields.flatMap(({ source }, place) => (seen.has(source) ? [] : [place]));
  return { slots, after: body.subarray(before, at), absent, unknown };
}

function readRecord(template: Template, columns: ByteColumns, body: Buffer, start: number): number {
  let at = start;
  for (const { before, place } of template.slots) {
    at = expectBytes(body, at, before);
    const end = valueEnd(body, at);
    if (place !== undefined) {
      if (body[at] === quote) columns.write(place, at + 1, end - 1);
      else columns.writeValue(place, bareValue(body, at, end));
    }
    at = end;
  }
  for (const place of template.absent) columns.writeNull(place);
  columns.endRow();
  return expectBytes(body, at, template.after);
}

/** `null` is common; other bare values depend on how JSON.parse reads them. */
function bareValue(body: Buffer, start: number, end: number): null {
  if (end - start === 4 && body.toString('latin1', start, end) === 'null') return null;
  throw notPlain;
}

function expectBytes(body: Buffer, start: number, expected: Buffer): number {
  for (let at = 0; at < expected.length; at++) {
    if (body[start + at] !== expected[at]) throw notPlain;
  }
  return start + expected.length;
}

/** Place of the closing quote of the string that begins at `start`. Escapes are left to the careful reader. */
function stringEnd(body: Buffer, start: number): number {
  if (body[start] !== quote) throw notPlain;
  for (let at = start + 1; at < body.length; at++) {
    const byte = body[at]!;
    if (byte === quote) return at;
    if (byte === backslash) throw notPlain;
  }
  throw notPlain;
}

function valueEnd(body: Buffer, start: number): number {
  if (body[start] === quote) return stringEnd(body, start) + 1;
  let at = start;
  // Letters, digits, sign and point: `null`, `-1.5`.
  while (at < body.length && (body[at]! > comma || body[at] === 43) && body[at] !== 125) {
    if (body[at] === bracket || body[at] === 91 || body[at] === brace) throw notPlain;
    at++;
  }
  return at;
}

function readPlainCsv({ stream, window }: ParseInput, body: Buffer): ParsedPart | undefined {
  const lastName = (source: string): string => source.slice(source.lastIndexOf('.') + 1);
  const places = new Map(stream.fields.map(({ source }, place) => [lastName(source), place]));
  const dropped = new Set(stream.dropped.map(({ source }) => lastName(source)));
  const lineEnd = body.indexOf(newline);
  if (lineEnd === -1) return undefined;
  const names = body.toString('utf8', 0, lineEnd).trimEnd().split(',');
  const header = names.map((name) => places.get(name));
  if (new Set(names).size !== names.length || !header.some((place) => place !== undefined)) {
    return undefined;
  }
  const unknown = names.filter((name) => !places.has(name) && !dropped.has(name));
  const absent = stream.fields.flatMap((_field, place) => (header.includes(place) ? [] : [place]));
  const columns = new ByteColumns(body, stream, window);
  for (let at = lineEnd + 1; at < body.length; ) {
    at = readCsvLine(header, columns, body, at);
    for (const place of absent) columns.writeNull(place);
    columns.endRow();
  }
  return finish(columns, stream, unknown);
}

function readCsvLine(
  header: readonly (number | undefined)[],
  columns: ByteColumns,
  body: Buffer,
  start: number,
): number {
  let at = start;
  for (let cell = 0; cell < header.length; cell++) {
    const place = header[cell];
    const quoted = body[at] === quote;
    const from = quoted ? at + 1 : at;
    const end = quoted ? body.indexOf(quote, from) : cellEnd(body, at);
    if (end === -1) throw notPlain;
    at = quoted ? end + 1 : end;
    if (place !== undefined) {
      if (!quoted && from === end) columns.writeNull(place);
      else columns.write(place, from, end);
    }
    if (cell < header.length - 1 && body[at++] !== comma) throw notPlain;
  }
  if (body[at] === carriageReturn) at++;
  if (at < body.length && body[at] !== newline) throw notPlain;
  return at + 1;
}

function cellEnd(body: Buffer, start: number): number {
  let at = start;
  for (; at < body.length; at++) {
    const byte = body[at]!;
    if (byte === comma || byte === newline || byte === carriageReturn) break;
    if (byte === quote) throw notPlain;
  }
  return at;
}

function finish(
  columns: ByteColumns,
  stream: ParseInput['stream'],
  unknown: readonly string[],
): ParsedPart {
  columns.flush();
  return {
    rowsRead: columns.rows,
    chunks: columns.chunks,
    escaped: stream.fields.map(() => false),
    quarantined: [],
    unknownFields: Object.fromEntries(unknown.map((name) => [name, columns.rows])),
  };
}
