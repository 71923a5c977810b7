/** Words that must not stand in the source, each with what to write instead. */
import { expect, test } from 'vitest';
import { filesOf, findAll, isTest, type SourceFile } from './repository.ts';

interface Ban {
  readonly what: string;
  readonly pattern: RegExp;
  readonly where: (file: SourceFile) => boolean;
}

const inFolder = (...folders: string[]) => {
  return ({ path }: SourceFile): boolean => folders.includes(path.split('/')[0]!);
};
const isConfig = ({ path }: SourceFile): boolean => !path.includes('/');
const warehouseSource = (file: SourceFile): boolean => inFolder('warehouse')(file) && !isTest(file);

// Composed, so that this file does not name what it forbids.
const marks = ['TO', 'FIX'].map((start, index) => start + ['DO', 'ME'][index]).join('|');

const bans: readonly Ban[] = [
  {
    what: 'a test that runs alone hides the others',
    pattern: /\b(?:test|it|describe)\.only\b/g,
    where: isTest,
  },
  {
    what: 'say why in a comment on the line before, and when it goes',
    pattern: /(?<!\/\/[^\n]*\n\s*|\*\/\n\s*)\b(?:test|it|describe)\.(?:skip|skipIf|todo|fails)\b/g,
    where: isTest,
  },
  {
    what: 'finish it, or file it',
    pattern: new RegExp(`\\b(?:${marks}|XXX)\\b`, 'g'),
    where: () => true,
  },
  {
    what: 'the environment is read in main/config.ts only; take a value',
    pattern: /\bprocess\.env\b/g,
    where: (file) =>
      !inFolder('main', 'deploy', 'test', 'bench')(file) && !isConfig(file) && !isTest(file),
  },
  {
    what: 'a streamed result holds its snapshot and its errors come late; spool it',
    // A spool of ours has a method of that name.
    pattern: /(?<!\bspool)\.stream(?:AndRead\w*)?\(/g,
    where: warehouseSource,
  },
  {
    what: 'time is an argument of SQL',
    pattern:
      /\b(?:now|today|current_localtimestamp|current_localtime|transaction_timestamp|get_current_\w+)\(\)|\bcurrent_(?:timestamp|date|time)\b/gi,
    where: (file) => warehouseSource(file) && !/\.clock\b/.test(file.path),
  },
  {
    what: 'never: it falls back to another cipher',
    pattern: /force_mbedtls_unsafe\s*=\s*(?:true|1)/gi,
    where: () => true,
  },
];

/** Calls of our own clock look like SQL's. */
const withoutOwnClock = (file: SourceFile): SourceFile => ({
  ...file,
  text: file.text.replace(/\b(?:Date|clock|performance)\.now\(\)/g, 'ownClock'),
});

const scan = (file: SourceFile): string[] =>
  bans.flatMap(({ what, pattern, where }) =>
    where(file) ? findAll(withoutOwnClock(file), pattern, what) : [],
  );

test('no forbidden word stands in the source', () => {
  const self = 'test/house/words.test.ts';
  const files = filesOf('.ts', '.tsx', '.mjs', '.sql').filter(({ path }) => path !== self);
  expect(files.flatMap(scan)).toEqual([]);
});

test.each([
  ['api/a.test.ts', "test.only('x', () => {});"],
  ['api/a.test.ts', "test.skip('x', () => {});"],
  ['api/a.ts', `// ${marks.split('|')[0]}: later`],
  ['api/a.ts', 'const port = process.env.PORT;'],
  ['warehouse/a.ts', 'await connection.stream(sql);'],
  ['warehouse/a.ts', "await run('select now()');"],
  ['warehouse/reports/a.sql', 'where day < CURRENT_DATE'],
])('a canary: %s with %s is found', (path, text) => {
  expect(scan({ path, text: `const first = 1;\n${text}\n` })).toHaveLength(1);
});

test.each([
  ['api/a.test.ts', "// Needs Python 3.11.\ntest.skipIf(old)('x', () => {});"],
  ['main/config.ts', 'read(process.env)'],
  ['warehouse/a.ts', 'const started = clock.now();'],
])('%s may say %s', (path, text) => {
  expect(scan({ path, text: `${text}\n` })).toEqual([]);
});
