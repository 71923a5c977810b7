/** Every field of a live account's records is named: stored, or dropped with its reason. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { recordedInput } from '../../test/recorded-input.ts';
import { type StreamName, streams } from './index.ts';

const recorded: readonly StreamName[] = [
  'advertisers',
  'campaigns',
  'ad_groups',
  'ads',
  'ads_reports_daily',
];

// The records are not part of the project.
test.skipIf(recordedInput === null).each(recorded)('%s', (name) => {
  const lines = readFileSync(join(recordedInput ?? '', `${name}.jsonl`), 'utf8')
    .trim()
    .split('\n');
  const records = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(records.length).toBeGreaterThan(2);
  const { fields, dropped, request } = streams[name];
  const named = [...fields, ...dropped].map(({ source }) => source);
  // A report row repeats its dimensions beside them; that is the recorder's own doing.
  const sources = records.flatMap((record) =>
    request.kind === 'report'
      ? [...inside(record, 'dimensions'), ...inside(record, 'metrics')]
      : Object.keys(record),
  );
  expect([...new Set(sources)].filter((source) => !named.includes(source))).toEqual([]);
});

const inside = (record: Record<string, unknown>, part: string): string[] =>
  Object.keys(record[part] as object).map((name) => `${part}.${name}`);
