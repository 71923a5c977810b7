import { afterAll, beforeAll, expect, test } from 'vitest';
import { categories } from '../../../policy/categories.ts';
import { streamNames } from '../../../policy/streams/index.ts';
import { type ApiHub, createApiHub } from '../../../test/api-hub.ts';

let hub: ApiHub;
beforeAll(async () => {
  hub = await createApiHub();
});
afterAll(() => hub.close());

test('every stream with every field, its meaning and category', async () => {
  const response = await hub.call('GET', '/api/v1/streams');
  const streams = response.json() as {
    id: string;
    fields: { name: string; category: string; meaning: string }[];
  }[];
  expect(streams.map(({ id }) => id).toSorted()).toEqual(streamNames.toSorted());
  for (const { id, fields } of streams) {
    expect(fields.length, id).toBeGreaterThan(0);
    for (const { name, category, meaning } of fields) {
      expect(Object.keys(categories), `${id}.${name}`).toContain(category);
      expect(meaning, `${id}.${name}`).not.toBe('');
    }
  }
});
