/**
 * CSV as asynchronous reports send it (RFC 4180). An empty cell is NULL, an empty quoted one an
 * empty text.
 */
export function* readCsv(text: string): Generator<(string | null)[]> {
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  while (at < text.length) {
    let end = text.indexOf('\n', at);
    if (end === -1) end = text.length;
    const line = text.slice(at, text.charCodeAt(end - 1) === 13 ? end - 1 : end);
    if (line.includes('"')) {
      const [cells, next] = readQuotedRecord(text, at);
      yield cells;
      at = next;
    } else {
      // Nearly every line: no quotes, so every comma and line end is one.
      if (line !== '') yield line.split(',').map((cell) => (cell === '' ? null : cell));
      at = end + 1;
    }
  }
}

function readQuotedRecord(text: string, start: number): [(string | null)[], number] {
  const cells: (string | null)[] = [];
  let at = start;
  for (;;) {
    let cell: string | null;
    [cell, at] = text[at] === '"' ? readQuotedCell(text, at + 1) : readPlainCell(text, at);
    cells.push(cell);
    if (text[at] === ',') at++;
    else return [cells, skipLineEnd(text, at)];
  }
}

function readPlainCell(text: string, start: number): [string | null, number] {
  let at = start;
  while (at < text.length && text[at] !== ',' && text[at] !== '\n' && text[at] !== '\r') at++;
  return [at === start ? null : text.slice(start, at), at];
}

function readQuotedCell(text: string, start: number): [string, number] {
  let cell = '';
  let at = start;
  for (;;) {
    const quote = text.indexOf('"', at);
    if (quote === -1) return [cell + text.slice(at), text.length];
    cell += text.slice(at, quote);
    if (text[quote + 1] !== '"') return [cell, quote + 1];
    cell += '"';
    at = quote + 2;
  }
}

/** Past the end of the line, and past anything that stands there against the form. */
function skipLineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end === -1 ? text.length : end + 1;
}
