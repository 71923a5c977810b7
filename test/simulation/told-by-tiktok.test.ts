/**
 * The whole hub and the sandbox's own sender: a seller removes the app, TikTok says so by a signed event, the hub ends
 * every connection of that seller within seconds and owes the erasure at once; ad accounts go on.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type HubProcess, startHubProcess } from '../hub-process.ts';

let folder: string;
let hub: HubProcess;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'told-by-tiktok-'));
  const args = ['--accounts', '1', '--ads', '2', '--days', '1', '--shops', '2', '--products', '3'];
  hub = await startHubProcess({ dataFolder: join(folder, 'data'), args });
}, 180_000);
afterAll(async () => {
  await hub?.stop();
  await rm(folder, { recursive: true, force: true });
}, 60_000);

const states = async (platform: string) =>
  (await hub.client.connections())
    .filter((one) => one.platform === platform)
    .map(({ state }) => state);

test('a seller who removes the app is forgotten at once, because TikTok says so', async () => {
  await vi.waitFor(
    async () => {
      expect(await states('tiktok-shop')).toContain('active');
      expect(await states('tiktok-ads')).toEqual(['active']);
    },
    { timeout: 120_000, interval: 500 },
  );
  // Times of TikTok are whole seconds: one later than the consent's.
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  const answer = await fetch(new URL('sandbox/shop/withdraw', hub.sandbox), {
    method: 'POST',
    body: '{}',
  });
  expect(answer.status).toBe(200);
  await vi.waitFor(
    async () => {
      const shops = await states('tiktok-shop');
      expect(shops.filter((state) => state !== 'restricted')).toEqual([]);
    },
    { timeout: 60_000, interval: 500 },
  );
  for (const { platform, eraseDueAt } of await hub.client.connections()) {
    if (platform !== 'tiktok-shop') continue;
    // By the hub's clock; an owner's disconnecting would leave 85 days.
    expect(Date.parse(eraseDueAt!) - Date.now()).toBeLessThan(60_000);
  }
  expect(await states('tiktok-ads')).toEqual(['active']);
}, 240_000);
