/**
 * Goal: a shop whose orders live on equals the truth, whatever happens to its webhooks and to the hub's processes.
 * Method: a whole hub; the clock of hub and sandbox goes forward in seeded steps, while webhooks come twice, out of
 * order or never, and processes are ended with SIGKILL; then polls catch up, and the connection's file is held
 * against the sandbox's truth of that moment. Not modelled: calls that change orders.
 */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createKeyring } from '../../keyring/create.ts';
import { keyId } from '../../keyring/keyring.ts';
import { loadOrCreateMasterKey } from '../../keyring/master-key.ts';
import type { ConnectionState } from '../../main/hub-client.ts';
import { isCaughtUp } from '../../main/hub-client.ts';
import { findParts } from '../../main/parts.ts';
import type { ShopTruth } from '../../sandbox/shop/orders/order-truth.ts';
import { type FactsFile, openFactsFile } from '../facts-file.ts';
import { type HubProcess, startHubProcess } from '../hub-process.ts';
import { seededRandom } from './kill-loop.ts';
import { orderDifferences, statementDifferences } from './shop-story.ts';

export interface LivingShopOptions {
  readonly seed: number;
  /** Of the days before; they go on coming at that pace. */
  readonly orders: number;
  /** Days of the sandbox over which its orders live on. */
  readonly days: number;
  readonly kills: number;
}

export interface LivingShopResult {
  readonly orders: number;
  readonly statements: number;
  readonly differences: readonly string[];
  /** Deliveries of webhooks by outcome. */
  readonly deliveries: Readonly<Record<string, number>>;
}

const mischief = { duplicated: 0.2, disordered: 0.2, lost: 0.1 };
const catchUpMs = 240_000;
const dayMs = 86_400_000;
/** After so many days without new orders every one has ended and is settled. */
const restDays = 45;

export async function runLivingShop(options: LivingShopOptions): Promise<LivingShopResult> {
  const { seed, orders, days, kills } = options;
  const folder = await mkdtemp(join(tmpdir(), 'living-shop-'));
  const dataFolder = join(folder, 'data');
  const random = seededRandom(seed);
  const start = async (): Promise<HubProcess> => {
    const args = ['--accounts', '1', '--ads', '2', '--days', String(days), '--no-quota'];
    args.push('--shops', '1', '--products', '20', '--orders', String(orders));
    // Also what lies before the beginning, seen from the end.
    const environment = { HUB_BACKFILL_DAYS: String(2 * days + restDays + 5) };
    const started = await startHubProcess({ dataFolder, args, environment });
    await post(started, 'sandbox/webhooks/settings', mischief);
    return started;
  };
  let hub = await start();
  try {
    await shopOf(hub, () => true);
    const steps = Math.max(days, kills);
    for (let step = 0; step < steps; step++) {
      const now = await clockOf(hub);
      await moveClock(hub, new Date(now.getTime() + (days / steps) * dayMs * (0.5 + random())));
      await delay(300 + random() * 1_200);
      if (step % Math.ceil(steps / kills) !== 0) continue;
      const victim = random() < 0.6 ? 'hub' : 'temporal';
      await hub.kill(victim);
      if (victim === 'hub') hub = await start();
    }
    const deliveries = await deliveriesOf(hub);
    const { connection, truth } = await catchUp(hub);
    await hub.stop();
    const differences = await withFacts(dataFolder, folder, connection.id, async (file) => [
      ...(await orderDifferences(file, truth)),
      ...(await statementDifferences(file, truth)),
    ]);
    const { orders: all, statements } = truth;
    return { orders: all.length, statements: statements.length, differences, deliveries };
  } finally {
    await hub.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** No more new orders; those under way come to their end, and every list is read once more. */
async function catchUp(
  hub: HubProcess,
): Promise<{ connection: ConnectionState; truth: ShopTruth }> {
  await post(hub, 'sandbox/shop/orders/stop', {});
  const restsAt = new Date((await clockOf(hub)).getTime() + restDays * dayMs);
  await moveClock(hub, restsAt);
  const connection = await shopOf(hub, (one) => isCaughtUp(one));
  const url = new URL(`sandbox/shop/truth/orders?shop=${connection.accountId}`, hub.sandbox);
  return { connection, truth: (await (await fetch(url)).json()) as ShopTruth };
}

async function shopOf(
  hub: HubProcess,
  isReached: (connection: ConnectionState) => boolean,
): Promise<ConnectionState> {
  const endsAt = Date.now() + catchUpMs;
  for (;;) {
    const all = await hub.client.connections();
    const shop = all.find(({ platform }) => platform === 'tiktok-shop');
    if (shop !== undefined && isReached(shop)) return shop;
    if (Date.now() > endsAt) throw new Error(`Not reached: ${JSON.stringify(shop)}`);
    await delay(500);
  }
}

const post = (hub: HubProcess, path: string, body: object): Promise<unknown> =>
  fetch(new URL(path, hub.sandbox), { method: 'POST', body: JSON.stringify(body) });

async function clockOf(hub: HubProcess): Promise<Date> {
  const { now } = await hub.client.get<{ now: string }>('api/v1/demo/clock');
  return new Date(now);
}

async function moveClock(hub: HubProcess, to: Date): Promise<void> {
  await hub.client.post('api/v1/demo/clock', { now: to.toISOString() });
}

async function deliveriesOf(hub: HubProcess): Promise<Record<string, number>> {
  const answer = await fetch(new URL('sandbox/webhooks', hub.sandbox));
  const all = (await answer.json()) as { outcome: string }[];
  const byOutcome = Map.groupBy(all, ({ outcome }) => outcome);
  return Object.fromEntries([...byOutcome].map(([outcome, some]) => [outcome, some.length]));
}

/** The file of a connection whose hub has stopped. */
async function withFacts<T>(
  dataFolder: string,
  folder: string,
  connectionId: string,
  work: (file: FactsFile) => Promise<T>,
): Promise<T> {
  await using opened = new AsyncDisposableStack();
  const keys = join(folder, 'keys');
  await cp(`${dataFolder}-keys`, keys, { recursive: true });
  const keyring = await createKeyring({
    dirs: [join(keys, 'a'), join(keys, 'b')],
    masterKey: await loadOrCreateMasterKey(join(keys, 'master.key'), { create: false }),
    clock: { now: () => new Date() },
  });
  opened.defer(() => keyring.close());
  const key = await keyring.unwrap(keyId('file', `${connectionId}.facts`));
  const path = join(dataFolder, 'warehouse', `${connectionId}.facts.duckdb`);
  const file = await openFactsFile({ path, key, httpfs: findParts().httpfs });
  opened.defer(() => file.close());
  return await work(file);
}
