/** Cuts a CSV into pieces that can be landed and loaded one by one; pure, for a worker thread. */

export interface CsvPieces {
  readonly rows: number;
  readonly pieces: readonly Uint8Array[];
}

const quote = 0x22;
const newline = 0x0a;

/**
 * Each piece begins with the header line and ends at the end of a row; a row ends at a newline outside quotes
 * (a doubled quote inside a text closes and opens at once). Null when the text ends inside quotes: it was cut off.
 */
export function cutCsv(csv: Uint8Array, pieceBytesMax: number): CsvPieces | null {
  const headerEnd = rowEnd(csv, 0);
  if (headerEnd === null) return null;
  const cuts: number[] = [];
  let start = headerEnd;
  let rows = 0;
  for (let at = headerEnd; at < csv.length; rows += 1) {
    const end = rowEnd(csv, at);
    if (end === null) return null;
    if (end - start > pieceBytesMax && at > start) {
      cuts.push(at);
      start = at;
    }
    at = end;
  }
  return { rows, pieces: pieces(csv, headerEnd, [...cuts, csv.length]) };
}

/** One past the newline that ends the row beginning at `from`; null when a quote in it is never closed. */
function rowEnd(csv: Uint8Array, from: number): number | null {
  let end = csv.indexOf(newline, from);
  if (end < 0) end = csv.length;
  for (let open = from; ; ) {
    open = csv.subarray(0, end).indexOf(quote, open);
    if (open < 0) return Math.min(end + 1, csv.length);
    const close = csv.indexOf(quote, open + 1);
    if (close < 0) return null;
    open = close + 1;
    if (close > end) {
      end = csv.indexOf(newline, close);
      if (end < 0) end = csv.length;
    }
  }
}

function pieces(csv: Uint8Array, headerEnd: number, ends: readonly number[]): Uint8Array[] {
  const header = csv.subarray(0, headerEnd);
  let start = headerEnd;
  return ends.map((end) => {
    const piece = new Uint8Array(headerEnd + end - start);
    piece.set(header);
    piece.set(csv.subarray(start, end), headerEnd);
    start = end;
    return piece;
  });
}
