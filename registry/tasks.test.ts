import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase } from '../test/databases.ts';
import { openRegistry } from './open.ts';
import type { Registry } from './registry.ts';

let database: { url: string; drop(): Promise<void> };
let registry: Registry;
const now = new Date('2026-03-01T10:00:00.123Z');

beforeAll(async () => {
  database = await createTestDatabase();
  registry = await openRegistry({ databaseUrl: database.url, clock: { now: () => now } });
});
afterAll(async () => {
  await registry.close();
  await database.drop();
});

const hours = (count: number): Date => new Date(now.getTime() + count * 3_600_000);

test('a task is opened once per kind and subject, at its earliest date, until it is closed', async () => {
  const { tasks } = registry;
  const open = (dueAt: Date, attempts: number) =>
    tasks.open({
      kind: 'token-may-be-valid',
      subjectId: 'one',
      dueAt,
      details: { attempts },
    });
  const [first] = await Promise.all([open(hours(2), 1), open(hours(2), 1), open(hours(2), 1)]);
  expect(await open(hours(3), 2)).toEqual({
    id: first.id,
    kind: 'token-may-be-valid',
    subjectId: 'one',
    dueAt: hours(2),
    details: { attempts: 2 },
    createdAt: now,
    closedAt: null,
  });
  expect(await open(hours(1), 2)).toMatchObject({ id: first.id, dueAt: hours(1) });
  expect(await tasks.list({ subjectId: 'one' })).toHaveLength(1);
  await tasks.close(first.id);
  await tasks.close(first.id);
  expect(await tasks.list({ subjectId: 'one' })).toEqual([]);
  expect(await tasks.list({ subjectId: 'one', closed: true })).toMatchObject([
    { id: first.id, closedAt: now },
  ]);
  expect((await open(hours(2), 1)).id).not.toBe(first.id);
});
