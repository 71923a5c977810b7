/** The Temporal server from its CLI, for one machine: one process, one SQLite file, loopback only. */
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { HubError } from '../../policy/errors.ts';
import {
  endChild,
  endLeftovers,
  freePort,
  type LaunchedProcess,
  type LineLog,
  launch,
  type RunningService,
} from './processes.ts';

export interface TemporalServerOptions {
  /** Its SQLite file; the port is kept beside it. */
  file: string;
  /** Without one, the port of the last time, else a free one. */
  port?: number;
  log: LineLog;
  /** The `temporal` program (see `main/parts.ts`). */
  binary: string;
}

export interface TemporalServer extends RunningService {
  /** `127.0.0.1:port` of its gRPC service. */
  readonly address: string;
}

const readyWithinMs = 30_000;
/** The server allocates much and keeps little: a heap that may grow to thrice what lives saves a fifth of its time. */
const collectAtPercent = '200';

export async function startTemporalServer(options: TemporalServerOptions): Promise<TemporalServer> {
  const file = resolve(options.file);
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const marker = await storeMarker(dirname(file));
  const isOurs = (line: string) => line.includes('start-dev') && line.split(' ').includes(marker);
  const ended = await endLeftovers(isOurs, { signal: 'SIGTERM', test: isOurs });
  if (ended > 0) options.log('Ended a Temporal server that a crash left behind.');
  const port = await choosePort(`${file}.port`, options.port);
  const child = await launch(
    options.binary,
    serverArguments({
      file,
      port,
      marker,
      metricsPort: await freePort(),
      httpPort: await freePort(),
    }),
    { log: options.log, cwd: dirname(file), environment: { GOGC: collectAtPercent } },
  );
  await untilAnswering(child, `127.0.0.1:${port}`);
  return {
    address: `127.0.0.1:${port}`,
    pid: child.pid,
    exited: child.exited,
    // Every acknowledged write is on disk (full sync), so an impatient end loses nothing.
    stop: () =>
      endChild(child, [
        ['SIGTERM', 5000],
        ['SIGKILL', 5000],
      ]),
  };
}

/**
 * A configuration value that the server ignores and that names the folder on this machine, so that a later hub
 * finds the server by its command line. A path would not do: it may be moved, and a copy may be made.
 */
async function storeMarker(folder: string): Promise<string> {
  const { dev, ino } = await stat(folder);
  return `hub.store="${dev}-${ino}"`;
}

async function choosePort(portFile: string, given: number | undefined): Promise<number> {
  const last = Number(await readFile(portFile, 'utf8').catch(() => Number.NaN));
  const port = await freePort(given ?? (Number.isInteger(last) ? last : undefined));
  if (given !== undefined && port !== given) {
    throw new HubError(
      'EMBEDDED_SERVICE_FAILED',
      `Port ${given} for Temporal is taken. Free it, or leave the port out.`,
    );
  }
  if (port !== last) await writeFile(portFile, String(port));
  return port;
}

function serverArguments(values: {
  file: string;
  port: number;
  marker: string;
  metricsPort: number;
  httpPort: number;
}): string[] {
  // One partition a queue and fairness: without them a queue's rate is not held exactly, and a tenant with a
  // large backlog delays the others.
  const dynamicConfig = [
    'matching.enableFairness=true',
    'matching.numTaskqueueReadPartitions=1',
    'matching.numTaskqueueWritePartitions=1',
    values.marker,
  ];
  return [
    ...['server', 'start-dev', '--headless', '--ip', '127.0.0.1'],
    ...['--port', String(values.port), '--http-port', String(values.httpPort)],
    ...['--metrics-port', String(values.metricsPort), '--log-level', 'warn'],
    ...['--db-filename', values.file],
    ...['--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=2'],
    ...dynamicConfig.flatMap((value) => ['--dynamic-config-value', value]),
  ];
}

async function untilAnswering(child: LaunchedProcess, address: string): Promise<void> {
  const { Connection } = await import('@temporalio/client');
  const deadline = Date.now() + readyWithinMs;
  let ended = false;
  void child.exited.then(() => {
    ended = true;
  });
  while (!ended && Date.now() < deadline) {
    try {
      const connection = await Connection.connect({ address, connectTimeout: 1000 });
      await connection.close();
      return;
    } catch {
      await delay(50); // The server does not say on its output when it is ready.
    }
  }
  await endChild(child, [['SIGKILL', 5000]]);
  throw new HubError(
    'EMBEDDED_SERVICE_FAILED',
    `The Temporal server did not start. Its last words:\n${child.lastLines()}`,
  );
}
