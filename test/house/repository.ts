/** The files of this repository as the scans see them: what git knows or would add, not what is ignored. */
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';

export const root = path.resolve(import.meta.dirname, '../..');

export interface SourceFile {
  /** From the root, with slashes. */
  readonly path: string;
  readonly text: string;
}

/** Files with one of these endings, deleted ones left out. */
export function filesOf(...endings: string[]): SourceFile[] {
  const listing = execFileSync(
    'git',
    ['ls-files', '--cached', '--others', '--exclude-standard', '-z'],
    { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  );
  return listing
    .split('\0')
    .filter((file) => endings.some((ending) => file.endsWith(ending)))
    .filter((file) => statSync(path.join(root, file), { throwIfNoEntry: false })?.isFile())
    .map((file) => ({ path: file, text: readFileSync(path.join(root, file), 'utf8') }));
}

/** Tests, and what only tests use: whatever speaks to vitest, and `testing.ts` beside the code. */
export const isTest = ({ path: file, text }: SourceFile): boolean =>
  /(?:\.test|(?:^|\/)testing)\.tsx?$/.test(file) || /^import .* from 'vitest';$/m.test(text);

/** Line number of an offset, from 1. */
export const lineOf = (text: string, offset: number): number =>
  text.slice(0, offset).split('\n').length;

/** `path:line: what` for every match. */
export function findAll(file: SourceFile, pattern: RegExp, what: string): string[] {
  return [...file.text.matchAll(pattern)].map(
    (match) => `${file.path}:${lineOf(file.text, match.index)}: ${what}`,
  );
}
