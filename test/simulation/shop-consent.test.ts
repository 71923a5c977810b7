/**
 * Goal: a seller's consent becomes connections of all shops, by the way that a browser goes.
 * Method: a whole hub as a process, the sandbox's own consent page, and TikTok's redirects.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { giveDemoConsent } from '../../main/demo-consent.ts';
import { type HubProcess, startHubProcess } from '../hub-process.ts';

interface Granted {
  readonly id: string;
  readonly state: string;
  readonly platform: string;
  readonly scopes: readonly string[];
}
interface Connected {
  readonly accountId: string;
  readonly platform: string;
  readonly currency: string | null;
}

let home: string;
let hub: HubProcess;
let workspaceId: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'shop-consent-'));
  const args = ['--accounts', '1', '--ads', '2', '--days', '2', '--shops', '3', '--products', '3'];
  const environment = { HUB_BACKFILL_DAYS: '2' };
  hub = await startHubProcess({ dataFolder: join(home, 'data'), args, environment });
  const [workspace] = await hub.client.get<{ id: string }[]>('api/v1/workspaces');
  workspaceId = workspace!.id;
}, 180_000);
afterAll(async () => {
  await hub?.stop();
  await rm(home, { recursive: true, force: true });
});

const authorisations = async () => {
  const all = await hub.client.get<Granted[]>(`api/v1/authorisations?workspaceId=${workspaceId}`);
  return all.filter(({ platform }) => platform === 'tiktok-shop');
};
const consents = async () => (await authorisations()).map(({ id }) => id);

test('a consent that is begun in TikTok’s app store takes nothing over', async () => {
  const { serviceId } = (await read('sandbox/shop/app')) as { serviceId: string };
  const sellers = (await read('sandbox/shop/sellers')) as { id: string }[];
  const form = new URLSearchParams({
    ...{ service_id: serviceId, seller_id: sellers[0]!.id },
    ...{ scopes: 'seller.authorization.info', decision: 'allow' },
  });
  const url = new URL('open/authorize', hub.sandbox);
  const allowed = await fetch(url, { method: 'POST', body: form, redirect: 'manual' });
  expect(allowed.status).toBe(302);
  const back = new URL(allowed.headers.get('location')!);
  expect(back.searchParams.get('code')).toMatch(/^TTP_/);
  expect(back.searchParams.has('state')).toBe(false);
  const before = await consents();
  const page = await fetch(back);
  expect(page.status).toBe(200);
  expect(await page.text()).toContain('Sign in to the hub and begin the authorisation there');
  expect(await consents()).toEqual(before);
  // The code was not even exchanged.
  const log = (await read('sandbox/shop/requests')) as { path: string }[];
  expect(log.filter(({ path }) => path === '/api/v2/token/get')).toHaveLength(before.length);
}, 60_000);

test('all shops of the seller are connected, with one token', async () => {
  const bearerToken = hub.bearerToken;
  const input = { hub: hub.url, bearerToken, workspaceId, platform: 'tiktok-shop' } as const;
  const id = await giveDemoConsent(input);
  const sellers = (await read('sandbox/shop/sellers')) as { id: string }[];
  const shops = (await read('sandbox/shop/shops')) as {
    id: string;
    sellerId: string;
    currency: string;
  }[];
  const own = shops.filter(({ sellerId }) => sellerId === sellers[0]!.id);
  expect(own.length).toBeGreaterThan(1);
  await vi.waitFor(async () => {
    const all = await hub.client.get<Connected[]>('api/v1/connections');
    const connected = all.filter(({ platform }) => platform === 'tiktok-shop');
    expect(connected.map(({ accountId }) => accountId).sort()).toEqual(
      own.map((shop) => shop.id).sort(),
    );
    for (const { accountId, currency } of connected) {
      expect(currency).toBe(own.find((shop) => shop.id === accountId)!.currency);
    }
  }, 60_000);
  const [authorisation] = (await authorisations()).filter((one) => one.id === id);
  expect(authorisation).toMatchObject({ state: 'active' });
  expect(authorisation!.scopes).toContain('seller.order.info');
}, 120_000);

async function read(path: string): Promise<unknown> {
  const response = await fetch(new URL(path, hub.sandbox));
  expect(response.status).toBe(200);
  return response.json();
}
