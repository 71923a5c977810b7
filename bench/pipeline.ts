/**
 * The whole way with everything running: sandbox (without quota), workflows, connector, landing, load. Rows a second
 * from consent to the last committed row, CPU-seconds per million rows over all processes, and memory; once with
 * windows that are pulled by pages, once with windows that are large enough for asynchronous reports (without the
 * streams that TikTok gives by pages alone). Other work on the machine takes time from it: what it took is printed, and
 * the rows a second that the same processor time and the same pauses would have given alone.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findProcesses } from '../main/embedded/processes.ts';
import { isCaughtUp } from '../main/hub-client.ts';
import { startHubProcess } from '../test/hub-process.ts';

interface Scenario {
  readonly name: string;
  readonly ads: number;
  readonly days: number;
  /** Rows a second: what must be, and what is aimed at. */
  readonly floor: number;
  readonly aim: number;
  readonly byTaskOnly?: boolean;
}

const scenarios: readonly Scenario[] = [
  { name: 'pages', ads: 2_500, days: 4, floor: 30_000, aim: 50_000 },
  { name: 'report tasks', ads: 20_000, days: 4, floor: 70_000, aim: 150_000, byTaskOnly: true },
];
/** The idle hub with all its services, and what work may add. */
const idleBytesMax = 1.2e9;
const addedBytesMax = 1e9;
const ticksPerSecond = 100;
const longestMs = 900_000;

const asked = process.argv[2];
for (const scenario of scenarios) {
  if (asked === undefined || scenario.name === asked) await measure(scenario);
}

async function measure({ name, ads, days, floor, aim, byTaskOnly }: Scenario): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-pipeline-'));
  const dataFolder = join(folder, 'data');
  const size = ['--accounts', '1', '--ads', String(ads), '--days', String(days)];
  const args = [...size, '--no-quota', '--shops', '0'];
  const preload = new URL('./preload/by-task-only.ts', import.meta.url).href;
  const hub = await startHubProcess({
    ...{ dataFolder, args },
    environment: {
      HUB_BACKFILL_DAYS: String(days),
      ...(byTaskOnly && { NODE_OPTIONS: `--import=${preload}` }),
    },
  });
  try {
    const before = { ...(await usage(dataFolder)), machine: await readMachine() };
    const began = performance.now();
    let peakBytes = 0;
    for (;;) {
      await delay(1_000);
      peakBytes = Math.max(peakBytes, (await usage(dataFolder)).bytes);
      const connections = await hub.client.connections();
      if (connections.length > 0 && connections.every(isCaughtUp)) break;
      if (performance.now() - began > longestMs) throw new Error(`${name}: not caught up`);
    }
    const seconds = (performance.now() - began) / 1000;
    const machine = await readMachine();
    const streams = (await hub.client.connections()).flatMap((connection) => connection.streams);
    const rows = streams.reduce((sum, stream) => sum + stream.rows, 0);
    const after = await usage(dataFolder);
    const cpuSeconds = after.cpuSeconds - before.cpuSeconds;
    const sandboxSeconds = after.sandboxSeconds - before.sandboxSeconds;
    const ours = cpuSeconds + sandboxSeconds;
    const idleSeconds = machine.idleSeconds - before.machine.idleSeconds;
    const others = machine.busySeconds - before.machine.busySeconds - ours;
    const alone = (rows * availableParallelism()) / (ours + idleSeconds);
    await delay(35_000); // Threads that wait for work end after half a minute.
    const idle = await usage(dataFolder);
    const perSecond = rows / seconds;
    console.log(`by ${name}: ${rows} rows in ${seconds.toFixed(1)} s`);
    console.log(
      `  rows/s ${perSecond.toFixed(0)} = ${(perSecond / floor).toFixed(2)} of the floor ${floor}, ${(perSecond / aim).toFixed(2)} of the aim ${aim}`,
    );
    console.log(
      `  other work took ${((others * 100) / (ours + idleSeconds + others)).toFixed(0)} % of the machine; alone ${alone.toFixed(0)} rows/s = ${(alone / floor).toFixed(2)} of the floor`,
    );
    console.log(
      `  CPU-seconds per million rows ${((cpuSeconds * 1e6) / rows).toFixed(1)}, sandbox ${((sandboxSeconds * 1e6) / rows).toFixed(1)}`,
    );
    console.log(
      `  idle ${(idle.bytes / 1e6).toFixed(0)} MB = ${(idle.bytes / idleBytesMax).toFixed(2)} of the limit; peak added ${((peakBytes - idle.bytes) / 1e6).toFixed(0)} MB = ${((peakBytes - idle.bytes) / addedBytesMax).toFixed(2)} of the limit`,
    );
    if (perSecond < floor) process.exitCode = 1;
  } finally {
    await hub.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Usage {
  readonly cpuSeconds: number;
  readonly bytes: number;
}

/** CPU time and proportional memory of the hub, its PostgreSQL and its Temporal server; the sandbox apart. */
async function usage(dataFolder: string): Promise<Usage & { sandboxSeconds: number }> {
  const [sandbox] = await findProcesses((line) => line.includes(`${dataFolder}/sandbox-state`));
  const hub = Number((await statOf(sandbox!))[1]);
  const pids = [hub, ...(await descendantsOf(hub))].filter((pid) => pid !== sandbox);
  const all = await Promise.all(pids.map(usageOf));
  return {
    cpuSeconds: all.reduce((sum, one) => sum + one.cpuSeconds, 0),
    bytes: all.reduce((sum, one) => sum + one.bytes, 0),
    sandboxSeconds: (await usageOf(sandbox!)).cpuSeconds,
  };
}

async function descendantsOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  const children = text.trim().split(' ').filter(Boolean).map(Number);
  return [...children, ...(await Promise.all(children.map(descendantsOf))).flat()];
}

/** From the state on: field 3 of proc(5). */
async function statOf(pid: number): Promise<string[]> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

async function readMachine(): Promise<{ idleSeconds: number; busySeconds: number }> {
  const [line] = (await readFile('/proc/stat', 'utf8')).split('\n');
  const fields = line!.trim().split(/ +/).slice(1, 9).map(Number);
  const idle = fields[3]! + fields[4]!;
  const all = fields.reduce((sum, field) => sum + field, 0);
  return { idleSeconds: idle / ticksPerSecond, busySeconds: (all - idle) / ticksPerSecond };
}

async function usageOf(pid: number): Promise<Usage> {
  const fields = await statOf(pid);
  // utime, stime and those of ended children: fields 14 to 17 of proc(5).
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  const memory = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8').catch(() => '');
  const kilobytes = Number(memory.match(/^Pss:\s+(\d+)/m)?.[1] ?? 0);
  return { cpuSeconds: (ticks || 0) / ticksPerSecond, bytes: kilobytes * 1024 };
}
