/** Cuts a CSV, as it arrives, into pieces that can be landed and loaded one by one. */

export interface CsvPieces {
  readonly rows: number;
  readonly pieces: readonly Buffer[];
}

const quote = 0x22;
const newline = 0x0a;

/**
 * Each piece begins with the header line and ends at the end of a row; a row ends at a newline outside quotes
 * (a doubled quote inside a text closes and opens at once).
 */
export class CsvCutter {
  readonly #pieceBytesMax: number;
  readonly #pieces: Buffer[] = [];
  #header: Buffer | null = null;
  /** What has arrived of the present piece. */
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #quoted = false;
  #endsWithRow = true;
  #rows = 0;

  constructor(pieceBytesMax: number) {
    this.#pieceBytesMax = pieceBytesMax;
  }

  add(chunk: Buffer): void {
    let from = 0;
    let at = 0;
    let rowEnd = 0;
    let nextQuote = chunk.indexOf(quote);
    let nextNewline = chunk.indexOf(newline);
    while (nextQuote >= 0 || nextNewline >= 0) {
      if (this.#quoted) {
        if (nextQuote < 0) break;
        this.#quoted = false;
        at = nextQuote + 1;
      } else if (nextQuote >= 0 && (nextNewline < 0 || nextQuote < nextNewline)) {
        this.#quoted = true;
        at = nextQuote + 1;
      } else {
        at = rowEnd = nextNewline + 1;
        if (this.#endRow(chunk, from, at)) from = at;
      }
      if (nextQuote >= 0 && nextQuote < at) nextQuote = chunk.indexOf(quote, at);
      if (nextNewline >= 0 && nextNewline < at) nextNewline = chunk.indexOf(newline, at);
    }
    this.#keep(chunk.subarray(from));
    if (chunk.length > 0) this.#endsWithRow = rowEnd === chunk.length;
  }

  /** Null when the text ends inside quotes: it was cut off. */
  finish(): CsvPieces | null {
    if (this.#quoted) return null;
    if (!this.#endsWithRow && this.#header !== null) this.#rows += 1;
    if (this.#header === null) this.#header = this.#take();
    if (this.#pendingBytes > 0 || this.#pieces.length === 0) this.#cut();
    return { rows: this.#rows, pieces: this.#pieces };
  }

  /** Whether a piece, or the header, ends with this row. */
  #endRow(chunk: Buffer, from: number, to: number): boolean {
    if (this.#header === null) {
      this.#keep(chunk.subarray(from, to));
      this.#header = this.#take();
      return true;
    }
    this.#rows += 1;
    if (this.#pendingBytes + to - from < this.#pieceBytesMax) return false;
    this.#keep(chunk.subarray(from, to));
    this.#cut();
    return true;
  }

  #keep(bytes: Buffer): void {
    if (bytes.length > 0) this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
  }

  #take(): Buffer {
    const bytes = Buffer.concat(this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    return bytes;
  }

  #cut(): void {
    this.#pending.unshift(this.#header ?? Buffer.alloc(0));
    this.#pieces.push(this.#take());
  }
}
