/** Documents that are made from code say what the code says. */
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { renderDataMap } from '../../policy/data-map.ts';
import { renderErrors } from '../../policy/error-document.ts';

test.each([
  ['docs/data-map.md', renderDataMap],
  ['docs/errors.md', renderErrors],
])('%s is current', async (path, render) => {
  const written = await readFile(new URL(`../../${path}`, import.meta.url), 'utf8');
  expect(written, 'Run `npm run generate`.').toBe(render());
});
