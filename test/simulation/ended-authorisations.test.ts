/**
 * Goal: what TikTok ends without a word is found, stops at once and is erased no sooner than after three days and three
 * findings; what is still granted goes on. Method: the sandbox withdraws accounts and tokens, the hub asks on its own
 * schedule by a clock that is moved. Not modelled here: what is erased then.
 */
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { keyId } from '../../keyring/keyring.ts';
import type { Connection } from '../../registry/registry.ts';
import { createGeneratedWorld } from '../../sandbox/generator/create-generated-world.ts';
import { createShopWorld } from '../../sandbox/shop/generator/create-shop-world.ts';
import { reconcileAuthorisationsId } from '../../workflows/reconcile-authorisations/contract.ts';
import { type RunningHub, startRunningHub } from '../running-hub.ts';
import { connectShops } from './shop-story.ts';

const minuteMs = 60_000;
const hourMs = 3_600_000;
let hub: RunningHub;

beforeAll(async () => {
  const startsAt = new Date('2026-03-01T00:00:00Z');
  const world = createGeneratedWorld({ seed: 4, accounts: 3, ads: 2, days: 1, startsAt });
  const shopWorld = createShopWorld({ seed: 4, shops: 2, products: 2, startsAt });
  hub = await startRunningHub({
    ...{ world, backfillDays: 1 },
    sandbox: { shop: { world: shopWorld, rateLimited: false } },
  });
});
afterAll(() => hub?.close());

const now = (): number => hub.sandbox.clock.now().getTime();
const pass = (ms: number) => hub.moveClock(new Date(now() + ms));

async function reconcile(): Promise<unknown> {
  await hub.starter.reconcileAuthorisations();
  return hub.link.client.workflow.getHandle(reconcileAuthorisationsId).result();
}

const state = async ({ id }: Connection) => (await hub.registry.connections.find(id))?.state;
async function owed({ id }: Connection) {
  const all = await hub.registry.obligations.open({ kind: 'erase-connection', subjectId: id });
  return all[0];
}
const isDue = async ({ id }: Connection) =>
  (await hub.registry.obligations.due(hub.sandbox.clock.now())).some(
    ({ kind, subjectId }) => kind === 'erase-connection' && subjectId === id,
  );
const revocationEnded = ({ id }: Connection) =>
  vi.waitFor(async () => {
    const open = await hub.registry.obligations.open({ kind: 'revoke-connection', subjectId: id });
    expect(open).toEqual([]);
  }, 60_000);

test('an advertiser that is gone from the list ends that connection only; then the token ends the rest', async () => {
  const [gone, ...others] = (await hub.connect()) as [Connection, ...Connection[]];
  const { authorisationId } = gone;
  expect(await reconcile()).toMatchObject({ ended: 0 });
  hub.sandbox.authorisations.withdraw({ advertiserId: gone.accountId });
  // Asked for a moment ago: not before ten minutes have passed.
  expect(await reconcile()).toMatchObject({ asked: 0 });
  await pass(10 * minuteMs);
  await reconcile();
  expect(await state(gone)).toBe('restricted');
  expect(await Promise.all(others.map(state))).toEqual(['active', 'active']);
  expect(await owed(gone)).toMatchObject({ cause: 'authorisation-dead', pollsLeft: 2 });
  const dueInMs = (await owed(gone))!.dueAt.getTime() - now();
  expect(Math.round(dueInMs / hourMs)).toBe(72);
  await revocationEnded(gone);
  expect((await hub.registry.authorisations.find(authorisationId))!.sealedToken).not.toBeNull();

  await pass(10 * minuteMs);
  await reconcile();
  expect(await owed(gone)).toMatchObject({ pollsLeft: 1 });
  await pass(72 * hourMs);
  expect(await isDue(gone)).toBe(false);
  await reconcile();
  expect(await isDue(gone)).toBe(true);

  hub.sandbox.authorisations.withdraw({ dead: true });
  await pass(10 * minuteMs);
  await reconcile();
  expect(await Promise.all(others.map(state))).toEqual(['restricted', 'restricted']);
  for (const other of others) await revocationEnded(other);
  const ended = (await hub.registry.authorisations.find(authorisationId))!;
  expect(ended).toMatchObject({ state: 'ended', sealedToken: null });
  expect(hub.keyring.has(keyId('authorisation', authorisationId))).toBe(false);
  expect(hub.unexpected).toEqual([]);
});

test('authorised again before the three days are over, an account goes on with its data', async () => {
  const [account] = hub.sandbox.world.accounts;
  const before = await hub.connect([account!.advertiserId]);
  await hub.caughtUp([before[0]!.id], { askAgain: true });
  const rows = (await hub.registry.windows.progress(before[0]!.id)).reduce(
    (sum, one) => sum + one.rows,
    0,
  );
  hub.sandbox.authorisations.withdraw({ dead: true });
  await pass(10 * minuteMs);
  await reconcile();
  expect(await state(before[0]!)).toBe('restricted');
  await revocationEnded(before[0]!);
  const [again] = await hub.connect([account!.advertiserId]);
  expect(again).toMatchObject({ id: before[0]!.id, epoch: before[0]!.epoch + 2, state: 'active' });
  expect(again!.authorisationId).not.toBe(before[0]!.authorisationId);
  expect(await owed(again!)).toBeUndefined();
  await hub.caughtUp([again!.id], { askAgain: true });
  expect(rows).toBeGreaterThan(0);
  const kept = (await hub.registry.windows.progress(again!.id)).reduce(
    (sum, one) => sum + one.rows,
    0,
  );
  expect(kept).toBeGreaterThanOrEqual(rows);
});

test('a seller who took it back is found by the shop’s dead tokens; findings count without a token', async () => {
  const shops = await connectShops(hub);
  const seller = hub.sandbox.shop!.world.sellers[0]!;
  expect(shops.length).toBeGreaterThan(0);
  expect(await reconcile()).toMatchObject({ ended: 0 });
  hub.sandbox.shop!.authorisations.change(seller.id, { withdrawnCode: 105_002 });
  await pass(10 * minuteMs);
  await vi.waitFor(async () => {
    await reconcile();
    expect(await Promise.all(shops.map(state))).toEqual(shops.map(() => 'restricted'));
  }, 120_000);
  for (const shop of shops) await revocationEnded(shop);
  for (const pollsLeft of [1, 0]) {
    await pass(10 * minuteMs);
    await reconcile();
    for (const shop of shops) expect(await owed(shop)).toMatchObject({ pollsLeft });
  }
  await pass(72 * hourMs);
  for (const shop of shops) expect(await isDue(shop)).toBe(true);
  expect(hub.unexpected).toEqual([]);
});
