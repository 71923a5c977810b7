/**
 * The quick way through a part: rows that all look like the first one. Gives up (undefined) at the
 * first byte that it does not expect; the careful reader of `parse.ts` then takes the whole part
 * and decides what is wrong, if anything.
 */
import { ByteColumns, notPlain } from './byte-columns.ts';
import type { ParsedPart, ParseInput } from './parse.ts';

const [quote, backslash, comma, brace, bracket] = [34, 92, 44, 123, 93];
const [newline, carriageReturn] = [10, 13];
const quoteEnds = tableOf(quote);
const cellEnds = tableOf(comma, newline, carriageReturn);

function tableOf(...bytes: number[]): Uint8Array {
  const table = new Uint8Array(256);
  for (const byte of bytes) table[byte] = 1;
  return table;
}

export function readPlainPart(input: ParseInput): ParsedPart | undefined {
  const body = Buffer.from(input.body.buffer, input.body.byteOffset, input.body.byteLength);
  try {
    return input.format === 'csv' ? readPlainCsv(input, body) : readPlainPage(input, body);
  } catch (error) {
    if (error === notPlain) return undefined;
    throw error;
  }
}

interface Bytes {
  readonly bytes: Buffer;
  readonly view: DataView;
}

interface Expected {
  readonly words: Int32Array;
  readonly tail: Buffer;
  readonly length: number;
}

/** One value of a record, and the bytes before it (`,"spend":`). */
interface Slot {
  readonly before: Expected;
  /** Column of the value; undefined for one that is not kept. */
  readonly place: number | undefined;
}

interface Template {
  readonly slots: Slot[];
  readonly after: Expected;
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
  const page = { bytes: body, view: viewOf(body) };
  let at = first;
  for (;;) {
    at = readRecord(template, columns, page, at);
    if (body[at] !== comma) break;
    at++;
  }
  const around = [body.toString('utf8', 0, first), rowsMark, body.toString('utf8', at)];
  if (body[at] !== bracket || !isEnvelope(around.join(''))) return undefined;
  return finish(columns, stream, template.unknown);
}

/** Stands for the rows when the rest of the page is parsed. */
const rowsMark = '"rows stood here"';

/**
 * The page around its rows must be a whole page: so it was not cut off, and the rows were its own
 * list.
 */
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
    if (name.includes('\\')) throw notPlain;
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
    slots.push({ before: expected(body.subarray(before, at)), place });
    before = at = valueEnd(body, at);
  }
  const absent = stream.fields.flatMap(({ source }, place) => (seen.has(source) ? [] : [place]));
  return { slots, after: expected(body.subarray(before, at)), absent, unknown };
}

function readRecord(template: Template, columns: ByteColumns, page: Bytes, start: number): number {
  const body = page.bytes;
  let at = start;
  for (const { before, place } of template.slots) {
    at = expectBytes(page, at, before);
    if (place === undefined) at = valueEnd(body, at);
    else if (body[at] === quote) at = readString(columns, place, body, at);
    else {
      const end = valueEnd(body, at);
      columns.writeValue(place, bareValue(body, at, end), at, end);
      at = end;
    }
  }
  for (const place of template.absent) columns.writeNull(place);
  columns.endRow();
  return expectBytes(page, at, template.after);
}

function readString(columns: ByteColumns, place: number, body: Buffer, start: number): number {
  const end = columns.write(place, start + 1, quoteEnds);
  if (end !== -1) return end + 1;
  const last = stringEnd(body, start);
  const value = unescaped(body.toString('utf8', start, last + 1));
  columns.writeValue(place, value, start + 1, last);
  return last + 1;
}

function unescaped(literal: string): unknown {
  try {
    return JSON.parse(literal);
  } catch {
    throw notPlain;
  }
}

/** `null` is common; other bare values depend on how JSON.parse reads them. */
function bareValue(body: Buffer, start: number, end: number): null {
  if (end - start === 4 && body.toString('latin1', start, end) === 'null') return null;
  throw notPlain;
}

/** Compares four bytes at a time: names of fields are most of a page. */
function expectBytes(body: Bytes, start: number, { words, tail, length }: Expected): number {
  if (start + length > body.bytes.length) throw notPlain;
  let at = start;
  for (let word = 0; word < words.length; word++, at += 4) {
    if (body.view.getInt32(at, true) !== words[word]) throw notPlain;
  }
  for (let byte = 0; byte < tail.length; byte++, at++) {
    if (body.bytes[at] !== tail[byte]) throw notPlain;
  }
  return at;
}

const viewOf = (bytes: Buffer): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function expected(bytes: Buffer): Expected {
  const view = viewOf(bytes);
  const words = Int32Array.from({ length: bytes.length >> 2 }, (_, at) =>
    view.getInt32(at * 4, true),
  );
  return { words, tail: bytes.subarray(words.length * 4), length: bytes.length };
}

/** Place of the closing quote of the string that begins at `start`. */
function stringEnd(body: Buffer, start: number): number {
  if (body[start] !== quote) throw notPlain;
  for (let at = start + 1; at < body.length; at++) {
    const byte = body[at]!;
    if (byte === quote) return at;
    if (byte === backslash) at++;
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
    at = readCsvCell(header[cell], columns, body, at);
    if (cell < header.length - 1 && body[at++] !== comma) throw notPlain;
  }
  if (body[at] === carriageReturn) at++;
  if (at < body.length && body[at] !== newline) throw notPlain;
  return at + 1;
}

/** Returns the place after the cell. */
function readCsvCell(
  place: number | undefined,
  columns: ByteColumns,
  body: Buffer,
  start: number,
): number {
  const quoted = body[start] === quote;
  const from = quoted ? start + 1 : start;
  if (place !== undefined && (quoted || cellEnds[body[start]!] !== 1)) {
    const written = columns.write(place, from, quoted ? quoteEnds : cellEnds);
    if (written !== -1) return quoted ? written + 1 : written;
  }
  const end = quoted ? body.indexOf(quote, from) : cellEnd(body, start);
  if (end === -1) throw notPlain;
  if (place !== undefined) {
    const value = !quoted && end === from ? null : body.toString('utf8', from, end);
    columns.writeValue(place, value, from, end);
  }
  return quoted ? end + 1 : end;
}

function cellEnd(body: Buffer, start: number): number {
  let at = start;
  for (; at < body.length && cellEnds[body[at]!] !== 1; at++) {
    if (body[at] === quote) throw notPlain;
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
