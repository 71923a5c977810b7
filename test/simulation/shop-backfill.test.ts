/**
 * Goal: a shop's orders, their units and every settlement arrive as the sandbox has them, ids exact, buyers apart.
 * Method: a hub in this process; consent, backfill by lists, and the file held against the sandbox's own truth.
 */
import { afterEach, expect, test } from 'vitest';
import type { RunningHub } from '../running-hub.ts';
import {
  connectShops,
  orderDifferences,
  shopStreamNames,
  shopTruth,
  startShopHub,
  statementDifferences,
} from './shop-story.ts';

let hub: RunningHub | undefined;
afterEach(() => hub?.close());

/** Of the business API, as the sandbox's log has them. */
async function askedPaths(): Promise<string[]> {
  const url = new URL('sandbox/shop/requests', hub!.sandbox.origin);
  const log = (await (await fetch(url)).json()) as { path: string }[];
  const asked = new Set(log.map(({ path }) => path).filter((path) => !path.startsWith('/api/')));
  return [...asked].sort();
}

test('every order, unit and statement of a shop equals the truth', async () => {
  hub = await startShopHub({
    startsAt: new Date('2026-11-20T10:00:00Z'),
    orders: { orders: 200, days: 40 },
    backfillDays: 60,
  });
  const [shop] = await connectShops(hub);
  await hub.caughtUp([shop!.id], { streams: shopStreamNames, withinMs: 120_000 });
  expect(hub.unexpected).toEqual([]);
  // With every scope the log has what it must not have without.
  expect((await askedPaths()).length).toBeGreaterThan(8);
  const truth = await shopTruth(hub, shop!.accountId);
  expect(truth.orders.length).toBeGreaterThan(150);
  expect(truth.statements.length).toBeGreaterThan(10);
  const file = await hub.openFacts(shop!.id);
  try {
    expect(await orderDifferences(file, truth)).toEqual([]);
    expect(await statementDifferences(file, truth)).toEqual([]);
    for (const table of ['shops', 'shop_products', 'shop_skus', 'shop_prices', 'shop_inventory']) {
      const [row] = await file.query(`select count(*) as n from ${table} where known_to is null`);
      expect([table, Number(row!.n) > 0]).toEqual([table, true]);
    }
    expect(await file.query('from book.quarantined')).toEqual([]);
    expect(await file.query('from book.unknown_fields')).toEqual([]);
  } finally {
    await file.close();
  }
}, 240_000);

test('what was not granted is shown as such and never asked for', async () => {
  hub = await startShopHub({
    startsAt: new Date('2026-11-20T10:00:00Z'),
    orders: { orders: 20, days: 10 },
    backfillDays: 10,
  });
  const granted = ['seller.authorization.info', 'seller.order.info'];
  const [shop] = await connectShops(hub, granted);
  await hub.caughtUp([shop!.id], { streams: ['shops', 'shop_orders'], withinMs: 60_000 });
  const progress = await hub.starter.progress(shop!.id);
  const refused = progress!.streams.filter(({ state }) => state === 'not-authorised');
  expect(refused.map(({ stream }) => stream).toSorted()).toEqual(
    shopStreamNames.filter((name) => !['shops', 'shop_orders'].includes(name)).toSorted(),
  );
  expect(await askedPaths()).toEqual([
    '/authorization/202309/shops',
    '/order/202309/orders/search',
  ]);
}, 180_000);
