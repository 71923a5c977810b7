/** Cuts a CSV into pieces that can be landed and loaded one by one; pure, for a worker thread. */

export interface CsvPieces {
  readonly rows: number;
  readonly pieces: readonly Uint8Array[];
}

const quote = 0x22;
const newline = 0x0a;

/**
 * Each piece begins with the header line and ends at the end of a row; a row ends at a newline outside quotes
 * (a doubled quote inside a text opens and closes at once). Null when the text ends inside quotes: it was cut off.
 */
export function cutCsv(csv: Uint8Array, pieceBytesMax: number): CsvPieces | null {
  const rowEnds = { header: 0, last: 0 };
  const cuts: number[] = [];
  let quoted = false;
  let rows = 0;
  let pieceStart = 0;
  const endRow = (end: number): void => {
    if (rowEnds.header === 0) {
      rowEnds.header = pieceStart = end;
    } else {
      if (end - pieceStart > pieceBytesMax && rowEnds.last > pieceStart) {
        cuts.push(rowEnds.last);
        pieceStart = rowEnds.last;
      }
      rows += 1;
    }
    rowEnds.last = end;
  };
  for (let at = 0; at < csv.length; at += 1) {
    const byte = csv[at];
    if (byte === quote) quoted = !quoted;
    else if (byte === newline && !quoted) endRow(at + 1);
  }
  if (quoted) return null;
  if (rowEnds.last < csv.length) endRow(csv.length);
  return { rows, pieces: pieces(csv, rowEnds.header, [...cuts, rowEnds.last]) };
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
