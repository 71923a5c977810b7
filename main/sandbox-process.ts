/** The sandbox of a demo folder: a process of its own, supervised like the other services. */
import { join } from 'node:path';
import { HubError } from '../policy/errors.ts';
import {
  endChild,
  endLeftovers,
  freePort,
  launch,
  type RunningService,
} from './embedded/processes.ts';

export interface SandboxProcessOptions {
  /** Keeps tokens and the clock over restarts; names the process on this machine. */
  readonly stateFile: string;
  /** Flags of `hub sandbox` that say what it holds. */
  readonly args: readonly string[];
  readonly redirectUri: string;
  readonly shopRedirectUri: string;
  readonly port?: number;
}

export interface SandboxProcess extends RunningService {
  readonly origin: URL;
  readonly port: number;
}

/** What the sandbox prints when it answers. Its other lines hold a token and are not logged. */
const readyText = 'Sandbox is ready';

export async function startSandboxProcess(options: SandboxProcessOptions): Promise<SandboxProcess> {
  const isOurs = (line: string): boolean => line.includes(`--state ${options.stateFile} `);
  await endLeftovers(isOurs, { signal: 'SIGTERM', test: isOurs });
  const port = await freePort(options.port);
  const child = await launch(
    process.execPath,
    [
      ...process.execArgv,
      join(import.meta.dirname, 'hub.ts'),
      'sandbox',
      ...['--state', options.stateFile],
      ...['--port', String(port)],
      ...['--redirect-uri', options.redirectUri],
      ...['--shop-redirect-uri', options.shopRedirectUri],
      ...options.args,
    ],
    { log: () => {}, cwd: join(import.meta.dirname, '..') },
  );
  if (!(await child.printed(readyText))) {
    throw new HubError(
      'EMBEDDED_SERVICE_FAILED',
      `The sandbox did not start:\n${child.lastLines()}`,
    );
  }
  return {
    origin: new URL(`http://127.0.0.1:${port}/`),
    port,
    pid: child.pid,
    exited: child.exited,
    stop: () =>
      endChild(child, [
        ['SIGTERM', 3000],
        ['SIGKILL', 3000],
      ]),
  };
}
