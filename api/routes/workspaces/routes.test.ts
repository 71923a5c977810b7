import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ApiHub, createApiHub } from '../../../test/api-hub.ts';

let hub: ApiHub;
beforeAll(async () => {
  hub = await createApiHub();
});
afterAll(() => hub.close());

test('workspaces are listed', async () => {
  const other = await hub.deps.registry.workspaces.create('Another');
  const response = await hub.call('GET', '/api/v1/workspaces?sort=["name","ASC"]');
  expect(response.json()).toEqual([
    { id: other.id, name: 'Another' },
    { id: hub.workspace.id, name: 'Test' },
  ]);
  expect(response.headers['content-range']).toBe('workspaces 0-1/2');
});
