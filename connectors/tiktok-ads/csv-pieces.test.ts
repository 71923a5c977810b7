import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CsvCutter, type CsvPieces } from './csv-pieces.ts';

const quoted = (value: string): string => `"${value.replaceAll('"', '""')}"`;
const cells = fc.array(
  fc.oneof(
    fc.stringMatching(/^[a-z0-9]*$/),
    fc.string({ unit: fc.constantFrom('"', '\n', '\r\n', ',', 'x', 'ü') }).map(quoted),
  ),
  { minLength: 2, maxLength: 3 },
);

/** As it would arrive: in chunks of that many bytes. */
function cutCsv(text: string, pieceBytesMax: number, chunkBytes = 1_000): CsvPieces | null {
  const cutter = new CsvCutter(pieceBytesMax);
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    cutter.add(bytes.subarray(at, at + chunkBytes));
  }
  return cutter.finish();
}

test('rows stay whole, whatever stands in them and however they arrive', () => {
  const ends = fc.constantFrom('\n', '\r\n');
  const chunks = fc.integer({ min: 1, max: 60 });
  fc.assert(
    fc.property(
      fc.array(cells, { maxLength: 12 }),
      ends,
      fc.boolean(),
      chunks,
      (rows, end, open, chunkBytes) => {
        const lines = rows.map((row) => row.join(',') + end);
        const header = `"ad ""id""",b${end}`;
        const whole = header + lines.join('');
        // The last row's end may be left out.
        const text = open ? whole.slice(0, -end.length) : whole;
        const cut = cutCsv(text, 20, chunkBytes);
        expect(cut?.rows).toBe(rows.length);
        const parts = cut!.pieces.map((piece) => piece.toString());
        if (rows.length === 0) {
          expect(parts).toEqual([text]);
          return;
        }
        expect(parts.every((part) => part.startsWith(header))).toBe(true);
        const bodies = parts.map((part) => part.slice(header.length));
        expect(bodies.join('')).toBe(text.slice(header.length));
        // Every piece but the last is a number of whole rows, the last of them the one that filled it.
        let at = 0;
        for (const body of bodies.slice(0, -1)) {
          let taken = '';
          while (Buffer.byteLength(taken) < 20) taken += lines[at++];
          expect(body).toBe(taken);
        }
      },
    ),
  );
});

test('a report that ends inside a text was cut off', () => {
  for (const text of ['a,b\n1,"x', 'a,b\n1,"x""', '"a']) expect(cutCsv(text, 100, 3)).toBeNull();
});

test('a report without rows is one piece: its header', () => {
  expect(cutCsv('a,b\n', 100)).toEqual({ rows: 0, pieces: [Buffer.from('a,b\n')] });
});
