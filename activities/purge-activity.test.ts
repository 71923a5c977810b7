/** The log of activity over 180 days on a real registry and keyring, with a clock that is moved. */
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { expect, test } from 'vitest';
import { createKeyring } from '../keyring/create.ts';
import { sealContexts } from '../policy/seals.ts';
import { openRegistry } from '../registry/open.ts';
import { createTestDatabase } from '../test/databases.ts';
import { createPurgeExpiredActivities, type PurgeExpiredDeps } from './purge-expired.ts';

test('P37: a row of activity is there on day 179 and gone, with its key, on day 180', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hub-activity-'));
  const database = await createTestDatabase();
  let now = new Date('2026-01-01T09:00:00Z');
  const clock = { now: () => now };
  const dirs = [join(folder, 'a'), join(folder, 'b')] as const;
  const keyring = await createKeyring({ dirs, masterKey: randomBytes(32), clock });
  const registry = await openRegistry({ databaseUrl: database.url, clock });
  const deps = { registry, keyring, clock } as unknown as PurgeExpiredDeps;
  const made = createPurgeExpiredActivities(deps);
  const night = async (time: string): Promise<void> => {
    now = new Date(time);
    await new MockActivityEnvironment().run(made.expireEvents);
    await new MockActivityEnvironment().run(made.expireDayKeys);
  };
  const id = randomUUID();
  const day = '2026-01-01';
  const keys = [
    await keyring.ensure('account', 'someone'),
    await keyring.ensure('activity-day', day),
  ] as const;
  const sealedUse = await keyring.seal(keys, sealContexts.activityUse(id), Buffer.from('a use'));
  await registry.activity.record({ id, day, accountId: 'someone', sealedUse });
  const rows = async () => (await registry.activity.list('someone', { offset: 0, limit: 9 })).rows;

  await night('2026-06-29T00:05:00Z');
  expect(await rows()).toHaveLength(1);
  expect(String(await keyring.unseal(sealedUse, sealContexts.activityUse(id)))).toBe('a use');
  await night('2026-06-30T00:05:00Z');
  expect(await rows()).toEqual([]);
  await expect(keyring.unseal(sealedUse, sealContexts.activityUse(id))).rejects.toMatchObject({
    code: 'KEY_GONE',
  });
  expect(keyring.has(keys[0])).toBe(true);

  await registry.close();
  await keyring.close();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});
