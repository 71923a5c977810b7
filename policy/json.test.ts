import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseLossless } from './json.ts';

test('numbers that a double cannot hold come digit for digit, all others as they are', () => {
  expect(parseLossless('{"id":7001035076276387841,"n":[-9007199254740993, 1.5, 12]}')).toEqual({
    id: '7001035076276387841',
    n: ['-9007199254740993', 1.5, 12],
  });
  expect(parseLossless('[9007199254740991,9007199254740992]')).toEqual([
    9007199254740991,
    '9007199254740992',
  ]);
  expect(parseLossless('12345678901234567.25')).toBe('12345678901234567.25');
  expect(parseLossless('{"cost":0.12345678901234567}')).toEqual({ cost: '0.12345678901234567' });
});

test('texts that look like numbers stay texts', () => {
  const value = { a: '7001035076276387841', b: 'see: 7001035076276387841, [7001035076276387841]' };
  expect(parseLossless(JSON.stringify(value))).toEqual(value);
});

test('any id survives wherever it stands', () => {
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 3 },
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      fc.string(),
      fc.array(tie('any')),
      fc.dictionary(fc.string(), tie('any')),
    ),
  })).any;
  const written = (one: unknown, space: string): string => {
    if (typeof one === 'bigint') return String(one);
    if (Array.isArray(one)) return `[${one.map((each) => written(each, space)).join(`,${space}`)}]`;
    if (typeof one === 'object' && one !== null) {
      const members = Object.entries(one).map(
        ([name, each]) => `${JSON.stringify(name)}:${space}${written(each, space)}`,
      );
      return `{${members.join(`,${space}`)}}`;
    }
    return JSON.stringify(one);
  };
  const expected = (one: unknown): unknown => {
    if (typeof one === 'bigint')
      return Number.isSafeInteger(Number(one)) ? Number(one) : String(one);
    if (Array.isArray(one)) return one.map(expected);
    if (typeof one === 'object' && one !== null) {
      return Object.fromEntries(Object.entries(one).map(([name, each]) => [name, expected(each)]));
    }
    return one;
  };
  fc.assert(
    fc.property(value, fc.constantFrom('', ' ', '\n  '), (one, space) => {
      fc.pre(
        !JSON.stringify(one, (_k, v) => (typeof v === 'bigint' ? 0 : v)).includes('__proto__'),
      );
      expect(parseLossless(written(one, space))).toEqual(expected(one));
    }),
  );
});
