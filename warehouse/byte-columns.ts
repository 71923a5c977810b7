/**
 * Columns built from bytes, without a string a value: what most pages of a report need, and several times faster than
 * going through JSON.parse. It refuses whatever is not plain; the careful reader of `parse.ts` then takes the page.
 */
import type { Field, FieldType, Stream } from '../policy/stream.ts';
import type { Window } from '../policy/windows.ts';
import { type ColumnChunk, chunkRowsMax, needsEscape, nullMark, separator } from './columns.ts';
import { cellReaders } from './values.ts';

const separatorByte = separator.charCodeAt(0);
const nullByte = nullMark.charCodeAt(0);
const [zero, nine, point] = [48, 57, 46];

/** Thrown to leave the page to the careful reader. */
export const notPlain = new Error('not plain');

export class ByteColumns {
  readonly chunks: ColumnChunk[] = [];
  rows = 0;
  readonly #body: Buffer;
  readonly #fields: readonly Field[];
  readonly #needed: boolean[];
  readonly #timePlace: number;
  readonly #window: Window;
  readonly #buffers: Buffer[];
  readonly #lengths: number[];
  /** Where the value of the row before stands in the body: days and hours repeat. */
  readonly #previous: { start: number; end: number; text: Buffer }[];
  #chunkRows = 0;

  constructor(body: Buffer, stream: Pick<Stream, 'key' | 'time' | 'fields'>, window: Window) {
    const { fields, key, time } = stream;
    this.#body = body;
    this.#fields = fields;
    this.#needed = fields.map(({ name, type }) => key.includes(name) && type !== 'text');
    this.#timePlace = fields.findIndex(({ name }) => name === time?.field);
    this.#window = window;
    this.#buffers = fields.map(() => Buffer.allocUnsafe(16_384));
    this.#lengths = fields.map(() => 0);
    this.#previous = fields.map(() => ({ start: 0, end: -1, text: Buffer.alloc(0) }));
  }

  /** The value stands in the body from `start` to `end`, without escapes. */
  write(place: number, start: number, end: number): void {
    const { type } = this.#fields[place]!;
    if (type === 'text') this.#writeText(place, start, end);
    else if (type === 'day' || type === 'hour' || type === 'instant') {
      this.#writeTime(place, start, end);
    } else if (this.#isPlainNumber(type, start, end)) this.#copy(place, start, end);
    else this.writeValue(place, this.#text(start, end));
  }

  /** Any value, by the readers that the careful way uses. */
  writeValue(place: number, value: unknown): void {
    const { type } = this.#fields[place]!;
    const text = cellReaders[type](value);
    if (text === null) {
      this.writeNull(place);
      return;
    }
    if (text === undefined || (type === 'text' && needsEscape(text))) throw notPlain;
    if (place === this.#timePlace) this.#checkWindow(text);
    this.#append(place, Buffer.from(text));
  }

  writeNull(place: number): void {
    if (this.#needed[place]) throw notPlain;
    const at = this.#room(place, 1);
    this.#buffers[place]![at] = nullByte;
    this.#lengths[place] = at + 1;
  }

  endRow(): void {
    this.rows++;
    if (++this.#chunkRows === chunkRowsMax) this.flush();
  }

  flush(): void {
    if (this.#chunkRows === 0) return;
    const columns = this.#buffers.map((buffer, place) =>
      buffer.toString('utf8', 0, this.#lengths[place]),
    );
    this.chunks.push({ rows: this.#chunkRows, columns });
    this.#lengths.fill(0);
    this.#chunkRows = 0;
  }

  #text(start: number, end: number): string {
    return this.#body.toString('utf8', start, end);
  }

  #isPlainNumber(type: FieldType, start: number, end: number): boolean {
    if (type === 'id' || type === 'count') return this.#isWhole(start, end);
    if (type === 'money') return this.#isDecimal(start, end, 4);
    return type === 'ratio' && this.#isDecimal(start, end, 6);
  }

  #isWhole(start: number, end: number): boolean {
    if (end === start || end - start > 18) return false;
    for (let at = start; at < end; at++) {
      const byte = this.#body[at]!;
      if (byte < zero || byte > nine) return false;
    }
    return true;
  }

  #isDecimal(start: number, end: number, scale: number): boolean {
    if (end === start || end - start > 11) return false;
    let pointAt = -1;
    for (let at = start; at < end; at++) {
      const byte = this.#body[at]!;
      if (byte >= zero && byte <= nine) continue;
      if (byte !== point || pointAt !== -1 || at === start) return false;
      pointAt = at;
    }
    return pointAt === -1 || end - pointAt - 1 <= scale;
  }

  #writeText(place: number, start: number, end: number): void {
    for (let at = start; at < end; at++) if (this.#body[at]! < 32) throw notPlain;
    this.#copy(place, start, end);
  }

  #writeTime(place: number, start: number, end: number): void {
    const previous = this.#previous[place]!;
    if (this.#same(previous, start, end)) {
      this.#append(place, previous.text);
      return;
    }
    const value = this.#text(start, end);
    this.writeValue(place, value);
    const text = cellReaders[this.#fields[place]!.type](value);
    if (text == null) return;
    this.#previous[place] = { start, end, text: Buffer.from(text) };
  }

  #same(previous: { start: number; end: number }, start: number, end: number): boolean {
    if (previous.end - previous.start !== end - start) return false;
    for (let at = 0; at < end - start; at++) {
      if (this.#body[start + at] !== this.#body[previous.start + at]) return false;
    }
    return true;
  }

  #checkWindow(text: string): void {
    const day = text.slice(0, 10);
    if (day < this.#window.from || day > this.#window.to) throw notPlain;
  }

  #copy(place: number, start: number, end: number): void {
    let to = this.#room(place, end - start);
    const buffer = this.#buffers[place]!;
    const body = this.#body;
    for (let at = start; at < end; at++) buffer[to++] = body[at]!;
    this.#lengths[place] = to;
  }

  #append(place: number, bytes: Buffer): void {
    const at = this.#room(place, bytes.length);
    bytes.copy(this.#buffers[place]!, at);
    this.#lengths[place] = at + bytes.length;
  }

  /** Where `size` more bytes go; the separator before them is written. */
  #room(place: number, size: number): number {
    let at = this.#lengths[place]!;
    const buffer = this.#buffers[place]!;
    if (at + size + 1 > buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(buffer.length * 2, at + size + 1));
      buffer.copy(larger, 0, 0, at);
      this.#buffers[place] = larger;
    }
    if (this.#chunkRows > 0) this.#buffers[place]![at++] = separatorByte;
    return at;
  }
}
