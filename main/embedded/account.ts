/**
 * The account under which PostgreSQL runs. It refuses to run as root, so a hub that is started by root must
 * lend it another one, also where the clone and the data folder can be entered by root alone.
 */
import { spawnSync } from 'node:child_process';
import {
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { HubError } from '../../policy/errors.ts';
import { bareEnvironment, type LineLog } from './processes.ts';

export interface ServerAccount {
  /** Folder with `bin/postgres`, readable by the account. */
  readonly binaries: string;
  /** Put before each command line. */
  readonly prefix: readonly string[];
  readonly spawnAs: { uid?: number; gid?: number };
  /** Who must own the files of the server, as seen from outside. */
  readonly owner: { uid: number; gid: number };
  /**
   * Whether the server names its data folder as its working directory. The working directory is entered with
   * root's rights before they are dropped, so folders above it need not be open to the account.
   */
  readonly byWorkingDirectory: boolean;
}

/** Inside the namespace the server is this user; outside it stays the user who started the hub. */
const namespaced = ['unshare', '-U', '--map-user=1000', '--map-group=1000'];

/** Chooses the first way that works here, or the given one (tests try each). */
export function chooseAccount(options: {
  binaries: string;
  log: LineLog;
  way?: 'namespace' | 'unprivileged';
  /** Where programs are copied that lie in a folder which the account cannot enter. */
  copies?: string;
}): ServerAccount {
  const { binaries, log, way, copies = '/var/lib/tkos-hub' } = options;
  const own = { uid: process.getuid!(), gid: process.getgid!() };
  if (own.uid !== 0) {
    return { binaries, prefix: [], spawnAs: {}, owner: own, byWorkingDirectory: false };
  }
  const inNamespace: ServerAccount = {
    binaries,
    prefix: namespaced,
    spawnAs: {},
    owner: own,
    byWorkingDirectory: true,
  };
  if (way !== 'unprivileged' && canRun(inNamespace)) return inNamespace;
  if (way === 'namespace') {
    throw new HubError('EMBEDDED_SERVICE_FAILED', 'No user namespace can be made here.');
  }
  const user = unprivilegedUser();
  const dropped: ServerAccount = {
    binaries,
    prefix: [],
    spawnAs: user,
    owner: user,
    byWorkingDirectory: true,
  };
  if (canRun(dropped)) return dropped;
  const copied = { ...dropped, binaries: copyBinaries({ binaries, user, log, copies }) };
  if (canRun(copied)) return copied;
  throw new HubError(
    'EMBEDDED_SERVICE_FAILED',
    `PostgreSQL must not run as root, and user ${user.uid} cannot run ${copied.binaries}. ` +
      'Start the hub as an ordinary user, or give DATABASE_URL.',
  );
}

/** Gives a folder and all in it to the account; nothing to do when it has it already. */
export function giveTo(account: ServerAccount, path: string): void {
  const { uid, gid } = account.owner;
  const owner = lstatSync(path);
  if (owner.uid === uid && owner.gid === gid) return;
  if (owner.isDirectory()) for (const name of readdirSync(path)) giveTo(account, join(path, name));
  chownSync(path, uid, gid); // The folder last: an interrupted run is then taken up again.
}

function canRun(account: ServerAccount): boolean {
  const [command, ...args] = [
    ...account.prefix,
    join(account.binaries, 'bin/postgres'),
    '--version',
  ];
  const tried = spawnSync(command!, args, { ...account.spawnAs, env: bareEnvironment, cwd: '/' });
  return tried.status === 0;
}

function unprivilegedUser(): { uid: number; gid: number } {
  const users = new Map(
    readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .map((line) => line.split(':'))
      .map(([name, , uid, gid]) => [name, { uid: Number(uid), gid: Number(gid) }]),
  );
  return users.get('postgres') ?? users.get('nobody') ?? { uid: 65534, gid: 65534 };
}

function copyBinaries(options: {
  binaries: string;
  user: { uid: number };
  log: LineLog;
  copies: string;
}): string {
  const { binaries, user, log, copies } = options;
  const { version } = JSON.parse(readFileSync(join(dirname(binaries), 'package.json'), 'utf8'));
  const copy = join(copies, `postgresql-${version}-${basename(dirname(binaries))}`);
  if (existsSync(copy)) return copy;
  log(`User ${user.uid} cannot enter ${binaries}: PostgreSQL's programs are copied to ${copy}.`);
  mkdirSync(copies, { recursive: true, mode: 0o755 });
  const unfinished = `${copy}.${process.pid}`;
  cpSync(binaries, unfinished, { recursive: true, verbatimSymlinks: true });
  try {
    renameSync(unfinished, copy);
  } catch (error) {
    rmSync(unfinished, { recursive: true });
    if (!existsSync(copy)) throw error; // Else another hub was faster.
  }
  return copy;
}
