import { afterAll, beforeAll, expect, test } from 'vitest';
import { tasks } from '../../../policy/tasks.ts';
import { type ApiHub, createApiHub } from '../../../test/api-hub.ts';

let hub: ApiHub;
beforeAll(async () => {
  hub = await createApiHub();
});
afterAll(() => hub.close());

const list = (filter?: object) =>
  hub.call('GET', `/api/v1/tasks${filter ? `?filter=${JSON.stringify(filter)}` : ''}`);

test('open tasks say what to do, the most urgent first; closed ones are asked for', async () => {
  const open = (subjectId: string, dueAt: string) =>
    hub.deps.registry.tasks.open({
      kind: 'token-may-be-valid',
      subjectId,
      dueAt: new Date(dueAt),
      details: { attempts: 3 },
    });
  const { id } = await open('later', '2026-03-02T00:00:00Z');
  await open('sooner', '2026-03-01T00:00:00Z');
  const response = await list();
  expect(response.headers['content-range']).toBe('tasks 0-1/2');
  expect(response.json()).toMatchObject([
    {
      kind: 'token-may-be-valid',
      toDo: tasks['token-may-be-valid'],
      subjectId: 'sooner',
      dueAt: '2026-03-01T00:00:00.000Z',
      details: { attempts: 3 },
      closedAt: null,
    },
    { subjectId: 'later' },
  ]);
  await hub.deps.registry.tasks.close(id);
  expect((await list()).json()).toMatchObject([{ subjectId: 'sooner' }]);
  expect((await list({ closed: true })).json()).toMatchObject([
    { id, closedAt: expect.any(String) },
  ]);
  expect((await list({ subjectId: 'nobody' })).json()).toEqual([]);
  expect((await list({ kind: 'no-such-kind' })).statusCode).toBe(400);
});
