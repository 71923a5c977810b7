/**
 * The published Python client of the Shop API runs against the sandbox unchanged: it is only given another host. It
 * signs by the real clock, so the sandbox's clock is set to it.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGeneratedWorld } from '../../sandbox/generator/create-generated-world.ts';
import { png } from '../../sandbox/images.ts';
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts';
import { allShopScopes } from '../../sandbox/shop/access/scopes.ts';
import { createShopWorld } from '../../sandbox/shop/generator/create-shop-world.ts';
import { fetchPythonClient, pythonVersion } from './fetch-client.ts';

const run = promisify(execFile);
const python = await pythonVersion();
const suits = python !== null && (python[0] > 3 || (python[0] === 3 && python[1] >= 11));
const title = suits
  ? 'tiktok-shop-api 0.1.0'
  : 'tiktok-shop-api 0.1.0 (skipped: it needs Python 3.11 or newer)';

// It needs Python 3.11; older machines can run everything else.
describe.skipIf(!suits)(title, () => {
  const startsAt = new Date(Date.now() - 60_000);
  const ads = createGeneratedWorld({ seed: 5, accounts: 1, ads: 2, days: 2, startsAt });
  const world = createShopWorld({ seed: 5, shops: 2, products: 30, startsAt });
  let sandbox: Sandbox;
  let folder: string;
  // biome-ignore lint/suspicious/noExplicitAny: what the client printed, looked into by each test.
  let printed: any;

  beforeAll(async () => {
    const client = await fetchPythonClient('tiktok-shop-api', '0.1.0');
    sandbox = await startSandbox({ world: ads, port: 0, quota: 'none', seed: 5, shop: { world } });
    sandbox.clock.setOffset(0);
    const { app, authorisations } = sandbox.shop!;
    folder = await mkdtemp(join(tmpdir(), 'shop-'));
    const picture = join(folder, 'a.png');
    await writeFile(picture, png(400, [9, 9, 9]));
    const code = authorisations.issueCode(world.sellers[0]!.id, allShopScopes);
    const script = join(import.meta.dirname, 'run_shop.py');
    const { stdout } = await run('python3', [script, sandbox.origin, app.appKey, code, picture], {
      env: { ...process.env, PYTHONPATH: client, SHOP_SECRET: app.secret },
      maxBuffer: 256 * 1024 * 1024,
    });
    printed = JSON.parse(stdout);
  }, 240_000);
  afterAll(async () => {
    await sandbox?.close();
    if (folder) await rm(folder, { recursive: true });
  });

  const first = () => world.shops[0]!;

  it('exchanges a code, refreshes, and reads the shops', () => {
    expect(printed.scopes).toEqual(allShopScopes);
    expect(printed.open_id).toBe(world.sellers[0]!.openId);
    const shops = world.shops.map(({ id, cipher, region }) => ({ id, cipher, region }));
    expect(printed.shops).toMatchObject(shops);
  });

  it('pages through all products, exact to the last digit of each id', () => {
    const known = world.productsOf(first().id).map(({ id }) => id);
    const listed = printed.products.map(({ id }: { id: string }) => id);
    // The one that it created later is not among those it listed.
    const rest = known.filter((id) => id !== printed.created.product_id);
    expect([...listed].sort()).toEqual([...rest].sort());
    expect(printed.product.id).toBe(listed[0]);
    expect(printed.inventory.inventory[0].product_id).toBe(listed[0]);
  });

  it('uploads, creates, prices, and reads errors of calls and of items', () => {
    expect(printed.image).toMatchObject({ width: 400, height: 400 });
    expect(printed.repriced.main_images[0].uri).toBe(printed.image.uri);
    expect(printed.repriced.skus[0].price.sale_price).toBe('6.50');
    expect(printed.refused.errors[0]).toMatchObject({ code: 12_052_032 });
    expect(printed.error).toBe(12_052_032);
    expect(printed.webhooks).toMatchObject([{ event_type: 'PRODUCT_CREATION' }]);
  });

  it('pages through the orders', () => {
    const ids = printed.orders.map(({ id }: { id: string }) => id);
    expect(ids.length).toBeGreaterThan(0);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
