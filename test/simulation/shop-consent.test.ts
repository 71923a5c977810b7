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
  readonly accounts: readonly unknown[] | null;
}
interface SandboxShop {
  readonly id: string;
  readonly sellerId: string;
  readonly currency: string;
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
  // The demo's own consent is over.
  await vi.waitFor(async () => {
    expect(await authorisations()).toEqual([expect.objectContaining({ state: 'active' })]);
  }, 60_000);
  const before = await consents();
  const page = await fetch(back);
  expect(page.status).toBe(200);
  expect(await page.text()).toContain('Sign in to the hub and begin the authorisation there');
  expect(await consents()).toEqual(before);
  // The code was not even exchanged.
  const log = (await read('sandbox/shop/requests')) as { path: string }[];
  expect(log.filter(({ path }) => path === '/api/v2/token/get')).toHaveLength(before.length);
}, 60_000);

test('the demo’s consent connects all shops of the seller with one token; a second one none again', async () => {
  const sellers = (await read('sandbox/shop/sellers')) as { id: string }[];
  const shops = (await read('sandbox/shop/shops')) as SandboxShop[];
  const own = shops.filter(({ sellerId }) => sellerId === sellers[0]!.id);
  expect(own.length).toBeGreaterThan(1);
  const connected = async () => {
    const all = await hub.client.get<Connected[]>('api/v1/connections');
    return all
      .filter(({ platform }) => platform === 'tiktok-shop')
      .map(({ accountId, currency }) => ({ accountId, currency }))
      .sort((a, b) => a.accountId.localeCompare(b.accountId));
  };
  const expected = own
    .map(({ id: accountId, currency }) => ({ accountId, currency }))
    .sort((a, b) => a.accountId.localeCompare(b.accountId));
  await vi.waitFor(async () => expect(await connected()).toEqual(expected), 60_000);
  const [first] = await authorisations();
  expect(first).toMatchObject({ state: 'active' });
  expect(first!.scopes).toContain('seller.order.info');

  const { bearerToken, url } = hub;
  const again = { hub: url, bearerToken, workspaceId, platform: 'tiktok-shop' } as const;
  const id = await giveDemoConsent(again);
  await vi.waitFor(async () => {
    const [second] = (await authorisations()).filter((one) => one.id === id);
    expect(second).toMatchObject({ state: 'active', accounts: expect.any(Array) });
    expect(second!.accounts).toHaveLength(own.length);
  }, 60_000);
  expect(await connected()).toEqual(expected);
}, 120_000);

async function read(path: string): Promise<unknown> {
  const response = await fetch(new URL(path, hub.sandbox));
  expect(response.status).toBe(200);
  return response.json();
}
