import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cutCsv } from './csv-pieces.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (piece: Uint8Array): string => new TextDecoder().decode(piece);
const quoted = (value: string): string => `"${value.replaceAll('"', '""')}"`;
const cells = fc.array(
  fc.oneof(
    fc.stringMatching(/^[a-z0-9]*$/),
    fc.string({ unit: fc.constantFrom('"', '\n', '\r\n', ',', 'x', 'ü') }).map(quoted),
  ),
  { minLength: 2, maxLength: 3 },
);

test('rows stay whole, whatever stands in them, and together the pieces are the report', () => {
  const ends = fc.constantFrom('\n', '\r\n');
  fc.assert(
    fc.property(fc.array(cells, { maxLength: 12 }), ends, fc.boolean(), (rows, end, open) => {
      const lines = rows.map((row) => row.join(',') + end);
      const header = `"ad ""id""",b${end}`;
      const whole = header + lines.join('');
      // The last row's end may be left out.
      const body = open && rows.length > 0 ? whole.slice(0, -end.length) : whole;
      const cut = cutCsv(bytes(body), 20);
      expect(cut?.rows).toBe(rows.length);
      const parts = cut!.pieces.map(text);
      expect(parts.every((part) => part.startsWith(header))).toBe(true);
      expect(parts.map((part) => part.slice(header.length)).join('')).toBe(
        body.slice(header.length),
      );
      const ended = parts.slice(0, -1).map((part) => part.slice(header.length));
      let at = 0;
      for (const part of ended) {
        let row = '';
        while (row.length < part.length) row += lines[at++];
        expect(row).toBe(part);
      }
    }),
  );
});

test('a report that ends inside a text was cut off', () => {
  expect(cutCsv(bytes('a,b\n1,"x'), 100)).toBeNull();
  expect(cutCsv(bytes('a,b\n1,"x""'), 100)).toBeNull();
  expect(cutCsv(bytes('"a'), 100)).toBeNull();
});

test('a report without rows is one piece: its header', () => {
  expect(cutCsv(bytes('a,b\n'), 100)).toEqual({ rows: 0, pieces: [bytes('a,b\n')] });
});
