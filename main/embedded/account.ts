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
import { userInfo } from 'node:os';
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

export interface AccountOptions {
  binaries: string;
  log: LineLog;
  /** One way alone, as tests try each. Without it, the first that works here. */
  way?: 'namespace' | 'unprivileged';
  /** Where programs are copied that lie in a folder which the account cannot enter. */
  copies?: string;
}

/** An ordinary user runs the server as himself; root by a user namespace, else as another user. */
export function chooseAccount(options: AccountOptions): ServerAccount {
  const { binaries, way } = options;
  const own = { uid: process.getuid!(), gid: process.getgid!() };
  if (own.uid !== 0 && hasName()) {
    return { binaries, prefix: [], spawnAs: {}, owner: own, byWorkingDirectory: false };
  }
  const other = unprivilegedUser();
  if (way !== 'unprivileged') {
    const namespaced: ServerAccount = {
      binaries,
      // Inside the server is this user; outside it stays the one who started the hub.
      prefix: ['unshare', '-U', `--map-user=${other.uid}`, `--map-group=${other.gid}`],
      spawnAs: {},
      owner: own,
      byWorkingDirectory: true,
    };
    if (canRun(namespaced)) return namespaced;
  }
  if (way === 'namespace' || own.uid !== 0) {
    throw new HubError(
      'EMBEDDED_SERVICE_FAILED',
      `PostgreSQL cannot run as user ${own.uid}: it has no name, and no user namespace can be made here. ` +
        'Name it in /etc/passwd, or give DATABASE_URL.',
    );
  }
  return dropTo(other, options);
}

function dropTo(user: { uid: number; gid: number }, options: AccountOptions): ServerAccount {
  const { binaries, log, copies = '/var/lib/tkos-hub' } = options;
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

/** initdb refuses a user id without a name, as containers may be told to use. */
function hasName(): boolean {
  try {
    return userInfo().username !== '';
  } catch {
    return false;
  }
}

function unprivilegedUser(): { uid: number; gid: number } {
  const users = new Map(
    readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .map((line) => line.split(':'))
      .map(([name, , uid, gid]) => [name, { uid: Number(uid), gid: Number(gid) }]),
  );
  const user = users.get('postgres') ?? users.get('nobody');
  if (user !== undefined) return user;
  throw new HubError(
    'EMBEDDED_SERVICE_FAILED',
    'PostgreSQL needs a user that is not root: make one called postgres, or give DATABASE_URL.',
  );
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
