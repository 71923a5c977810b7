import { expect, test } from 'vitest';
import { chooseFormat } from './formats.ts';

test.each([
  [undefined, undefined, 'json'],
  [undefined, '*/*', 'json'],
  [undefined, 'text/html, application/xhtml+xml, */*;q=0.8', 'json'],
  [undefined, 'application/*', 'json'],
  [undefined, 'text/*', 'csv'],
  [undefined, 'TEXT/CSV', 'csv'],
  [undefined, 'text/csv;q=0.5, application/x-ndjson', 'ndjson'],
  [undefined, 'application/json;q=0, application/vnd.apache.parquet', 'parquet'],
  [undefined, 'application/vnd.apache.arrow.stream', 'arrow'],
  ['csv', 'application/json', 'csv'],
] as const)('format=%s with Accept: %s gives %s', (format, accept, chosen) => {
  expect(chooseFormat(format, accept)).toBe(chosen);
});

test.each(['text/html', 'image/*', 'application/json;q=0', 'application/json;q=x', ';', ''])(
  'Accept: %s cannot be satisfied',
  (accept) => {
    expect(() => chooseFormat(undefined, accept)).toThrow('Ask for one of application/json');
  },
);
