/**
 * Rows inside a landed page of a shop: the records of a list, and what stands inside them, from one
 * reading of the page. Pure; runs in worker threads.
 */
import { createHmac } from 'node:crypto';
import { parseLossless } from '../../policy/json.ts';
import type { Field, Stream } from '../../policy/stream.ts';
import {
  isObject,
  type ParsedPart,
  PartBuilder,
  type QuarantinedRow,
  UnreadablePart,
} from '../parse.ts';
import { cellReaders, RoundedNumber } from '../values.ts';

/** What one stream reads of a page. */
export interface RecordShape {
  readonly key: readonly string[];
  /** The last one is `recordNumber`. */
  readonly fields: readonly Field[];
  readonly dropped: Stream['dropped'];
  /** Path to its rows, from `data` (the first shape) or from a record; null where the record is the row. */
  readonly rows: string | null;
  /** Sources that other shapes read in the same row: known, though not this one's. */
  readonly alsoKnown: readonly string[];
  /** False where another shape counts the names of the same rows. */
  readonly countsUnknown: boolean;
}

export interface RecordsInput {
  readonly body: Uint8Array;
  /** Number of the landed part. */
  readonly part: number;
  /** The list's own, then those of what stands inside its records. */
  readonly shapes: readonly RecordShape[];
  /** Key of the buyers' pseudonyms; zeroed after use. */
  readonly pseudonymKey?: Uint8Array | undefined;
}

/** Which record of the pull a row stands in: later ones came later. */
export const recordNumber: Field = {
  name: 'record_number',
  type: 'count',
  meaning: 'Place of the record in the pull.',
  category: 'order.state',
  subject: 'seller',
  source: '#',
};
/** More than a page of any list has. */
const recordsPerPart = 1_000_000;

export function readRecords(input: RecordsInput): ParsedPart[] {
  const { buffer, byteOffset, byteLength } = input.body;
  const text = Buffer.from(buffer, byteOffset, byteLength).toString();
  try {
    return readPage(input, text, JSON.parse);
  } catch (error) {
    if (!(error instanceof RoundedNumber)) throw error;
    return readPage(input, text, parseLossless);
  } finally {
    input.pseudonymKey?.fill(0);
  }
}

/** A row, and the objects around it: `^` is the first of them. */
type Chain = readonly Record<string, unknown>[];

function readPage(
  input: RecordsInput,
  text: string,
  parse: (text: string) => unknown,
): ParsedPart[] {
  const data = dataOf(text, parse);
  const [list, ...inner] = input.shapes.map((shape) => new RowReader(shape, input.pseudonymKey));
  const records = rowsAt([data], list!.shape.rows!);
  if (records === undefined) throw new UnreadablePart(`data.${list!.shape.rows} is no list`);
  records.forEach((chain, at) => {
    const number = input.part * recordsPerPart + at;
    list!.read(chain, number);
    for (const reader of inner) {
      const { rows } = reader.shape;
      const found = rows === null || !isObject(chain[0]) ? [chain] : rowsAt(chain, rows);
      if (found === undefined) reader.refuse(`${rows} is no list`);
      for (const row of found ?? []) reader.read(row, number);
    }
  });
  return [list!, ...inner].map((reader) => reader.finish());
}

function dataOf(text: string, parse: (text: string) => unknown): Record<string, unknown> {
  let page: unknown;
  try {
    page = parse(text);
  } catch {
    throw new UnreadablePart('it is not JSON');
  }
  if (isObject(page) && isObject(page.data)) return page.data;
  throw new UnreadablePart('it has no data');
}

/** Rows at a path that leads through lists and objects; none where a member is missing, undefined where it is no list. */
function rowsAt(chain: Chain, path: string): Chain[] | undefined {
  const names = path.split('.');
  let level: Chain[] = [chain];
  for (const [at, name] of names.entries()) {
    const next: Chain[] = [];
    for (const one of level) {
      const member = one[0]![name];
      if (Array.isArray(member)) for (const row of member) next.push([row, ...one]);
      else if (isObject(member) && at < names.length - 1) next.push([member, ...one]);
      else if (member !== undefined && member !== null) return undefined;
    }
    level = at < names.length - 1 ? next.filter(([head]) => isObject(head)) : next;
  }
  return level;
}

interface Source {
  readonly place: number;
  readonly up: number;
  readonly path: readonly string[];
  readonly isPseudonym: boolean;
}

/** Names that a row may have: `true` for one that is read or known as a whole. */
type Known = Map<string, true | Known>;

class RowReader {
  readonly shape: RecordShape;
  readonly #builder: PartBuilder;
  readonly #sources: Source[];
  readonly #known: Known;
  readonly #key: Uint8Array | undefined;

  constructor(shape: RecordShape, pseudonymKey: Uint8Array | undefined) {
    this.shape = shape;
    this.#key = pseudonymKey;
    const { key, dropped } = shape;
    const fields = shape.fields.map(
      (field): Field => (field.type === 'pseudonym' ? { ...field, type: 'text' } : field),
    );
    this.#builder = new PartBuilder({ key, fields, dropped, time: null }, { from: '', to: '' });
    this.#sources = shape.fields.slice(0, -1).map(({ source, type }, place) => {
      const names = source.split('.');
      const up = names.filter((name) => name === '^').length;
      return { place, up, path: names.slice(up), isPseudonym: type === 'pseudonym' };
    });
    this.#known = knownNames([
      ...shape.fields.map(({ source }) => source),
      ...dropped.map(({ source }) => source),
      ...shape.alsoKnown,
    ]);
  }

  read(chain: Chain, number: number): void {
    const row: unknown = chain[0];
    if (!isObject(row)) {
      this.refuse('not an object');
      return;
    }
    const { values } = this.#builder;
    for (const { place, up, path, isPseudonym } of this.#sources) {
      const value = valueAt(chain[up], path);
      values[place] = isPseudonym ? this.#pseudonymOf(value) : value;
    }
    values[this.#sources.length] = number;
    if (this.shape.countsUnknown) this.#countUnknown(row, this.#known, '');
    this.#builder.addRow();
  }

  refuse(reason: string): void {
    this.#builder.refuse(reason);
  }

  finish(): ParsedPart {
    const part = this.#builder.finish();
    return { ...part, quarantined: part.quarantined.map((row) => this.#withoutBuyer(row)) };
  }

  #pseudonymOf(value: unknown): string | null {
    const text = cellReaders.text(value);
    if (text === null || text === undefined || text === '' || this.#key === undefined) return null;
    return createHmac('sha256', this.#key).update(text).digest('hex').slice(0, 32);
  }

  #countUnknown(object: Record<string, unknown>, known: Known, prefix: string): void {
    for (const [name, value] of Object.entries(object)) {
      const found = known.get(name);
      if (found === undefined) this.#builder.countUnknown(`${prefix}${name}`);
      else if (found !== true && isObject(value)) {
        this.#countUnknown(value, found, `${prefix}${name}.`);
      }
    }
  }

  /** Buyers' fields lie in the people file alone: a row that cannot be read is kept aside without them. */
  #withoutBuyer({ reason, record }: QuarantinedRow): QuarantinedRow {
    const kept = this.shape.fields.filter(
      ({ name, category }) => name !== recordNumber.name && !category.startsWith('buyer.'),
    );
    return {
      reason,
      record: Object.fromEntries(kept.map(({ name }) => [name, record[name] ?? null])),
    };
  }
}

function valueAt(from: unknown, path: readonly string[]): unknown {
  let value = from;
  for (const name of path) {
    if (!isObject(value)) return null;
    value = value[name];
  }
  return value ?? null;
}

function knownNames(sources: readonly string[]): Known {
  const root: Known = new Map();
  for (const source of sources) {
    if (source.startsWith('^')) continue;
    let level = root;
    const names = source.split('.');
    for (const [at, name] of names.entries()) {
      const found = level.get(name);
      if (at === names.length - 1) level.set(name, true);
      else if (found === true) break;
      else {
        const next: Known = found ?? new Map();
        level.set(name, next);
        level = next;
      }
    }
  }
  return root;
}
