/** Runs in a worker thread: reading a page of a megabyte would hold up everything else for milliseconds. */
import { move, transferableSymbol, valueSymbol } from 'piscina';
import { type CsvPieces, cutCsv } from './csv-pieces.ts';
import { type PageReading, readEnvelope, readPage } from './envelope.ts';

/** Small enough to be parsed by the dozen, large enough that their number stays small. */
const pieceBytesMax = 4 * 1024 * 1024;

export type CsvReading = Exclude<PageReading, { kind: 'page' }> | ({ kind: 'csv' } & CsvPieces);

export function page(body: Uint8Array): PageReading {
  return readPage(body);
}

/** A report that cannot be given comes as an envelope in place of the CSV. */
export function csv(body: Uint8Array): unknown {
  const start = new TextDecoder().decode(body.subarray(0, 64)).trimStart();
  if (start === '' || start.startsWith('{') || start.startsWith('<')) {
    const envelope = readEnvelope(new TextDecoder().decode(body));
    return envelope.kind === 'ok' ? { kind: 'unreadable', reason: 'it is no CSV' } : envelope;
  }
  const cut = cutCsv(body, pieceBytesMax);
  if (cut === null) return { kind: 'unreadable', reason: 'the CSV ends inside a row' };
  const reading: CsvReading = { kind: 'csv', ...cut };
  // The pieces change hands without a copy: a large report would be in memory twice.
  const buffers = cut.pieces.map((piece) => piece.buffer as ArrayBuffer);
  return move({ [transferableSymbol]: buffers, [valueSymbol]: reading } as never);
}
