/**
 * From the bytes of a landed part to joined columns. Pure; runs in worker threads, since JSON.parse
 * is more than half of the cost of a load.
 */
import { parseLossless } from '../policy/json.ts';
import type { Field, Stream } from '../policy/stream.ts';
import type { Window } from '../policy/windows.ts';
import {
  type ColumnChunk,
  chunkRowsMax,
  escapeText,
  needsEscape,
  nullMark,
  packed,
  separator,
} from './columns.ts';
import { readCsv } from './csv.ts';
import { readPlainPart } from './plain-parts.ts';
import { type CellText, cellReaders, RoundedNumber } from './values.ts';

export interface ParseInput {
  readonly body: Uint8Array;
  readonly format: 'json' | 'csv';
  readonly stream: Pick<Stream, 'key' | 'time' | 'fields' | 'dropped'>;
  readonly window: Window;
}

export interface QuarantinedRow {
  readonly reason: string;
  /** Known fields only: values of unknown and dropped ones are not kept. */
  readonly record: Readonly<Record<string, string | null>>;
}

export interface ParsedPart {
  readonly rowsRead: number;
  readonly chunks: ColumnChunk[];
  /** Columns (by place) with at least one escaped value. */
  readonly escaped: boolean[];
  readonly quarantined: QuarantinedRow[];
  readonly unknownFields: Record<string, number>;
}

/**
 * Thrown when the part as a whole is no page of TikTok's: cut off, or an error page of something
 * between.
 */
export class UnreadablePart extends Error {}

export const parsePart = (input: ParseInput): ParsedPart =>
  (isReport(input) ? readPlainPart(input) : undefined) ?? readCarefully(input);

/** Reports have millions of rows that look alike; entities are few, and each says what it likes. */
const isReport = ({ stream }: ParseInput): boolean =>
  stream.fields.some(({ source }) => source.startsWith('dimensions.'));

/** Any part; a row that cannot be read is quarantined. */
export function readCarefully(input: ParseInput): ParsedPart {
  const text = Buffer.from(
    input.body.buffer,
    input.body.byteOffset,
    input.body.byteLength,
  ).toString();
  if (input.format === 'csv') return readCsvPart(input, text);
  try {
    return readJsonPart(input, text, JSON.parse);
  } catch (error) {
    if (!(error instanceof RoundedNumber)) throw error;
    return readJsonPart(input, text, parseLossless);
  }
}

function readJsonPart(
  { stream, window }: ParseInput,
  text: string,
  parse: (text: string) => unknown,
): ParsedPart {
  const records = recordsOf(text, parse);
  const readers = jsonReaders(stream);
  const builder = new PartBuilder(stream, window);
  for (const record of records) {
    if (!isObject(record)) {
      builder.refuse('not an object');
      continue;
    }
    readers.forEach(({ path, fields, known }) => {
      const container = path === '' ? record : record[path];
      if (!isObject(container)) {
        for (const { place } of fields) builder.values[place] = null;
        return;
      }
      let present = 0;
      for (const { place, name } of fields) {
        const value = container[name];
        if (value === undefined) builder.values[place] = null;
        else {
          present++;
          builder.values[place] = value;
        }
      }
      const names = Object.keys(container);
      if (names.length === present) return;
      for (const name of names) {
        if (!known.has(name)) builder.countUnknown(path === '' ? name : `${path}.${name}`);
      }
    });
    builder.addRow();
  }
  return builder.finish();
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function recordsOf(text: string, parse: (text: string) => unknown): unknown[] {
  let page: unknown;
  try {
    page = parse(text);
  } catch {
    throw new UnreadablePart('it is not JSON');
  }
  const list = isObject(page) && isObject(page.data) ? page.data.list : undefined;
  if (!Array.isArray(list)) throw new UnreadablePart('it has no data.list');
  return list;
}

interface ContainerReader {
  /** Empty for the record itself, else one member of it (`metrics`). */
  readonly path: string;
  readonly fields: { readonly place: number; readonly name: string }[];
  readonly known: Set<string>;
}

function jsonReaders(stream: ParseInput['stream']): ContainerReader[] {
  const root: ContainerReader = { path: '', fields: [], known: new Set() };
  const readers = new Map([['', root]]);
  const containerOf = (source: string): { reader: ContainerReader; name: string } => {
    const dot = source.indexOf('.');
    const path = dot === -1 ? '' : source.slice(0, dot);
    const reader = readers.get(path) ?? { path, fields: [], known: new Set<string>() };
    readers.set(path, reader);
    if (path !== '') root.known.add(path);
    return { reader, name: source.slice(dot + 1) };
  };
  stream.fields.forEach((field, place) => {
    const { reader, name } = containerOf(field.source);
    reader.fields.push({ place, name });
    reader.known.add(name);
  });
  for (const { source } of stream.dropped) {
    const { reader, name } = containerOf(source);
    reader.known.add(name);
  }
  return [...readers.values()];
}

function readCsvPart({ stream, window }: ParseInput, text: string): ParsedPart {
  const builder = new PartBuilder(stream, window);
  const lastName = (source: string): string => source.slice(source.lastIndexOf('.') + 1);
  const places = new Map(stream.fields.map((field, place) => [lastName(field.source), place]));
  const dropped = new Set(stream.dropped.map(({ source }) => lastName(source)));
  let header: (number | undefined)[] | undefined;
  let unknown: string[] = [];
  builder.values.fill(null);
  for (const cells of readCsv(text)) {
    if (header === undefined) {
      header = cells.map((name) => places.get(name ?? ''));
      unknown = cells.filter(
        (name) => name !== null && !places.has(name) && !dropped.has(name),
      ) as string[];
      if (!header.some((place) => place !== undefined))
        throw new UnreadablePart('it has no known column');
      continue;
    }
    if (cells.length !== header.length) {
      builder.refuse('not as many cells as the header has');
      continue;
    }
    for (let at = 0; at < cells.length; at++) {
      const place = header[at];
      if (place !== undefined) builder.values[place] = cells[at];
    }
    for (const name of unknown) builder.countUnknown(name);
    builder.addRow();
  }
  if (header === undefined) throw new UnreadablePart('it is empty');
  return builder.finish();
}

const utf8 = new TextEncoder();

/** Collects rows column by column. The caller fills `values` (one a field) and calls `addRow`. */
export class PartBuilder {
  readonly values: unknown[];
  readonly #fields: readonly Field[];
  readonly #readers: ((value: unknown) => CellText)[];
  readonly #needed: Set<number>;
  readonly #timePlace: number;
  readonly #window: Window;
  readonly #cells: (string | null)[];
  readonly #columns: string[][];
  readonly #part: ParsedPart;
  #rowsRead = 0;

  constructor(stream: ParseInput['stream'], window: Window) {
    const { fields, key, time } = stream;
    this.#fields = fields;
    this.#readers = fields.map(({ type }) => cellReaders[type]);
    this.#timePlace = fields.findIndex(({ name }) => name === time?.field);
    // A group of viewers may have no name (text); a row without its id or day is about nothing.
    this.#needed = new Set(
      fields.flatMap(({ name, type }, at) => (key.includes(name) && type !== 'text' ? [at] : [])),
    );
    this.#window = window;
    this.values = new Array(fields.length);
    this.#cells = new Array(fields.length);
    this.#columns = fields.map(() => []);
    this.#part = {
      rowsRead: 0,
      chunks: [],
      escaped: fields.map(() => false),
      quarantined: [],
      unknownFields: {},
    };
  }

  countUnknown(name: string): void {
    this.#part.unknownFields[name] = (this.#part.unknownFields[name] ?? 0) + 1;
  }

  /** A row that could not be taken apart at all. */
  refuse(reason: string): void {
    this.#rowsRead++;
    this.#part.quarantined.push({ reason, record: {} });
  }

  addRow(): void {
    const cells = this.#cells;
    this.#rowsRead++;
    for (let at = 0; at < cells.length; at++) {
      const value = this.values[at];
      const text = this.#readers[at]!(value);
      if (text === undefined) {
        const { name, type } = this.#fields[at]!;
        this.#quarantine(`${name} does not fit ${type}`);
        return;
      }
      if (text === null && this.#needed.has(at)) {
        this.#quarantine(`${this.#fields[at]!.name} is missing`);
        return;
      }
      cells[at] = text;
    }
    const day = this.#timePlace === -1 ? undefined : cells[this.#timePlace]!.slice(0, 10);
    if (day !== undefined && (day < this.#window.from || day > this.#window.to)) {
      this.#quarantine('outside the window');
      return;
    }
    for (let at = 0; at < cells.length; at++) this.#append(at, cells[at]!);
    if (this.#columns[0]!.length === chunkRowsMax) this.#flush();
  }

  #append(at: number, text: string | null): void {
    if (text === null) this.#columns[at]!.push(nullMark);
    else if (this.#fields[at]!.type === 'text' && needsEscape(text)) {
      this.#part.escaped[at] = true;
      this.#columns[at]!.push(escapeText(text));
    } else this.#columns[at]!.push(text);
  }

  #quarantine(reason: string): void {
    const record: Record<string, string | null> = {};
    this.#fields.forEach(({ name }, at) => {
      const value = this.values[at] ?? null;
      record[name] = typeof value === 'string' || value === null ? value : toText(value);
    });
    this.#part.quarantined.push({ reason, record });
  }

  #flush(): void {
    const rows = this.#columns[0]!.length;
    if (rows === 0) return;
    const texts = this.#columns.map((column) => utf8.encode(column.join(separator)));
    this.#part.chunks.push({ rows, ...packed(texts) });
    for (const column of this.#columns) column.length = 0;
  }

  finish(): ParsedPart {
    this.#flush();
    return { ...this.#part, rowsRead: this.#rowsRead };
  }
}

const toText = (value: unknown): string =>
  JSON.stringify(value, (_name, inner) => (typeof inner === 'bigint' ? String(inner) : inner));
