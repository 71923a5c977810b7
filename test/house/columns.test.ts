/** Every stored column has a category, a subject and a retention rule, and every category and subject a column. */
import { expect, test } from 'vitest';
import { categories } from '../../policy/categories.ts';
import { retentionRules } from '../../policy/retention.ts';
import type { Stream } from '../../policy/stream.ts';
import { streams } from '../../policy/streams/index.ts';
import { subjects } from '../../policy/subjects.ts';
import { columnsOf } from '../../warehouse/tables.ts';

/** Columns that say something about a row of ours, not about anyone: order of equal hours, and when it was known. */
const bookkeeping = new Set(['fold', 'deleted_at', 'known_from', 'known_to']);

const all: readonly Stream[] = Object.values(streams);

function unexplained(stream: Stream, columns: readonly { name: string }[]): string[] {
  const fields = new Map(stream.fields.map((field) => [field.name, field]));
  const stored = new Set(columns.map(({ name }) => name));
  return [
    ...[...stored]
      .filter((name) => !fields.has(name) && !bookkeeping.has(name))
      .map((name) => `${stream.name}.${name} is stored, and no field explains it`),
    ...[...fields.values()].flatMap(({ name, category, subject }) => [
      ...(stored.has(name) ? [] : [`${stream.name}.${name} is declared, and not stored`]),
      ...(category in categories ? [] : [`${stream.name}.${name} has no category`]),
      ...(subject in subjects ? [] : [`${stream.name}.${name} has no subject`]),
    ]),
    ...(stream.retention in retentionRules ? [] : [`${stream.name} has no retention rule`]),
  ];
}

test('every stored column is a field with category and subject, and every field is stored', () => {
  expect(all.length).toBeGreaterThan(0);
  expect(all.flatMap((stream) => unexplained(stream, columnsOf(stream)))).toEqual([]);
});

test('every category, subject and retention rule is that of a column', () => {
  const fields = all.flatMap((stream) => stream.fields);
  const used = {
    categories: new Set<string>(fields.map(({ category }) => category)),
    subjects: new Set<string>(fields.map(({ subject }) => subject)),
    retention: new Set<string>(all.map(({ retention }) => retention)),
  };
  expect(Object.keys(categories).filter((name) => !used.categories.has(name))).toEqual([]);
  expect(Object.keys(subjects).filter((name) => !used.subjects.has(name))).toEqual([]);
  expect(Object.keys(retentionRules).filter((name) => !used.retention.has(name))).toEqual([]);
});

test('every key and time column is a field, and no field is both kept and dropped', () => {
  for (const { name, key, time, fields, dropped } of all) {
    const names = fields.map((field) => field.name);
    expect(names, name).toEqual(expect.arrayContaining([...key, ...(time ? [time.field] : [])]));
    expect(new Set(names).size, name).toBe(names.length);
    const sources = new Set(fields.map(({ source }) => source));
    expect(
      dropped.filter(({ source }) => sources.has(source)),
      name,
    ).toEqual([]);
  }
});

test('canaries: the scan finds a column without a field, and a field without column or category', () => {
  const [stream] = all;
  const stranger = { name: 'buyer_email' };
  expect(unexplained(stream!, [...columnsOf(stream!), stranger])).toHaveLength(1);
  expect(unexplained(stream!, columnsOf(stream!).slice(1))).toHaveLength(1);
  const [field] = stream!.fields;
  const bare = { ...field!, name: 'bare', category: 'none' as never };
  const changed = { ...stream!, fields: [...stream!.fields, bare] };
  expect(unexplained(changed, [...columnsOf(stream!), { name: 'bare' }])).toHaveLength(1);
});
