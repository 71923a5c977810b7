import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { renderOpenApi } from './openapi.ts';

test('openapi.json is what the routes say; `npm run generate` renews it', async () => {
  const committed = readFileSync(new URL('./openapi.json', import.meta.url), 'utf8');
  expect(await renderOpenApi()).toBe(committed);
});
