import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HubError } from '../policy/errors.ts';
import { openRegistry } from '../registry/open.ts';
import type { Registry } from '../registry/registry.ts';
import { createTestDatabase } from '../test/databases.ts';
import { gmvMaxQuota, inShopSlot, inSlot, shopQuota } from './tiktok-call.ts';

let database: { url: string; drop(): Promise<void> };
let registry: Registry;

beforeAll(async () => {
  database = await createTestDatabase();
  registry = await openRegistry({ databaseUrl: database.url, clock: { now: () => new Date() } });
});
afterAll(async () => {
  await registry.close();
  await database.drop();
});

test('a call that a limit of the day refuses goes back to its queue, which the pause holds', async () => {
  const hoursMs = 10 * 3_600_000;
  let calls = 0;
  const call = () =>
    new MockActivityEnvironment().run(() =>
      inSlot({ registry, appId: 'app' }, async () => {
        calls += 1;
        const details = { limit: 'day' };
        throw new HubError('TIKTOK_RATE_LIMITED', 'Too many.', { details, retryAfterMs: hoursMs });
      }),
    );
  const refused = { code: 'TIKTOK_RATE_LIMITED', retryAfterMs: 5_000, details: { limit: 'day' } };
  await expect(call()).rejects.toMatchObject(refused);
  const [pause] = await registry.quota.pauses(new Date());
  expect(pause).toMatchObject({ app: 'app', kind: 'day' });
  expect(pause!.until.getTime()).toBeGreaterThan(Date.now() + hoursMs - 60_000);
  // Whoever comes before the queue has heard of it is held by the gate.
  await expect(call()).rejects.toMatchObject({ code: 'QUOTA_PAUSED', retryAfterMs: 5_000 });
  expect(calls).toBe(1);
});

test('a shop waits by endpoint, under a key that does not name it', async () => {
  const shopId = '7495540735365777507';
  const refuse = async () => {
    const details = { limit: 'shop-second' };
    throw new HubError('TIKTOK_RATE_LIMITED', 'Too many.', { details, retryAfterMs: 60_000 });
  };
  const call = (endpoint: string, work: () => Promise<unknown>) =>
    new MockActivityEnvironment().run(() => inShopSlot({ registry }, shopId, endpoint, work));
  await expect(call('/orders', refuse)).rejects.toMatchObject({ code: 'TIKTOK_RATE_LIMITED' });
  await expect(call('/orders', refuse)).rejects.toMatchObject({ code: 'QUOTA_PAUSED' });
  expect(await call('/products', async () => 'let through')).toBe('let through');
  const paused = (await registry.quota.pauses(new Date())).map(({ app }) => app);
  expect(paused).toContain(shopQuota(shopId, '/orders'));
  expect(paused.join()).not.toContain(shopId);
});

test('what is refused of GMV Max holds back GMV Max alone, and a pause of the app holds it too', async () => {
  const appId = 'app with shops';
  const call = (work: () => Promise<unknown>, limit?: 'gmv-max') =>
    new MockActivityEnvironment().run(() => inSlot({ registry, appId }, work, limit));
  const answer = async () => 'let through';
  const refuse = async () => {
    const details = { limit: 'minute' };
    throw new HubError('TIKTOK_RATE_LIMITED', 'Too many.', { details, retryAfterMs: 300_000 });
  };
  expect(await call(answer, 'gmv-max')).toBe('let through');
  await expect(call(refuse, 'gmv-max')).rejects.toMatchObject({ code: 'TIKTOK_RATE_LIMITED' });
  await expect(call(answer, 'gmv-max')).rejects.toMatchObject({ code: 'QUOTA_PAUSED' });
  expect(await call(answer)).toBe('let through');
  const paused = async () => (await registry.quota.pauses(new Date())).map(({ app }) => app);
  expect(await paused()).toContain(gmvMaxQuota(appId));
  expect(await paused()).not.toContain(appId);

  const other = 'app without shops';
  await registry.quota.pause(other, 'minute', new Date(Date.now() + 60_000));
  const held = new MockActivityEnvironment().run(() =>
    inSlot({ registry, appId: other }, answer, 'gmv-max'),
  );
  await expect(held).rejects.toMatchObject({ code: 'QUOTA_PAUSED' });
  expect(await paused()).not.toContain(gmvMaxQuota(other));
});
