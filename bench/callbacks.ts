/**
 * TikTok's events while a backfill runs: answers a second and their p99 at a steady 1,000 a second, the hub's processor
 * time for each, how long until all were acted on; then the hub is killed while they pour in, and every one that it
 * had acknowledged is known to the next. `node bench/callbacks.ts 200` sends at another rate.
 */
import { createHmac } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { freePort } from '../main/embedded/processes.ts';
import { type HubProcess, startHubProcess } from '../test/hub-process.ts';
import { cpuSeconds, findHubPids } from './processes/hub-processes.ts';

const perSecondAim = Number(process.argv[2] ?? 1_000);
const p99MsMax = 50;
const measuredMs = 20_000;
const killedAfterMs = 3_000;
/** A backfill that outlasts the measurement. */
const sandboxArgs = ['--accounts', '2', '--ads', '400', '--days', '120', '--no-quota'];
/** Above this nothing is waited for. */
const patienceMs = 120_000;

interface ShopApp {
  readonly appKey: string;
  readonly secret: string;
}

interface Sent {
  readonly body: string;
  readonly latencyMs: number;
  readonly acknowledged: boolean;
}

const folder = await mkdtemp(join(tmpdir(), 'bench-callbacks-'));
const dataFolder = join(folder, 'data');
const metricsPort = await freePort();
const start = (): Promise<HubProcess> =>
  startHubProcess({
    dataFolder,
    args: sandboxArgs,
    environment: { HUB_METRICS_PORT: String(metricsPort) },
  });
let hub = await start();
/** The sandbox's clock is the hub's. */
let offsetMs = 0;
try {
  const app = (await read('sandbox/shop/app')) as ShopApp;
  const shopIds = await connectedShops();
  const clock = (await read('sandbox/clock')) as { offsetMs: number };
  offsetMs = clock.offsetMs;
  await measure(app, shopIds);
  await killWhileSending(app, shopIds);
} finally {
  await hub.stop();
  await rm(folder, { recursive: true, force: true });
}

async function read(path: string): Promise<unknown> {
  return (await fetch(new URL(path, hub.sandbox))).json();
}

async function connectedShops(): Promise<string[]> {
  const endsAt = Date.now() + patienceMs;
  for (;;) {
    const found = (await hub.client.connections()).filter(
      ({ platform }) => platform === 'tiktok-shop',
    );
    if (found.length > 0) return found.map(({ accountId }) => accountId);
    if (Date.now() > endsAt) throw new Error('No shop was connected.');
    await delay(200);
  }
}

async function measure(app: ShopApp, shopIds: readonly string[]): Promise<void> {
  const { hub: pid } = await findHubPids(dataFolder);
  const cpuBefore = await cpuSeconds(pid);
  const began = performance.now();
  const sent = await pour(app, shopIds, () => performance.now() - began > measuredMs);
  const seconds = (performance.now() - began) / 1000;
  const cpu = (await cpuSeconds(pid)) - cpuBefore;
  const good = sent.filter(({ acknowledged }) => acknowledged);
  const sorted = sent.map(({ latencyMs }) => latencyMs).sort((a, b) => a - b);
  const p99 = sorted[Math.floor(sorted.length * 0.99)]!;
  const rate = good.length / seconds;
  const endsAt = Date.now() + patienceMs;
  while ((await metric('hub_events{state="waiting"}')) > 0 && Date.now() < endsAt) await delay(200);
  const actedMs = performance.now() - began - seconds * 1000;
  console.log(`${sent.length} sent, ${good.length} acknowledged`);
  console.log(`  answers/s ${rate.toFixed(0)} = ${(rate / perSecondAim).toFixed(2)} of the aim`);
  console.log(`  p99 ${p99.toFixed(0)} ms = ${(p99 / p99MsMax).toFixed(2)} of the limit`);
  console.log(`  CPU ${((cpu * 1e6) / sent.length).toFixed(0)} µs each, the backfill included`);
  console.log(`  all acted on ${(actedMs / 1000).toFixed(1)} s after the last one`);
  if (good.length < sent.length || p99 > p99MsMax) process.exitCode = 1;
}

async function killWhileSending(app: ShopApp, shopIds: readonly string[]): Promise<void> {
  let isDead = false;
  const pouring = pour(app, shopIds, () => isDead);
  await delay(killedAfterMs);
  await hub.kill('hub');
  isDead = true;
  const acknowledged = (await pouring).filter((one) => one.acknowledged);
  hub = await start();
  const agent = new Agent({ connections: 16 });
  for (const { body } of acknowledged) await deliver(agent, app, body);
  const lost =
    acknowledged.length - (await metric('hub_events_duplicate_total{source="tiktok-shop"}'));
  console.log(`killed: ${acknowledged.length} acknowledged before, ${lost} of them lost`);
  if (lost !== 0) process.exitCode = 1;
  await agent.close();
}

/** At a steady rate, whatever the answers do. */
async function pour(app: ShopApp, shopIds: readonly string[], isOver: () => boolean) {
  const agent = new Agent({ connections: 64 });
  const prefix = String(Date.now());
  const began = performance.now();
  const sent: Promise<Sent>[] = [];
  while (!isOver()) {
    const due = ((performance.now() - began) / 1000) * perSecondAim;
    while (sent.length < due) {
      const id = `${prefix}${String(sent.length).padStart(6, '0')}`;
      const body = JSON.stringify({
        ...{ type: 1, tts_notification_id: id, shop_id: shopIds[sent.length % shopIds.length] },
        timestamp: Math.floor((Date.now() + offsetMs) / 1000),
        data: { order_id: id, order_status: 'UNPAID', update_time: 1 },
      });
      sent.push(deliver(agent, app, body));
    }
    await delay(1);
  }
  const all = await Promise.all(sent);
  await agent.close();
  return all;
}

async function deliver(agent: Agent, { appKey, secret }: ShopApp, body: string): Promise<Sent> {
  const authorization = createHmac('sha256', secret).update(appKey).update(body).digest('hex');
  const began = performance.now();
  try {
    const answer = await request(new URL('callbacks/tiktok-shop', hub.url), {
      ...{ method: 'POST', body, dispatcher: agent },
      headers: { authorization, 'content-type': 'application/json' },
    });
    await answer.body.dump();
    const acknowledged = answer.statusCode === 200;
    return { body, acknowledged, latencyMs: performance.now() - began };
  } catch {
    return { body, acknowledged: false, latencyMs: performance.now() - began };
  }
}

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  const line = text.split('\n').find((one) => one.startsWith(`${name} `));
  return line === undefined ? 0 : Number(line.slice(name.length + 1));
}
