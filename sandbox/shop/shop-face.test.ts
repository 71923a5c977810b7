import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createGeneratedWorld } from '../generator/create-generated-world.ts';
import { startSandbox } from '../sandbox.ts';
import { control } from '../sandbox-client.ts';
import { allShopScopes } from './access/scopes.ts';
import { createShopWorld } from './generator/create-shop-world.ts';
import { callShop } from './shop-client.ts';

const ads = createGeneratedWorld({ seed: 6, accounts: 1, ads: 2, days: 2 });
const start = (statePath?: string) =>
  startSandbox({
    ...{ world: ads, port: 0, quota: 'none', seed: 6, statePath },
    shop: {
      world: createShopWorld({ seed: 6, shops: 2, products: 40, startsAt: ads.startsAt }),
    },
  });

it('the same seed gives the same shops and products, another seed others', () => {
  const make = (seed: number) =>
    createShopWorld({ seed, shops: 7, products: 5, startsAt: ads.startsAt });
  const [one, again, other] = [make(1), make(1), make(2)];
  expect(one.shops).toEqual(again.shops);
  const ids = (world: typeof one) =>
    world.shops.flatMap(({ id }) => world.productsOf(id).map((product) => product.id));
  expect(ids(one)).toEqual(ids(again));
  expect(ids(one).some((id) => ids(other).includes(id))).toBe(false);
  expect(new Set(ids(one)).size).toBe(35);
  expect(new Set(one.shops.map(({ cipher }) => cipher)).size).toBe(7);
  expect(new Set(one.shops.map(({ currency }) => currency)).size).toBeGreaterThan(5);
});

it('grants, the clock and the app outlive a restart', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sandbox-shop-'));
  const statePath = join(folder, 'state.json');
  try {
    const first = await start(statePath);
    const { authorisations, world, app } = first.shop!;
    const { tokens } = authorisations.issueGrant(world.sellers[0]!, allShopScopes);
    await first.close();
    const second = await start(statePath);
    try {
      expect(second.shop!.app).toEqual(app);
      const path = '/authorization/202309/shops';
      const answer = await callShop(second, tokens[0]!.accessToken, path, { shop: null });
      expect(answer.code).toBe(0);
      expect(answer.data.shops).toHaveLength(2);
    } finally {
      await second.close();
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});

it('audits end by the clock of the whole sandbox', async () => {
  const sandbox = await start();
  try {
    const { world } = sandbox.shop!;
    const auditing = () =>
      world.productsOf(world.shops[0]!.id).filter(({ audit }) => audit === 'AUDITING').length;
    expect(auditing()).toBeGreaterThan(0);
    await control(sandbox, 'clock', { advanceMs: 11 * 60_000 });
    expect(auditing()).toBe(0);
  } finally {
    await sandbox.close();
  }
});
