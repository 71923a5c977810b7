import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ParseInput, parsePart, readCarefully, UnreadablePart } from './parse.ts';
import { readPlainPart } from './plain-parts.ts';
import { dailyRow, page, testStreams } from './testing.ts';

const stream = testStreams[0]!;
const window = { from: '2026-11-01', to: '2026-11-30' };
const input = (body: Buffer, format: 'json' | 'csv' = 'json'): ParseInput => ({
  body,
  format,
  stream,
  window,
});
const names = ['ad_id', 'stat_time_day', 'ad_text', 'spend', 'clicks', 'ctr', 'new_metric'];

/** Mostly what TikTok sends, sometimes anything. */
const mostly = (usual: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 60, arbitrary: usual },
    {
      weight: 1,
      arbitrary: fc.constantFrom('-', '', '10505.0', 'Text', '漢字', null, '-1.5', '1.'),
    },
    { weight: 1, arbitrary: fc.constantFrom('9'.repeat(20), '0.0000001', 7, 1.5, true, 'a,b') },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 5 }) },
  );
const whole = mostly(fc.nat().map(String));
const decimal = mostly(fc.nat({ max: 10 ** 7 }).map((n) => (n / 1000).toFixed(3)));
const text = mostly(fc.constantFrom('Text', '漢字 🎈', '', 'a,b', 'say "hi" \\ \n'));
const time = fc.oneof(
  {
    weight: 30,
    arbitrary: fc.constantFrom('2026-11-02 00:00:00', '2026-11-03', '2026-11-30 00:00:00'),
  },
  { weight: 1, arbitrary: fc.constantFrom('2026-12-01', '2026-11-31', '-', null) },
);
const rows = fc.array(
  fc.record({
    ad_id: whole,
    stat_time_day: time,
    figures: fc.tuple(text, decimal, whole, decimal, whole),
  }),
  { maxLength: 5 },
);

describe('the quick reader', () => {
  it('gives what the careful one gives, or leaves the page to it', () => {
    let quick = 0;
    const check = (given: ParseInput): void => {
      const plain = readPlainPart(given);
      if (plain === undefined) return;
      quick++;
      expect(plain).toEqual(readCarefully(given));
    };
    fc.assert(
      fc.property(rows, (generated) => {
        const records = generated.map(({ ad_id, stat_time_day, figures }) => ({
          dimensions: { ad_id, stat_time_day },
          metrics: Object.fromEntries(figures.map((figure, at) => [names[at + 2], figure])),
        }));
        check(input(page(records)));
        const lines = generated.map(({ ad_id, stat_time_day, figures }) =>
          [ad_id, stat_time_day, ...figures]
            .map((cell) =>
              typeof cell === 'string' && /[",\n\r]/.test(cell)
                ? JSON.stringify(cell)
                : (cell ?? ''),
            )
            .join(','),
        );
        check(input(Buffer.from([names.join(','), ...lines].join('\n')), 'csv'));
      }),
      { numRuns: 2000 },
    );
    expect(quick).toBeGreaterThan(500);
  });

  it('reads an ordinary page of thousands of rows by itself', () => {
    const many = Array.from({ length: 4500 }, (_, at) =>
      dailyRow(at + 1, '2026-11-02', { new: '1' }),
    );
    const plain = readPlainPart(input(page(many)));
    expect(plain).toEqual(readCarefully(input(page(many))));
    expect(plain?.chunks.map((chunk) => chunk.rows)).toEqual([2000, 2000, 500]);
    expect(plain?.unknownFields).toEqual({ 'metrics.new': 4500 });
  });

  it('takes no page that was cut off, and no list that is not the page’s own', () => {
    const whole = page([dailyRow(1, '2026-11-02'), dailyRow(2, '2026-11-02')]);
    expect(readPlainPart(input(whole))).toBeDefined();
    for (let length = 0; length < whole.length; length++) {
      const cut = input(whole.subarray(0, length));
      expect(readPlainPart(cut)).toBeUndefined();
      expect(() => parsePart(cut)).toThrow(UnreadablePart);
    }
    const decoy = { code: 0, other: { list: [dailyRow(9, '2026-11-02')] }, data: { list: [] } };
    expect(parsePart(input(Buffer.from(JSON.stringify(decoy)))).rowsRead).toBe(0);
  });
});
