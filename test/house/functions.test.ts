/** No function is too long to be understood at once. Lines of functions inside it count for those. */

import { parseSync } from 'vite';
import { expect, test } from 'vitest';
import { filesOf, lineOf, type SourceFile } from './repository.ts';

const linesMax = 60;

/** May only shrink. Each with its reason. */
const exceptions: Readonly<Record<string, string>> = {
  'main/compose.ts': 'The composition root: what is opened, in order.',
  'main/work.ts': 'Part of the composition root.',
  'test/running-hub.ts': 'The composition root of tests.',
  'test/api-hub.ts': 'The composition root of tests of the API.',
  'registry/reopen.ts': 'One transaction, statement after statement.',
  'sandbox/generator/records.ts': 'A record of TikTok, field after field.',
};

const functionTypes = ['FunctionDeclaration', 'FunctionExpression', 'ArrowFunctionExpression'];

function longFunctions({ path, text }: SourceFile): string[] {
  const found: string[] = [];
  /** Lines of the functions inside. */
  const walk = (node: unknown): number => {
    if (Array.isArray(node)) return node.reduce<number>((sum, each) => sum + walk(each), 0);
    if (typeof node !== 'object' || node === null) return 0;
    const inner = walk(Object.values(node));
    const { type, start, end } = node as { type?: string; start: number; end: number };
    if (type === undefined || !functionTypes.includes(type)) return inner;
    const lines = lineOf(text, end) - lineOf(text, start) + 1;
    const own = lines - inner;
    if (own > linesMax) found.push(`${path}:${lineOf(text, start)}: ${own} lines of its own`);
    return lines - 1;
  };
  walk(parseSync(path, text).program.body);
  return found;
}

test('no function is too long to be understood at once', () => {
  const long = filesOf('.ts', '.tsx', '.mjs').flatMap(longFunctions);
  const pathOf = (one: string): string => one.split(':')[0]!;
  expect(long.filter((one) => exceptions[pathOf(one)] === undefined)).toEqual([]);
  // An exception that is no longer needed goes.
  expect(Object.keys(exceptions).sort()).toEqual([...new Set(long.map(pathOf))].sort());
});

test('canary: it finds a long function, also one that is an expression, and leaves out those inside', () => {
  const lines = (count: number) => 'a();\n'.repeat(count);
  const found = (text: string) => longFunctions({ path: 'a.ts', text }).length;
  expect(found(`function f(): void {\n${lines(59)}}`)).toBe(1);
  expect(found(`function f(): void {\n${lines(58)}}`)).toBe(0);
  expect(found(`const f = async (a: number) => {\n${lines(59)}};`)).toBe(1);
  const inner = `const g = () => {\n${lines(40)}};\n`;
  expect(found(`function f(): void {\n${inner}${lines(40)}}`)).toBe(0);
});
