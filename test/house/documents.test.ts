/** What documents say about commands, files and error codes is true. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { errorCodes } from '../../policy/errors.ts';
import { filesOf, findAll, root, type SourceFile } from './repository.ts';

const scripts = (
  JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  }
).scripts;

function unknownScripts(file: SourceFile): string[] {
  return [...file.text.matchAll(/\bnpm (?:run ([\w:-]+)|(start|test)\b)/g)]
    .map(([, named, short]) => (named ?? short)!)
    .filter((name) => scripts[name] === undefined)
    .map((name) => `${file.path}: there is no script "${name}"`);
}

/** Folders and files at the root: what is in backticks and begins with one of them is a path of ours. */
const ownPath = /^(?:\.\/)?(?:[\w.-]+\/)+[\w.-]*$|^[\w-]+\.(?:md|ts|mjs|json|sql|yml|yaml)$/;

/** Names that exist only in a running hub or on the reader's machine. */
const notOurs =
  /^(?:\.\/)?data[\w-]*\/?|^\.\/|^node_modules\b|^parts\b|^open_api\b|^application\b|^text\b/;

function missingPaths(file: SourceFile): string[] {
  const prose = file.text.replace(/^```[\s\S]*?^```/gm, '');
  return [...prose.matchAll(/`([^`\n]+)`|\]\((?!https?:|#|mailto:)([^)#\s]+)/g)].flatMap(
    ([, quoted, linked]) => {
      const cited = (linked ?? quoted)!;
      if (linked === undefined && (!ownPath.test(cited) || notOurs.test(cited))) return [];
      const candidates = [path.join(root, cited), path.join(root, path.dirname(file.path), cited)];
      const isKnown = candidates.some((candidate) => existsSync(candidate)) || isBaseName(cited);
      return isKnown ? [] : [`${file.path}: there is no ${cited}`];
    },
  );
}

let baseNames: Set<string> | undefined;
/** `contract.ts` alone names a kind of file. */
function isBaseName(cited: string): boolean {
  baseNames ??= new Set(filesOf('').map((file) => path.basename(file.path)));
  return !cited.includes('/') && baseNames.has(cited);
}

test('every command and path that a document cites exists', () => {
  const documents = filesOf('.md');
  expect(documents.length).toBeGreaterThan(0);
  expect(documents.flatMap((file) => [...unknownScripts(file), ...missingPaths(file)])).toEqual([]);
});

test('docs/errors.md explains every error code, and no other', () => {
  const document = filesOf('docs/errors.md')[0];
  expect(document, 'docs/errors.md').toBeDefined();
  const explained = [...document!.text.matchAll(/^(?:#+ |\| )`([A-Z][A-Z0-9_]+)`/gm)].map(
    (match) => match[1],
  );
  expect(explained.toSorted()).toEqual(Object.keys(errorCodes).toSorted());
});

test('every error code is used somewhere, and every use is a code', () => {
  const sources = filesOf('.ts').filter(
    ({ path: file }) => !/\.test\.ts$|^policy\/errors/.test(file),
  );
  const text = sources.map((file) => file.text).join('\n');
  const unused = Object.keys(errorCodes).filter((code) => !text.includes(`'${code}'`));
  expect(unused).toEqual([]);
});

test('canaries: each of these scans can find', () => {
  const document = { path: 'docs/a.md', text: 'Run `npm run nothing`, see `docs/none.md`.' };
  expect(unknownScripts(document)).toHaveLength(1);
  expect(missingPaths(document)).toHaveLength(1);
  expect(missingPaths({ path: 'a.md', text: '[x](docs/none.md) and `policy/errors.ts`' })).toEqual([
    'a.md: there is no docs/none.md',
  ]);
  expect(findAll({ path: 'a', text: 'x\ny' }, /y/g, 'why')).toEqual(['a:2: why']);
});
