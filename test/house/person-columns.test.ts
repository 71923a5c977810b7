/** Columns about people are sealed, an index or a hash; each sealed one about a user of the hub names its category. */
import { expect, test } from 'vitest';
import { personColumns } from '../../policy/person-columns.ts';
import { filesOf, type SourceFile } from './repository.ts';

/** May only shrink. Each with its reason. */
const exceptions: Readonly<Record<string, string>> = {
  'registry/migrations/0001_first.ts:name': 'What a workspace is called, not a person.',
};

const types = '(?:text|bytea|jsonb?|inet|varchar)';
const personal =
  /(?:^|_)(?:name|email|ip|address|network|user_agent|device|label|secret|password)$/;

/** Every column that is declared in SQL: name, and what follows on its line. */
const columnsOf = ({ text }: SourceFile): { name: string; rest: string }[] =>
  [...text.matchAll(new RegExp(`(?:^|\\(|,|\\badd column )\\s*(\\w+) ${types}\\b(.*)$`, 'gm'))].map(
    ([, name, rest]) => ({ name: name!, rest: rest! }),
  );

const inTheClear = (file: SourceFile): string[] =>
  columnsOf(file)
    .filter(({ name }) => personal.test(name) && !/^sealed_|_(?:index|hash)$/.test(name))
    .map(({ name }) => `${file.path}:${name}`);

const categoryOf = (rest: string): string | undefined => /-- (person\.\w+)/.exec(rest)?.[1];

const uncategorised = (file: SourceFile): string[] =>
  columnsOf(file)
    .filter(({ name }) => name.startsWith('sealed_'))
    .filter(({ rest }) => !((categoryOf(rest) ?? '') in personColumns))
    .map(({ name }) => `${file.path}:${name} names no category of policy/person-columns.ts`);

const migrations = () =>
  filesOf('.ts').filter(({ path }) => path.startsWith('registry/migrations/'));
const ofAccounts = () => migrations().filter(({ path }) => /\/00(?:10|30)_/.test(path));

test('no column about a person is in the clear', () => {
  const found = migrations().flatMap(inTheClear);
  expect(found.filter((one) => exceptions[one] === undefined)).toEqual([]);
  expect(Object.keys(exceptions).filter((one) => !found.includes(one))).toEqual([]);
});

test('every sealed column of accounts has a category, and every category a column', () => {
  expect(ofAccounts().length).toBeGreaterThan(1);
  expect(ofAccounts().flatMap(uncategorised)).toEqual([]);
  const used = new Set(
    ofAccounts().flatMap((file) => columnsOf(file).map((c) => categoryOf(c.rest))),
  );
  expect(Object.keys(personColumns).filter((name) => !used.has(name))).toEqual([]);
});

test('canaries: each of these scans can find', () => {
  const file = (text: string) => ({ path: 'a.ts', text });
  expect(inTheClear(file('create table a (\n  id text,\n  email text not null)'))).toEqual([
    'a.ts:email',
  ]);
  expect(inTheClear(file('alter table a add column user_agent text'))).toEqual(['a.ts:user_agent']);
  expect(inTheClear(file('  email_index bytea,\n  sealed_email bytea,'))).toEqual([]);
  expect(uncategorised(file('  sealed_email bytea,'))).toHaveLength(1);
  expect(uncategorised(file('  sealed_email bytea, -- person.nothing'))).toHaveLength(1);
});
