/**
 * Goal: tokens of a shop end after seven days, and nobody notices.
 * Method: a hub in this process; its machine is off over a Sunday in the middle of a backfill, the token ends
 * meanwhile, and the answers to its first renewals are lost; then a seller withdraws.
 */
import { afterEach, expect, test, vi } from 'vitest';
import type { RunningHub } from '../running-hub.ts';
import {
  connectShops,
  orderDifferences,
  shopStreamNames,
  shopTruth,
  startShopHub,
} from './shop-story.ts';

const refreshPath = '/api/v2/token/refresh';
const ordersPath = '/order/202309/orders/search';
const hourMs = 3_600_000;
let hub: RunningHub | undefined;
afterEach(() => hub?.close());

const face = () => hub!.sandbox.shop!;
const requests = () => face().requests.since(0);

test('a token that ends on a Sunday during a backfill is renewed, and the backfill goes on', async () => {
  hub = await startShopHub({
    startsAt: new Date('2026-11-15T10:00:00Z'),
    orders: { orders: 120, days: 50 },
    backfillDays: 60,
  });
  face().faults.add({ kind: 'slow', path: ordersPath, delayMs: 300 });
  const [shop] = await connectShops(hub);
  const loaded = async () => {
    const progress = await hub!.registry.windows.progress(shop!.id);
    return progress.find(({ stream }) => stream === 'shop_orders')?.loaded ?? 0;
  };
  await vi.waitFor(async () => expect(await loaded()).toBeGreaterThan(0), 60_000);
  await hub.stopWorkers();
  const before = await loaded();
  const [token] = face().authorisations.list()[0]!.tokens;
  face().faults.clear();
  face().faults.add({ kind: 'lost-answer', path: refreshPath, count: 2 });
  // Sunday again, two hours after the end.
  await hub.moveClock(new Date(token!.accessEndsAt * 1000 + 2 * hourMs));
  face().requests.clear();
  await hub.startWorkers();
  await hub.starter.reconcileObligations();

  await hub.caughtUp([shop!.id], { streams: shopStreamNames, withinMs: 180_000 });
  expect(await loaded()).toBeGreaterThan(before);
  expect(hub.unexpected).toEqual([]);
  const codes = requests().map(({ path, code, httpStatus }) => [path, code, httpStatus] as const);
  expect(codes.filter(([path]) => path === refreshPath)).toEqual([
    [refreshPath, 0, 0],
    [refreshPath, 0, 0],
    [refreshPath, 0, 200],
  ]);
  // Its end is known here: TikTok was asked nothing with the old one.
  expect(codes.filter(([, code]) => code === 105_002)).toEqual([]);
  const truth = await shopTruth(hub, shop!.accountId);
  const file = await hub.openFacts(shop!.id);
  try {
    expect(await orderDifferences(file, truth)).toEqual([]);
  } finally {
    await file.close();
  }
}, 400_000);

test('a seller who withdraws without a word: dead at the next call, restricted at once', async () => {
  hub = await startShopHub({
    startsAt: new Date('2026-11-15T10:00:00Z'),
    orders: { orders: 10, days: 5 },
    backfillDays: 5,
  });
  const [shop] = await connectShops(hub);
  await hub.caughtUp([shop!.id], { streams: ['shop_orders'], withinMs: 60_000 });
  face().authorisations.change(face().world.sellers[0]!.id, { withdrawnCode: 105_002 });
  await hub.starter.refresh(shop!.id, ['shop_orders']);
  await vi.waitFor(async () => {
    const { state } = (await hub!.registry.connections.find(shop!.id))!;
    expect(state).toBe('restricted');
  }, 60_000);
  const [erasure] = await hub.registry.obligations.open({
    kind: 'erase-connection',
    subjectId: shop!.id,
  });
  const inMs = erasure!.dueAt.getTime() - hub.sandbox.clock.now().getTime();
  expect(Math.round(inMs / hourMs)).toBe(72);
  // The token goes with its last connection.
  await vi.waitFor(async () => {
    const authorisation = await hub!.registry.authorisations.find(shop!.authorisationId);
    expect(authorisation).toMatchObject({ state: 'ended', sealedToken: null });
  }, 60_000);
  expect(await hub.registry.obligations.open({ kind: 'renew-authorisation' })).toEqual([]);
}, 240_000);
