/** A whole hub as its operator starts it: a process with PostgreSQL, Temporal server and sandbox beside it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { findProcesses, freePort } from '../main/embedded/processes.ts';
import { createHubClient, type HubClient } from '../main/hub-client.ts';

export interface HubProcessOptions {
  readonly dataFolder: string;
  /** Flags of the sandbox: accounts, ads, days. */
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

export type Victim = 'hub' | 'temporal' | 'postgres' | 'sandbox';

export interface HubProcess {
  readonly client: HubClient;
  readonly bearerToken: string;
  readonly url: URL;
  readonly sandbox: URL;
  /** What it has said so far, line by line. */
  readonly output: readonly string[];
  /** Ends one process with SIGKILL. Resolves when it is gone. */
  kill(victim: Victim): Promise<void>;
  /** SIGSTOP, SIGCONT: the hub's own process only. */
  signal(signal: NodeJS.Signals): void;
  /** As Ctrl-C; resolves with the exit code when all processes are gone. */
  stop(): Promise<number | null>;
  /** Milliseconds from start to ready. */
  readonly readyMs: number;
}

const root = join(import.meta.dirname, '..');

export async function startHubProcess(options: HubProcessOptions): Promise<HubProcess> {
  const { dataFolder } = options;
  const began = performance.now();
  const child = await launchHub(options);
  const { lines, token, url, sandbox } = await readGreeting(child);
  if (token === undefined || url === undefined || sandbox === undefined) {
    throw new Error(`The hub did not start:\n${lines.slice(-30).join('\n')}`);
  }
  return {
    client: createHubClient(new URL(url), token),
    bearerToken: token,
    output: lines,
    url: new URL(url),
    sandbox: new URL(sandbox),
    readyMs: performance.now() - began,
    async kill(victim) {
      if (victim === 'hub') return end(child, 'SIGKILL').then(() => {});
      for (const pid of await processesOf(dataFolder, victim)) kill(pid);
    },
    signal: (signal) => void child.kill(signal),
    stop: () => end(child, 'SIGINT'),
  };
}

/** A start that is expected to fail: what the operator sees. */
export async function failHubStart(
  options: HubProcessOptions,
): Promise<{ code: number | null; output: string }> {
  const child = await launchHub(options);
  const { lines, url } = await readGreeting(child);
  if (url !== undefined) {
    await end(child, 'SIGINT');
    throw new Error('The hub started.');
  }
  return { code: child.exitCode, output: lines.join('\n') };
}

async function launchHub({ dataFolder, args, environment }: HubProcessOptions) {
  return spawn(process.execPath, [...hubFlags(), 'main/hub.ts', 'start', ...args], {
    cwd: root,
    env: {
      PATH: process.env.PATH,
      UV_THREADPOOL_SIZE: '64',
      HUB_DATA: dataFolder,
      PORT: String(await freePort()),
      HUB_METRICS_PORT: String(await freePort()),
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/**
 * Node's flags of `npm start`. With them buffers of pages do not set off a collection of the whole heap each second:
 * a fifth less processor time in `bench/pipeline.ts`.
 */
function hubFlags(): string[] {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return scripts.start
    .match(/ node ((?:--\S+ )+)main\/hub\.ts/)[1]
    .trim()
    .split(' ');
}

/** The services of a data folder that live now, whoever started them. */
export function processesOf(
  dataFolder: string,
  which: Exclude<Victim, 'hub'> | 'all',
): Promise<number[]> {
  const marks: Record<Exclude<Victim, 'hub'>, (line: string) => boolean> = {
    temporal: (line) => line.includes(`${dataFolder}/temporal`),
    // Its children name no folder and end with it.
    postgres: (line) => line.includes('bin/postgres') && line.includes(`${dataFolder}/postgres`),
    sandbox: (line) => line.includes(`${dataFolder}/sandbox-state.json`),
  };
  const tests = which === 'all' ? Object.values(marks) : [marks[which]];
  return findProcesses((line) => tests.some((test) => test(line)));
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const exit = once(child, 'exit');
  child.kill(signal);
  const [code] = await exit;
  return code;
}

async function readGreeting(child: ChildProcess) {
  const lines: string[] = [];
  const found: { token?: string; url?: string; sandbox?: string } = {};
  createInterface({ input: child.stderr! }).on('line', (line) => lines.push(line));
  const output = createInterface({ input: child.stdout! });
  const ready = new Promise<void>((resolve) => {
    output.on('line', (line) => {
      lines.push(line);
      found.token ??= line.match(/Authorization: Bearer (\S+)/)?.[1];
      found.sandbox ??= line.match(/stands in for TikTok: (\S+)/)?.[1];
      found.url ??= line.match(/TKOS Hub is ready: (\S+)/)?.[1];
      if (found.url !== undefined) resolve();
    });
  });
  // `close` comes after the last line was read.
  await Promise.race([ready, once(child, 'close')]);
  return { lines, ...found };
}
