/**
 * Goal: a backfill gives the same figures however often its processes are killed. Method: a whole hub is started on
 * an empty folder; processes are ended with SIGKILL at seeded random moments, the hub is started again whenever it
 * was the one; half-way the Temporal server's file is deleted. Then the hub catches up and every figure is held
 * against the sandbox's truth. Not modelled: power loss, which keeps less than a killed process does.
 */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Comparison, compareWithTruth } from '../../main/demo-truth.ts';
import { isCaughtUp } from '../../main/hub-client.ts';
import { type HubProcess, processesOf, startHubProcess, type Victim } from '../hub-process.ts';

export interface KillLoopOptions {
  readonly seed: number;
  readonly kills: number;
  readonly days: number;
  readonly ads: number;
}

export interface KillLoopResult {
  readonly victims: readonly Victim[];
  readonly comparisons: readonly Comparison[];
  /** Windows that gave up, over all connections. */
  readonly failedWindows: number;
  readonly quarantinedRows: number;
  /** Landed parts that no window took, after everything was loaded. */
  readonly landedParts: number;
  /** Processes of the folder that lived on after the hub was stopped. */
  readonly leftProcesses: number;
}

const victims: readonly Victim[] = ['hub', 'temporal', 'hub', 'postgres', 'hub', 'sandbox'];
const catchUpMs = 300_000;

export async function runKillLoop(options: KillLoopOptions): Promise<KillLoopResult> {
  const folder = await mkdtemp(join(tmpdir(), 'kill-loop-'));
  const dataFolder = join(folder, 'data');
  const random = seededRandom(options.seed);
  const start = (): Promise<HubProcess> =>
    startHubProcess({
      dataFolder,
      args: [
        ...['--accounts', '2', '--ads', String(options.ads), '--days', String(options.days * 2)],
        ...['--shops', '0'],
      ],
      environment: { HUB_BACKFILL_DAYS: String(options.days) },
    });
  let hub = await start();
  try {
    const killed: Victim[] = [];
    for (let index = 0; index < options.kills; index++) {
      await delay(200 + random() * 2_500);
      if (index === Math.floor(options.kills / 2)) {
        hub = await loseTemporalStore(hub, dataFolder, start);
        killed.push('temporal');
        continue;
      }
      const victim = victims[Math.floor(random() * victims.length)]!;
      await hub.kill(victim);
      killed.push(victim);
      if (victim === 'hub') hub = await start();
    }
    const result = await catchUp(hub, options.days);
    const landedParts = await countFiles(join(dataFolder, 'landing'));
    await hub.stop();
    const leftProcesses = (await processesOf(dataFolder, 'all')).length;
    return { victims: killed, ...result, landedParts, leftProcesses };
  } finally {
    await hub.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function loseTemporalStore(
  hub: HubProcess,
  dataFolder: string,
  start: () => Promise<HubProcess>,
): Promise<HubProcess> {
  await hub.kill('hub');
  await hub.kill('temporal');
  const folder = join(dataFolder, 'temporal');
  for (const name of await readdir(folder)) {
    if (name.includes('.db')) await rm(join(folder, name));
  }
  return start();
}

async function catchUp(hub: HubProcess, days: number) {
  const endsAt = Date.now() + catchUpMs;
  for (;;) {
    const connections = await hub.client.connections();
    if (connections.length > 0 && connections.every(isCaughtUp)) {
      const now = new Date(await clockOf(hub.sandbox));
      const comparisons = await Promise.all(
        connections.map((connection) =>
          compareWithTruth({
            ...{ client: hub.client, sandbox: hub.sandbox, connection, now, days },
            workspaceId: connection.workspaceId,
          }),
        ),
      );
      const streams = connections.flatMap((connection) => connection.streams);
      return {
        comparisons,
        failedWindows: streams.reduce((sum, { windows }) => sum + windows.failed, 0),
        quarantinedRows: connections
          .flatMap(({ quarantine }) => quarantine)
          .reduce((sum, { rows }) => sum + rows, 0),
      };
    }
    if (Date.now() > endsAt) throw new Error(`Not caught up: ${JSON.stringify(connections)}`);
    await delay(500);
  }
}

async function clockOf(sandbox: URL): Promise<string> {
  const answer = await fetch(new URL('sandbox/clock', sandbox));
  return ((await answer.json()) as { now: string }).now;
}

async function countFiles(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).length;
}

/** mulberry32: small, seeded, good enough to spread moments. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
