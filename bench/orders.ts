/**
 * Orders of a shop with the whole hub running. First: webhook to warehouse, from the sandbox's sending to the answer
 * of the API's list that shows the order, which is asked all the time. Then: a poll of 10,000 orders, from its first
 * call until all are loaded, against the time in which 50 calls a second allow as many calls.
 * `node bench/orders.ts webhooks` or `poll` does one of them.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type ConnectionState, isCaughtUp } from '../main/hub-client.ts';
import { type HubProcess, startHubProcess } from '../test/hub-process.ts';
import { cpuSeconds, findHubPids } from './processes/hub-processes.ts';

const told = { orders: 300, everyMs: 100, p95MsMax: 5_000 };
const polled = { orders: 10_000, callsPerSecond: 50, ratioMax: 1.3 };
const searchPath = '/order/202309/orders/search';
const patienceMs = 300_000;

interface Delivery {
  readonly body: string;
  readonly attempts: readonly { readonly at: number }[];
}

interface Call {
  readonly sequence: number;
  readonly at: number;
  readonly tookMs: number;
  readonly path: string;
  readonly httpStatus: number;
}

const asked = process.argv[2];
const small = ['--accounts', '1', '--ads', '2', '--days', '6', '--shops', '1', '--products', '20'];
if (asked !== 'poll') await withHub([...small, '--orders', '300'], measureWebhooks);
if (asked !== 'webhooks') {
  await withHub([...small, '--orders', String(polled.orders)], measurePoll);
}

/** The sandbox refuses more than 50 calls a second, as TikTok does. */
async function withHub(
  args: readonly string[],
  measure: (hub: HubProcess, cpu: () => Promise<number[]>) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-orders-'));
  const dataFolder = join(folder, 'data');
  const environment = { HUB_BACKFILL_DAYS: '6' };
  const hub = await startHubProcess({ dataFolder, args, environment });
  try {
    const pids = await findHubPids(dataFolder);
    await measure(hub, () => Promise.all([cpuSeconds(pids.hub), cpuSeconds(pids.sandbox)]));
  } finally {
    await hub.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function measureWebhooks(hub: HubProcess, cpu: () => Promise<number[]>): Promise<void> {
  const shop = await shopOf(hub, isCaughtUp);
  const waiting = new Set<string>();
  const seenAt = new Map<string, number>();
  const before = await cpu();
  const began = performance.now();
  const creating = (async () => {
    for (let nth = 0; nth < told.orders; nth++) {
      await delay(Math.max(0, began + nth * told.everyMs - performance.now()));
      waiting.add(
        `${shop.id}.${(await post<{ id: string }>(hub, 'sandbox/shop/orders/create')).id}`,
      );
    }
  })();
  while (seenAt.size < told.orders) {
    for (const id of await listed(hub, shop, [...waiting])) {
      waiting.delete(id);
      seenAt.set(id.slice(id.indexOf('.') + 1), Date.now());
    }
    if (performance.now() - began > patienceMs) throw new Error(`${waiting.size} are not seen.`);
    await delay(20);
  }
  await creating;
  const after = await cpu();
  const sentAt = await firstSent(hub);
  const tookMs = [...seenAt].map(([id, at]) => at - sentAt.get(id)!).sort((a, b) => a - b);
  const share = (part: number) => tookMs[Math.floor(tookMs.length * part)]!;
  const p95 = share(0.95);
  const [ours, sandbox] = after.map((seconds, index) => seconds - before[index]!);
  console.log(`webhook to warehouse: ${told.orders} orders, one each ${told.everyMs} ms`);
  console.log(`  p50 ${share(0.5)} ms, p95 ${p95} ms, longest ${tookMs.at(-1)} ms`);
  console.log(`  p95 = ${(p95 / told.p95MsMax).toFixed(2)} of the limit`);
  console.log(`  CPU ${ours!.toFixed(1)} s of the hub, ${sandbox!.toFixed(1)} s of the sandbox`);
  if (p95 > told.p95MsMax) process.exitCode = 1;
}

async function listed(hub: HubProcess, shop: ConnectionState, ids: string[]): Promise<string[]> {
  if (ids.length === 0) return [];
  const filter = JSON.stringify({ workspaceId: shop.workspaceId, id: ids });
  const path = `api/v1/orders?${new URLSearchParams({ filter, range: '[0,999]' })}`;
  return (await hub.client.get<{ id: string }[]>(path)).map(({ id }) => id);
}

/** When the first webhook about each order was sent. */
async function firstSent(hub: HubProcess): Promise<Map<string, number>> {
  const sentAt = new Map<string, number>();
  for (const { body, attempts } of await read<Delivery[]>(hub, 'sandbox/webhooks')) {
    // Ids stand as texts in this topic.
    const id = body.match(/"order_id":"(\d+)"/)?.[1];
    const at = attempts[0]?.at;
    if (id !== undefined && at !== undefined) sentAt.set(id, Math.min(at, sentAt.get(id) ?? at));
  }
  return sentAt;
}

async function measurePoll(hub: HubProcess, cpu: () => Promise<number[]>): Promise<void> {
  const orders = (one: ConnectionState) =>
    one.streams.find(({ stream }) => stream === 'shop_orders');
  const before = await cpu();
  const shop = await shopOf(hub, (one) => {
    const { windows, state } = orders(one) ?? {};
    return windows !== undefined && windows.planned === 0 && windows.loaded > 0 && state === 'idle';
  });
  const loadedAt = Date.now();
  const [ours, sandbox] = (await cpu()).map((seconds, index) => seconds - before[index]!);
  const all = await read<Call[]>(hub, 'sandbox/shop/requests');
  const calls = all.filter(({ path }) => path.endsWith(searchPath));
  const seconds = (loadedAt - calls[0]!.at) / 1000;
  const allowed = calls.length / polled.callsPerSecond;
  const refused = calls.filter(({ httpStatus }) => httpStatus === 429).length;
  const ratio = seconds / allowed;
  console.log(`poll of ${orders(shop)!.rows} orders: ${calls.length} calls, ${refused} refused`);
  console.log(
    `  ${seconds.toFixed(1)} s = ${ratio.toFixed(2)} of what ${polled.callsPerSecond} calls a second allow`,
  );
  console.log(`  that is ${(ratio / polled.ratioMax).toFixed(2)} of the limit ${polled.ratioMax}`);
  const lastCall = calls.at(-1)!;
  console.log(
    `  calls alone ${((lastCall.at + lastCall.tookMs - calls[0]!.at) / 1000).toFixed(1)} s, longest ${Math.max(...calls.map((one) => one.tookMs))} ms`,
  );
  console.log(
    `  CPU ${ours!.toFixed(1)} s of the hub, ${sandbox!.toFixed(1)} s of the sandbox, other streams included`,
  );
  if (ratio > polled.ratioMax) process.exitCode = 1;
}

async function shopOf(
  hub: HubProcess,
  isReached: (connection: ConnectionState) => boolean,
): Promise<ConnectionState> {
  const endsAt = Date.now() + patienceMs;
  for (;;) {
    const all = await hub.client.connections();
    const shop = all.find(({ platform }) => platform === 'tiktok-shop');
    if (shop !== undefined && isReached(shop)) return shop;
    if (Date.now() > endsAt) throw new Error(`Not reached: ${JSON.stringify(shop)}`);
    await delay(50);
  }
}

async function read<T>(hub: HubProcess, path: string): Promise<T> {
  return (await fetch(new URL(path, hub.sandbox))).json() as Promise<T>;
}

async function post<T>(hub: HubProcess, path: string): Promise<T> {
  const answer = await fetch(new URL(path, hub.sandbox), { method: 'POST', body: '{}' });
  return answer.json() as Promise<T>;
}
