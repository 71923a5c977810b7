import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readPage } from './envelope.ts';
import { cutPage } from './page-rows.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const rows = fc.array(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })), { maxLength: 5 });

test('any rows are counted and cut out, and what is left says all the rest', () => {
  fc.assert(
    fc.property(
      rows,
      fc.jsonValue(),
      fc.constantFrom(0, 2),
      fc.boolean(),
      (list, extra, space, first) => {
        const page_info = { page: 1, total_number: 12, total_page: 3 };
        const data = first ? { list, page_info, extra } : { page_info, extra, list };
        const text = JSON.stringify({ code: 0, message: 'say "list": [', data }, null, space);
        const cut = cutPage(bytes(text));
        expect(cut?.rows).toBe(list.length);
        expect(JSON.parse(cut!.envelope)).toEqual(
          JSON.parse(
            text.length > 0
              ? JSON.stringify({ code: 0, message: 'say "list": [', data: { ...data, list: [] } })
              : '',
          ),
        );
      },
    ),
  );
});

test('wherever a page is cut off, it is no page', () => {
  const text =
    '{"code":0,"data":{"list":[{"a":"}]\\"","b":[{}]},{"c":{}}],"page_info":{"total_number":2,"total_page":1}}}';
  expect(readPage(bytes(text))).toMatchObject({ kind: 'page', page: { rows: 2 } });
  for (let length = 0; length < text.length; length += 1) {
    expect(readPage(bytes(text.slice(0, length))).kind, text.slice(0, length)).toBe('unreadable');
  }
});

test('whatever bytes come, they are judged and nothing is thrown', () => {
  const pieces = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    '"',
    '\\',
    ',',
    ':',
    '"list"',
    '"data"',
    '"code"',
    '0',
    ' ',
  );
  const brackets = fc.array(pieces, { maxLength: 40 }).map((some) => bytes(some.join('')));
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 60 }), brackets), (body) => {
      expect(['page', 'refused', 'unreadable']).toContain(readPage(body).kind);
    }),
    { numRuns: 1000 },
  );
});

test('rows that are no objects, and lists that stand elsewhere', () => {
  const read = (data: string) => readPage(bytes(`{"code":0,"data":${data}}`));
  for (const list of ['[1]', '["a"]', '[[{}]]', '[{},null]', '{"a":{}}', '"list"']) {
    expect(read(`{"list":${list}}`).kind, list).toBe('unreadable');
  }
  expect(read('{"deeper":{"list":[{}]}}').kind).toBe('unreadable');
  expect(read('{"deeper":{"list":[{}]},"list":[{},{}]}')).toMatchObject({ page: { rows: 2 } });
  expect(read('{"list":[]}')).toMatchObject({ page: { rows: 0, totalNumber: null } });
});
