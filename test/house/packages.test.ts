/** The lock installs everywhere and names no registry; the manifest names exact versions. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { root } from './repository.ts';

interface Entry {
  resolved?: string;
  link?: boolean;
  optionalDependencies?: Record<string, string>;
}
interface Lock {
  packages: Record<string, Entry>;
}
interface Manifest {
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  overrides?: Record<string, string>;
}

const read = <T>(name: string): T => JSON.parse(readFileSync(path.join(root, name), 'utf8')) as T;

const parentOf = (folder: string): string =>
  folder.slice(0, Math.max(0, folder.lastIndexOf('node_modules/') - 1));

/** As Node resolves: in the folder itself, then upwards. */
function resolves(lock: Lock, from: string, name: string): boolean {
  for (let folder = from; ; folder = parentOf(folder)) {
    if (lock.packages[`${folder === '' ? '' : `${folder}/`}node_modules/${name}`]) return true;
    if (!folder.includes('node_modules/')) return false;
  }
}

/**
 * Platform packages missing from the lock: npm writes such a lock when it updates one made on another platform, and
 * `npm ci` then installs without them and without a word.
 */
const missingOptional = (lock: Lock): string[] =>
  Object.entries(lock.packages).flatMap(([from, entry]) =>
    Object.keys(entry.optionalDependencies ?? {})
      .filter((name) => !resolves(lock, from, name))
      .map((name) => `${from || 'package.json'}: ${name} is not in the lock`),
  );

const addresses = (lock: Lock): string[] =>
  Object.entries(lock.packages).flatMap(([name, { resolved, link }]) =>
    resolved === undefined || link === true ? [] : [`${name}: ${resolved}`],
  );

const inexact = (manifest: Manifest): string[] =>
  Object.entries({
    ...manifest.dependencies,
    ...manifest.devDependencies,
    ...manifest.optionalDependencies,
    ...manifest.overrides,
  })
    .filter(([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version))
    .map(([name, version]) => `${name}: ${version}`);

test('the lock has every optional package and no address of a registry', () => {
  const lock = read<Lock>('package-lock.json');
  expect(missingOptional(lock)).toEqual([]);
  expect(addresses(lock)).toEqual([]);
});

test('every version in package.json is exact', () => {
  expect(inexact(read<Manifest>('package.json'))).toEqual([]);
});

test('canaries: each of these scans can find', () => {
  const lock: Lock = {
    packages: {
      '': { optionalDependencies: { a: '1.0.0' } },
      'node_modules/b': { resolved: 'https://registry/b', optionalDependencies: { c: '1.0.0' } },
      'node_modules/b/node_modules/c': { optionalDependencies: { b: '1.0.0' } },
    },
  };
  expect(missingOptional(lock)).toEqual(['package.json: a is not in the lock']);
  expect(addresses(lock)).toEqual(['node_modules/b: https://registry/b']);
  expect(inexact({ dependencies: { a: '^1.0.0', b: '1.0.0-beta.1' } })).toEqual(['a: ^1.0.0']);
});
