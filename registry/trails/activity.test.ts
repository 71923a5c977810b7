import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { askDatabase, createTestDatabase } from '../../test/databases.ts';
import { openRegistry } from '../open.ts';
import type { Registry } from '../registry.ts';

let database: { url: string; drop(): Promise<void> };
let registry: Registry;
let other: Registry;

beforeAll(async () => {
  database = await createTestDatabase();
  const open = () =>
    openRegistry({ databaseUrl: database.url, clock: { now: () => new Date('2026-03-01') } });
  [registry, other] = [await open(), await open()];
});
afterAll(async () => {
  await other.close();
  await registry.close();
  await database.drop();
});

const use = (accountId: string, day: string, text = 'sealed') => ({
  id: randomUUID(),
  accountId,
  day,
  sealedUse: Buffer.from(text),
});
const partitions = async (): Promise<unknown[]> =>
  (
    await askDatabase(
      database.url,
      `select relname from pg_inherits join pg_class on pg_class.oid = inhrelid
       where inhparent = 'activity'::regclass order by 1`,
    )
  ).map(({ relname }) => relname);

test('a day that nobody prepared gets its partition with its first rows, from several processes', async () => {
  const account = randomUUID();
  const uses = Array.from({ length: 12 }, () => use(account, '2026-03-01'));
  await Promise.all(
    uses.map((one, nth) => (nth % 2 === 0 ? registry : other).activity.record(one)),
  );
  expect(await partitions()).toEqual(['activity_2026_03_01']);
  const { rows, total } = await registry.activity.list(account, { offset: 0, limit: 100 });
  expect(total).toBe(12);
  expect(rows.map(({ id }) => id).sort()).toEqual(uses.map(({ id }) => id).sort());
});

test('an account sees its own rows, the newest first, over days', async () => {
  const [account, stranger] = [randomUUID(), randomUUID()];
  await registry.activity.prepare('2026-03-02');
  await registry.activity.prepare('2026-03-02');
  const first = use(account, '2026-03-01', 'first');
  const second = use(account, '2026-03-02', 'second');
  await registry.activity.record(first);
  await registry.activity.record(use(stranger, '2026-03-02'));
  await registry.activity.record(second);
  expect(await registry.activity.list(account, { offset: 0, limit: 10 })).toEqual({
    rows: [second, first],
    total: 2,
  });
  expect((await registry.activity.list(account, { offset: 1, limit: 1 })).rows).toEqual([first]);
  expect(await registry.activity.forget(account)).toEqual({ removed: 2 });
  expect((await registry.activity.list(account, { offset: 0, limit: 10 })).total).toBe(0);
  expect((await registry.activity.list(stranger, { offset: 0, limit: 10 })).total).toBe(1);
});

test('P37: a day is dropped whole, with all before it and nothing after it', async () => {
  const account = randomUUID();
  for (const day of ['2025-12-30', '2025-12-31', '2026-01-01']) {
    await registry.activity.record(use(account, day));
  }
  expect(await registry.activity.purge('2025-12-31')).toEqual({
    days: ['2025-12-30', '2025-12-31'],
  });
  expect(await partitions()).toContain('activity_2026_01_01');
  expect(await partitions()).not.toContain('activity_2025_12_31');
  const { rows } = await registry.activity.list(account, { offset: 0, limit: 10 });
  expect(rows.map(({ day }) => day)).toEqual(['2026-01-01']);
  expect(await other.activity.purge('2025-12-31')).toEqual({ days: [] });
});

test('what is no day makes no partition', async () => {
  await expect(registry.activity.prepare('2026-3-1; drop table activity')).rejects.toMatchObject({
    code: 'INTERNAL',
  });
});
