/**
 * The import law. Method: every `from '…'`, `import '…'` and `import('…')` of every file that is no test is held
 * against the table below. Not modelled: `require`, and specifiers that are computed.
 */
import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import path from 'node:path';
import { expect, test } from 'vitest';
import { filesOf, isTest, lineOf, root, type SourceFile } from './repository.ts';

/** `value`: anything. `type`: `import type` only. `contract`: types, and values of `contract.ts` or `schema.ts`. */
type Reach = 'value' | 'type' | 'contract';

const everything = {
  policy: 'value',
  workflows: 'contract',
  activities: 'value',
  connectors: 'value',
  warehouse: 'value',
  registry: 'value',
  keyring: 'value',
  api: 'value',
  sandbox: 'value',
} as const;

const law: Readonly<Record<string, Readonly<Record<string, Reach>>>> = {
  policy: {},
  workflows: { policy: 'value' },
  connectors: { policy: 'value' },
  keyring: { policy: 'value' },
  registry: { policy: 'value' },
  warehouse: { policy: 'value', keyring: 'type' },
  activities: {
    policy: 'value',
    workflows: 'contract',
    connectors: 'type',
    warehouse: 'type',
    registry: 'type',
    keyring: 'type',
  },
  api: {
    policy: 'value',
    workflows: 'contract',
    connectors: 'type',
    warehouse: 'type',
    registry: 'type',
    keyring: 'type',
  },
  sandbox: {},
  main: everything,
  deploy: {},
  bench: { ...everything, main: 'value', test: 'value' },
  test: { ...everything, main: 'value' },
};

/** Packages that one folder alone may import; `test` and `bench` may look inside as well. */
const owners: Readonly<Record<string, string>> = {
  '@duckdb/node-api': 'warehouse',
  pg: 'registry',
  kysely: 'registry',
};
const lookers = new Set(['test', 'bench']);

/** Functions of names alone, which may be imported wherever the type may. */
const pureValues: Readonly<Record<string, readonly string[]>> = {
  'keyring/keyring.ts': ['keyId'],
};

/** What a hub has installed: no development tool, and no package that only another one brought along. */
const dependencies = new Set(
  Object.keys(JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')).dependencies),
);

/** Folders that may import these packages only. */
const packagesOf: Readonly<Record<string, readonly string[]>> = {
  policy: [],
  workflows: ['@temporalio/workflow'],
};

const statement =
  /^(?:import|export)\s(?<clause>[^;'"]*?)\sfrom\s'(?<from>[^']+)'|^import\s'(?<bare>[^']+)'|\bimport\('(?<dynamic>[^']+)'\)/gm;

/** Files that only tests may import. */
const supports = new Set(
  filesOf('.ts')
    .filter(isTest)
    .map((file) => file.path),
);

/** Violations as `path:line: why`. */
function scan(file: SourceFile): string[] {
  const folder = file.path.includes('/') ? file.path.split('/')[0]! : 'root';
  if (folder === 'root' || isTest(file)) return [];
  return [...file.text.matchAll(statement)].flatMap((match) => {
    const { clause = '', from, bare, dynamic } = match.groups!;
    const specifier = (from ?? bare ?? dynamic)!;
    const isType = /^type\s/.test(clause);
    const why = specifier.startsWith('.')
      ? judgeOwn(file.path, folder, specifier, isType ? [] : valuesIn(clause))
      : judgePackage(folder, specifier);
    return why === undefined ? [] : [`${file.path}:${lineOf(file.text, match.index)}: ${why}`];
  });
}

/** What is imported by value; `*` where the clause does not name it (a default, a namespace, nothing at all). */
function valuesIn(clause: string): string[] {
  const names = /^\{([^}]*)\}$/.exec(clause.trim())?.[1];
  if (names === undefined) return ['*'];
  return names
    .split(',')
    .map((name) => name.trim().split(' as ')[0]!)
    .filter((name) => name !== '' && !name.startsWith('type '));
}

function judgeOwn(
  from: string,
  folder: string,
  specifier: string,
  values: readonly string[],
): string | undefined {
  const target = path.posix.join(path.posix.dirname(from), specifier);
  const targetFolder = target.split('/')[0]!;
  if (supports.has(target) && !lookers.has(folder)) return 'only tests may import this';
  if (targetFolder === folder) return undefined;
  const reach = law[folder]?.[targetFolder];
  if (reach === undefined) return `${folder} may not import ${targetFolder}`;
  const isContract = /\/(contract|schema)\.ts$/.test(target);
  if (reach === 'value' || (reach === 'contract' && isContract)) return undefined;
  if (values.every((value) => pureValues[target]?.includes(value))) return undefined;
  // The composition root starts workflows by their contracts and names their queues.
  if (reach === 'contract' && target === 'workflows/queues.ts') return undefined;
  return `${folder} may import only types of ${targetFolder}`;
}

function judgePackage(folder: string, specifier: string): string | undefined {
  const name = specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
  const allowed = packagesOf[folder];
  if (allowed && !allowed.includes(name)) return `${folder} may not import ${name}`;
  const isInstalled = dependencies.has(name) || lookers.has(folder) || isBuiltin(name);
  if (!isInstalled) return `${name} is not among the dependencies of package.json`;
  const owner = owners[name];
  if (owner === undefined || owner === folder || lookers.has(folder)) return undefined;
  return `only ${owner} may import ${name}`;
}

test('every import obeys the law of the house', () => {
  expect(filesOf('.ts', '.tsx', '.mjs').flatMap(scan)).toEqual([]);
});

test('every folder of the house has its line in the law', () => {
  const folders = filesOf('.ts', '.mjs').flatMap(({ path: file }) =>
    file.includes('/') ? [file.split('/')[0]!] : [],
  );
  expect([...new Set(folders)].filter((folder) => law[folder] === undefined)).toEqual([]);
});

test.each([
  ['policy/a.ts', "import fs from 'node:fs';"],
  ['policy/a.ts', "import type { W } from '../warehouse/warehouse.ts';"],
  ['workflows/a/workflow.ts', "import { z } from 'zod';"],
  ['workflows/a/workflow.ts', "import type { A } from '../../activities/a.ts';"],
  ['activities/a.ts', "import { openWarehouse } from '../warehouse/warehouse.ts';"],
  ['activities/a.ts', "import { type W, open } from '../warehouse/warehouse.ts';"],
  ['activities/a.ts', "import { run } from '../workflows/a/workflow.ts';"],
  ['api/a.ts', "import {\n  keyId,\n  openKeyring,\n} from '../keyring/keyring.ts';"],
  ['api/a.ts', "export { openKeyring } from '../keyring/keyring.ts';"],
  ['api/a.ts', "export * from '../keyring/keyring.ts';"],
  ['api/a.ts', "import '../keyring/keyring.ts';"],
  ['api/a.ts', "const { Pool } = await import('pg');"],
  ['api/a.ts', "import duckdb from '@duckdb/node-api';"],
  ['sandbox/a.ts', "import type { Clock } from '../policy/clock.ts';"],
  ['registry/a.ts', "import '../main/config.ts';"],
  ['main/a.ts', "import type { Kysely } from 'kysely';"],
  ['api/a.ts', "import plugin from 'fastify-plugin';"],
  ['main/a.ts', "import { build } from 'vite';"],
  ['api/a.ts', "import { createApiHub } from './app.test.ts';"],
])('a canary: %s with %s is found', (path, text) => {
  expect(scan({ path, text: `/** A module. */\n${text}\n` })).toHaveLength(1);
});

test.each([
  ['activities/a.ts', "import type { Warehouse } from '../warehouse/warehouse.ts';"],
  ['activities/a.ts', "import { type Warehouse } from '../warehouse/warehouse.ts';"],
  ['activities/a.ts', "import { type Keyring, keyId } from '../keyring/keyring.ts';"],
  ['activities/a.ts', "import { queue } from '../workflows/a/contract.ts';"],
  ['workflows/a/workflow.ts', "import { sleep } from '@temporalio/workflow';"],
  ['workflows/a/workflow.test.ts', "import { Worker } from '@temporalio/worker';"],
  ['warehouse/a.ts', "import { DuckDBInstance } from '@duckdb/node-api';"],
  ['warehouse/testing.ts', "import { createKeyring } from '../keyring/create.ts';"],
])('%s may say %s', (path, text) => {
  expect(scan({ path, text: `${text}\n` })).toEqual([]);
});
