/** Starting, finding and ending the server processes that the hub runs beside itself. */
import { execFileSync, spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { HubError } from '../../policy/errors.ts';

/** A server that was started here and is watched by whoever started it. */
export interface RunningService {
  readonly pid: number;
  /** Settles when the process is gone, whatever the reason; never rejects. */
  readonly exited: Promise<void>;
  stop(): Promise<void>;
}

/** One line of a server's own output. */
export type LineLog = (line: string) => void;

export interface LaunchedProcess {
  readonly pid: number;
  readonly exited: Promise<void>;
  /** Settles with true when an output line contains the text, with false when the process ends. */
  printed(text: string): Promise<boolean>;
  /** The last lines of output, for the message of a failed start. */
  lastLines(): string;
}

export interface LaunchOptions {
  log: LineLog;
  cwd?: string;
  uid?: number;
  gid?: number;
  /** Settings of the program itself, beside the bare environment. */
  environment?: Readonly<Record<string, string>>;
}

/**
 * What a server sees of our environment: nothing that was configured for the hub, so no credential of it. The
 * C locale keeps the servers' messages in the language that we wait for.
 */
export const bareEnvironment: NodeJS.ProcessEnv = {
  PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin',
  LC_ALL: 'C',
  TZ: 'UTC',
  // Temporal wants both, and cannot look them up for a user without a name.
  USER: 'tkos-hub',
  HOME: '/nonexistent',
};

/**
 * Starts a server in a process group of its own: Ctrl-C at the terminal then reaches the hub alone, which stops
 * its servers in order.
 */
export async function launch(
  command: string,
  args: readonly string[],
  options: LaunchOptions,
): Promise<LaunchedProcess> {
  const { log, environment, ...where } = options;
  const child = spawn(command, args, {
    ...where,
    env: { ...bareEnvironment, ...environment },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const recent: string[] = [];
  const listeners = new Set<(line: string) => void>();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      recent.push(line);
      if (recent.length > 20) recent.shift();
      log(line);
      for (const listener of listeners) listener(line);
    });
  }
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  }).catch((cause) => {
    throw new HubError('EMBEDDED_SERVICE_FAILED', `Cannot run ${command}. Run npm run setup.`, {
      cause,
    });
  });
  return {
    pid: child.pid!,
    exited,
    lastLines: () => recent.join('\n'),
    async printed(text) {
      const seen = Promise.withResolvers<boolean>();
      const listener = (line: string) => line.includes(text) && seen.resolve(true);
      recent.forEach(listener);
      listeners.add(listener);
      const found = await Promise.race([seen.promise, exited.then(() => false)]);
      listeners.delete(listener);
      return found;
    },
  };
}

/** Runs a program to its end and fails with its output if it fails. */
export async function run(
  command: string,
  args: readonly string[],
  options: Omit<LaunchOptions, 'log' | 'environment'> & { input?: string },
): Promise<void> {
  const { input, ...where } = options;
  const child = spawn(command, args, { ...where, env: bareEnvironment });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  child.stdin.on('error', () => {}); // The program ended before it read: its exit code says why.
  child.stdin.end(input ?? '');
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) {
    const shown = output.trim().split('\n').slice(-20).join('\n');
    throw new HubError('EMBEDDED_SERVICE_FAILED', `${command} ended with ${code}:\n${shown}`);
  }
}

/**
 * The processes whose command line satisfies the test. Command lines, not remembered process ids: those are
 * used again by strangers after a crash.
 */
export async function findProcesses(test: (commandLine: string) => boolean): Promise<number[]> {
  if (process.platform !== 'linux') {
    const listed = execFileSync('ps', ['-axww', '-o', 'pid=,args='], { encoding: 'utf8' });
    return listed
      .split('\n')
      .map((line) => line.trim().split(/ (.*)/s))
      .filter(([, commandLine]) => commandLine !== undefined && test(commandLine))
      .map(([pid]) => Number(pid));
  }
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(
    pids.map(async (pid) => {
      // A process may end while we look. A zombie has an empty command line: it can do nothing any more.
      const commandLine = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      return test(commandLine.replaceAll('\0', ' '));
    }),
  );
  return pids.filter((pid, index) => pid !== process.pid && found[index]);
}

/** Sends one signal, and says whether there was still a process to receive it. */
export function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}

/** Asks politely, then less so: each step is a signal and how long its effect is awaited. */
export async function endChild(
  child: { pid: number; exited: Promise<void> },
  steps: readonly (readonly [NodeJS.Signals, number])[],
): Promise<void> {
  let gone = false;
  const exited = child.exited.then(() => {
    gone = true;
  });
  await Promise.race([exited, delay(0)]);
  for (const [name, waitMs] of steps) {
    // The id of a process that is gone may be another's by now.
    if (gone || !signal(child.pid, name)) break;
    const timer = new AbortController();
    await Promise.race([
      exited,
      delay(waitMs, undefined, { signal: timer.signal }).catch(() => {}),
    ]);
    timer.abort();
  }
  await exited;
}

/**
 * Ends processes that are no children of ours (left by a hub that was killed). The first signal goes to those
 * named as `polite`, SIGKILL after five seconds to whatever the test still finds.
 */
export async function endLeftovers(
  test: (commandLine: string) => boolean,
  polite: { signal: NodeJS.Signals; test: (commandLine: string) => boolean },
): Promise<number> {
  const left = await findProcesses(test);
  if (left.length === 0) return 0;
  for (const pid of await findProcesses(polite.test)) signal(pid, polite.signal);
  const deadline = Date.now() + 5000;
  for (;;) {
    const living = await findProcesses(test);
    if (living.length === 0) return left.length;
    if (Date.now() > deadline) for (const pid of living) signal(pid, 'SIGKILL');
    await delay(25); // Nothing reports the end of a process that is no child.
  }
}

/**
 * A free port on loopback, the preferred one if it is free. Outside the range from which systems take the ports
 * of outgoing connections, so that a server that dies finds its port free again.
 */
export async function freePort(preferred?: number): Promise<number> {
  if (preferred !== undefined && (await isFree(preferred))) return preferred;
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    if (await isFree(port)) return port;
  }
  throw new HubError(
    'EMBEDDED_SERVICE_FAILED',
    'No free port between 20000 and 32000 on 127.0.0.1.',
  );
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
