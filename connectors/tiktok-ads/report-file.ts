/** Takes a downloaded report as it arrives, so that a large one is in memory once. */
import { CsvCutter, type CsvPieces } from './csv-pieces.ts';
import { type Envelope, readEnvelope } from './envelope.ts';

/** Small enough to be parsed by the dozen, large enough that their number stays small. */
const pieceBytesMax = 4 * 1024 * 1024;

export type ReportReading =
  | Exclude<Envelope, { kind: 'ok' }>
  | ({ readonly kind: 'csv' } & CsvPieces);

export class ReportFile {
  readonly #cutter = new CsvCutter(pieceBytesMax);
  /** What begins like an envelope or a web page, whole. */
  readonly #other: Buffer[] = [];
  #isCsv: boolean | null = null;

  add(chunk: Buffer): void {
    const start = chunk.subarray(0, 64).toString().trimStart();
    if (start !== '') this.#isCsv ??= !/^[{<]/.test(start);
    if (this.#isCsv) this.#cutter.add(chunk);
    else this.#other.push(chunk);
  }

  /** A report that cannot be given comes as an envelope in place of the CSV. */
  finish(): ReportReading {
    if (!this.#isCsv) {
      const envelope = readEnvelope(Buffer.concat(this.#other).toString());
      return envelope.kind === 'ok' ? { kind: 'unreadable', reason: 'it is no CSV' } : envelope;
    }
    const cut = this.#cutter.finish();
    if (cut === null) return { kind: 'unreadable', reason: 'the CSV ends inside a row' };
    return { kind: 'csv', ...cut };
  }
}
