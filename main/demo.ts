/**
 * `hub demo`: the main job once, unattended, in a folder of its own: sandbox, connect, backfill, load, report.
 * Ends with 0 only if every reported figure equals the sandbox's own truth.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { composeHub, type Hub } from './compose.ts';
import { readConfig } from './config.ts';
import { type Comparison, compareWithTruth } from './demo-truth.ts';
import { fillDemoWorkspace } from './demo-workspace.ts';
import { freePort } from './embedded/processes.ts';
import { type ConnectionState, createHubClient, type HubClient, isCaughtUp } from './hub-client.ts';
import { silentLog } from './log.ts';

/** Enough days for a year's worth of shapes, few enough for a minute. */
const demoBackfillDays = 30;
const progressMs = 1_000;
/** Ten times what it takes: whoever runs it unattended is told instead of left waiting. */
const catchUpMsMax = 1_200_000;

export default async function demo(args: readonly string[]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'tkos-hub-demo-'));
  const config = readConfig({
    HUB_BACKFILL_DAYS: String(demoBackfillDays),
    ...withoutRealHub(process.env),
    PORT: String(await freePort()),
    HUB_METRICS_PORT: String(await freePort()),
    HUB_DATA: join(folder, 'data'),
  });
  let failed = true;
  try {
    console.log('Starting PostgreSQL, Temporal, the sandbox and the hub…');
    const hub = await composeHub(config, { log: silentLog, sandboxArgs: args });
    const stop = (): void => void hub.stop().then(() => process.exit(130));
    process.once('SIGINT', stop);
    process.once('SIGTERM', stop);
    try {
      failed = !(await run(hub, config.backfillDays));
    } finally {
      await hub.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  process.exit(failed ? 1 : 0);
}

/** What belongs to the real hub: its services and stores above all, into which no demo data may come. */
const foreign = [
  'DATABASE_URL',
  'TEMPORAL_ADDRESS',
  'TIKTOK_ADS_APP_ID',
  'TIKTOK_ADS_SECRET',
  'TIKTOK_SHOP_APP_KEY',
  'TIKTOK_SHOP_APP_SECRET',
  'TIKTOK_SHOP_SERVICE_ID',
  'HUB_KEYRING_DIRS',
  'HUB_MASTER_KEY_FILE',
  'HUB_PUBLIC_URL',
];

/** A demo works on its own folder and services whatever is configured for the real hub. */
function withoutRealHub(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...environment, ...Object.fromEntries(foreign.map((name) => [name, ''])) };
}

async function run(hub: Hub, days: number): Promise<boolean> {
  const client = createHubClient(hub.url, hub.bearerToken);
  const workspaceId = await fillDemoWorkspace(hub);
  const began = performance.now();
  const connections = await waitUntilCaughtUp(client);
  const seconds = (performance.now() - began) / 1000;

  printStreams(connections);
  let comparisons = await compareAll(hub, client, { workspaceId, days }, connections);
  if (!comparisons.every(isEqual)) {
    // An hour may have turned between the pull and the comparison: what is fresh is pulled once more.
    for (const { id } of connections) await client.post(`api/v1/connections/${id}/refresh`, {});
    await waitUntilCaughtUp(client);
    comparisons = await compareAll(hub, client, { workspaceId, days }, connections);
  }
  for (const comparison of comparisons) printComparison(comparison);
  const rows = rowsOf(connections);
  console.log(
    `\n${rows.toLocaleString('en')} rows in ${seconds.toFixed(1)} s: ${Math.round(rows / seconds).toLocaleString('en')} rows/s`,
  );
  const equal = comparisons.every(isEqual);
  console.log(
    equal
      ? 'Every figure equals the sandbox’s own truth.'
      : 'Some figures differ from the sandbox’s own truth: see above.',
  );
  return equal;
}

const isEqual = ({ differences }: Comparison): boolean => differences.length === 0;

async function waitUntilCaughtUp(client: HubClient): Promise<ConnectionState[]> {
  const endsAt = performance.now() + catchUpMsMax;
  while (performance.now() < endsAt) {
    await delay(progressMs);
    const connections = await client.connections();
    const windows = connections.flatMap(({ streams }) => streams.map((s) => s.windows));
    const loaded = windows.reduce((sum, one) => sum + one.loaded, 0);
    const streams = connections.flatMap((connection) => connection.streams);
    const idle = streams.filter(({ state }) => state === 'idle').length;
    console.log(
      `  ${connections.length} accounts, ${idle} of ${streams.length} streams complete, ` +
        `${loaded} windows, ${rowsOf(connections).toLocaleString('en')} rows`,
    );
    if (connections.length > 0 && connections.every(isCaughtUp)) return connections;
  }
  throw new Error('The demo did not catch up in time: see which streams above are not complete.');
}

const rowsOf = (connections: readonly ConnectionState[]): number =>
  connections.reduce((sum, { streams }) => sum + streams.reduce((n, s) => n + s.rows, 0), 0);

function printStreams(connections: readonly ConnectionState[]): void {
  const byStream = new Map<string, { rows: number; windows: number; complete: string[] }>();
  for (const { stream, rows, windows, completeness } of connections.flatMap((c) => c.streams)) {
    const line = byStream.get(stream) ?? { rows: 0, windows: 0, complete: [] };
    line.rows += rows;
    line.windows += windows.loaded;
    line.complete.push(...Object.keys(completeness));
    byStream.set(stream, line);
  }
  console.log('\nRows per stream');
  for (const [stream, { rows, windows, complete }] of byStream) {
    const kinds = [...new Set(complete)].join(', ');
    console.log(
      `  ${stream.padEnd(46)} ${String(rows).padStart(9)} in ${windows} windows, ${kinds}`,
    );
  }
}

const compareAll = (
  hub: Hub,
  client: HubClient,
  range: { workspaceId: string; days: number },
  connections: readonly ConnectionState[],
): Promise<Comparison[]> =>
  Promise.all(
    ofAds(connections).map((connection) =>
      compareWithTruth({
        ...range,
        ...{ client, connection },
        sandbox: hub.sandbox!,
        now: hub.clock.now(),
      }),
    ),
  );

/** Orders have no report yet. */
const ofAds = (connections: readonly ConnectionState[]): readonly ConnectionState[] =>
  connections.filter(({ platform }) => platform === 'tiktok-ads');

function printComparison({ connection, days, differences, meta }: Comparison): void {
  const { accountId, currency, timeZone } = connection;
  console.log(`\nSpend by day, account ${accountId} (${currency}, ${timeZone})`);
  for (const { day, spend } of days) console.log(`  ${day}  ${spend.padStart(16)}`);
  const { verified, counted, moving, unverifiable, missing } = meta.completeness;
  console.log(
    `  days: ${verified} verified, ${counted} counted, ${moving} moving, ` +
      `${unverifiable} unverifiable, ${missing} missing`,
  );
  for (const difference of differences.slice(0, 20)) console.log(`  DIFFERS  ${difference}`);
}
