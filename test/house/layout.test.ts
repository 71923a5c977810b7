/** Names, sizes and completeness of folders and files. */
import { expect, test } from 'vitest';
import { filesOf, isTest, type SourceFile } from './repository.ts';

const linesMax = { source: 400, test: 800 };

/** May only shrink. Each with its reason. */
const sizeExceptions: Readonly<Record<string, string>> = {};

const forbiddenNames = new Set(['utils', 'util', 'common', 'lib', 'helpers', 'shared', 'misc']);

function badNames({ path }: Pick<SourceFile, 'path'>): string[] {
  return path
    .split('/')
    .map((part) => part.split('.')[0]!.toLowerCase())
    .filter((part) => forbiddenNames.has(part))
    .map((part) => `${path}: "${part}" says nothing; name its subject`);
}

function tooLong(file: SourceFile): string[] {
  const lines = file.text.split('\n').length - 1;
  const max = isTest(file) ? linesMax.test : linesMax.source;
  if (lines <= max || sizeExceptions[file.path] !== undefined) return [];
  return [`${file.path}: ${lines} lines, ${max} at most; split it by subject`];
}

const workflowFiles = ['contract.ts', 'workflow.ts', 'workflow.test.ts'];

/** Each folder below workflows/ has the same files and at least one recorded history. */
function incompleteWorkflows(paths: readonly string[]): string[] {
  const folders = new Set(paths.flatMap((path) => /^workflows\/([^/]+)\//.exec(path)?.[1] ?? []));
  return [...folders].flatMap((folder) => {
    const has = (pattern: RegExp): boolean =>
      paths.some((path) => path.startsWith(`workflows/${folder}/`) && pattern.test(path));
    const missing = workflowFiles.filter((name) => !paths.includes(`workflows/${folder}/${name}`));
    if (!has(/\/histories\/[^/]+\.(json|bin)$/)) missing.push('histories/*.json');
    return missing.map((name) => `workflows/${folder}: ${name} is missing`);
  });
}

test('no folder or file has a name without a subject', () => {
  expect(filesOf('').flatMap(badNames)).toEqual([]);
});

test('no source file is too long to be read', () => {
  const files = filesOf('.ts', '.tsx', '.mjs', '.sql');
  expect(files.flatMap(tooLong)).toEqual([]);
  const paths = new Set(files.map(({ path }) => path));
  expect(Object.keys(sizeExceptions).filter((path) => !paths.has(path))).toEqual([]);
});

test('every workflow folder is complete', () => {
  expect(incompleteWorkflows(filesOf('').map(({ path }) => path))).toEqual([]);
});

test('canaries: each of these scans can find', () => {
  expect(badNames({ path: 'api/utils/a.ts' })).toHaveLength(1);
  expect(badNames({ path: 'api/helpers.ts' })).toHaveLength(1);
  expect(badNames({ path: 'api/library.ts' })).toHaveLength(0);
  expect(tooLong({ path: 'api/a.ts', text: '\n'.repeat(401) })).toHaveLength(1);
  expect(tooLong({ path: 'api/a.ts', text: '\n'.repeat(400) })).toHaveLength(0);
  expect(tooLong({ path: 'api/a.test.ts', text: '\n'.repeat(800) })).toHaveLength(0);
  expect(tooLong({ path: 'api/a.test.ts', text: '\n'.repeat(801) })).toHaveLength(1);
  expect(incompleteWorkflows(['workflows/a/contract.ts', 'workflows/b.ts'])).toEqual([
    'workflows/a: workflow.ts is missing',
    'workflows/a: workflow.test.ts is missing',
    'workflows/a: histories/*.json is missing',
  ]);
});
