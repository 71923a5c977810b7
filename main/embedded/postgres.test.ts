import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { askDatabase } from '../../test/databases.ts';
import { chooseAccount, type ServerAccount } from './account.ts';
import { packagedBinaries, startPostgres } from './postgres.ts';
import { findProcesses } from './processes.ts';

const asRoot = process.getuid!() === 0;

/** A folder that its owner alone can enter: as root, PostgreSQL's account cannot. */
let home: string;
let lines: string[];
const log = (line: string) => void lines.push(line);

/** Making a cluster is the slow part, so the tests share one; those that need another make their own. */
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'hub-postgres-'));
});
beforeEach(() => {
  lines = [];
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

const start = (more: { account?: ServerAccount; port?: number } = {}) =>
  startPostgres({ folder: join(home, 'data/postgres'), log, ...more });

const serversHere = () => {
  const { dev, ino } = statSync(join(home, 'data/postgres'));
  return findProcesses((line) => line.includes(`tkos-hub-${dev}-${ino}`));
};

const keep = 'drop table if exists kept; create table kept as select 42 as answer';

test('keeps rows, password and port from one start to the next, and leaves no process', async () => {
  const first = await start();
  await askDatabase(first.url, keep);
  expect(await serversHere()).toContain(first.pid);
  await first.stop();
  expect(await serversHere()).toEqual([]);
  const second = await start();
  expect(second.url).toBe(first.url);
  expect(await askDatabase(second.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
  await second.stop();
});

test('asks for the password (SCRAM), listens on loopback only, opens no socket file', async () => {
  const postgres = await start();
  try {
    const settings = `select current_setting('listen_addresses') as addresses,
      current_setting('unix_socket_directories') as sockets, getdatabaseencoding() as encoding,
      (select rolpassword from pg_authid where rolname = 'hub') like 'SCRAM-SHA-256$%' as scram,
      lower('ÄÖ') as lower, current_setting('data_checksums') as checksums`;
    expect(await askDatabase(postgres.url, settings)).toEqual([
      {
        addresses: '127.0.0.1',
        sockets: '',
        encoding: 'UTF8',
        scram: true,
        lower: 'äö',
        checksums: 'on',
      },
    ]);
    const wrong = new URL(postgres.url);
    wrong.password = 'wrong';
    await expect(askDatabase(wrong.href, 'select 1')).rejects.toThrow(
      'password authentication failed',
    );
    expect(statSync(join(home, 'data/postgres/password')).mode & 0o777).toBe(0o600);
  } finally {
    await postgres.stop();
  }
});

describe.runIf(asRoot)('started by root', () => {
  const accountOf = (pid: number) => statSync(`/proc/${pid}`).uid;

  test('drops to an ordinary user, in a data folder that only root may enter', async () => {
    const account = chooseAccount({ binaries: packagedBinaries(), log, way: 'unprivileged' });
    const postgres = await start({ account });
    try {
      expect(accountOf(postgres.pid)).toBe(account.owner.uid);
      expect(account.owner.uid).not.toBe(0);
      expect(await askDatabase(postgres.url, 'select 1 as one')).toEqual([{ one: 1 }]);
    } finally {
      await postgres.stop();
    }
  });

  test('copies the programs when only root may enter the clone, and says so', async () => {
    const clone = join(home, 'clone');
    cpSync(join(packagedBinaries(), '..'), join(clone, 'linux'), {
      recursive: true,
      verbatimSymlinks: true,
    });
    const copies = mkdtempSync(join(tmpdir(), 'hub-copies-'));
    execFileSync('chmod', ['755', copies]);
    try {
      const binaries = join(clone, 'linux/native');
      const account = chooseAccount({ binaries, log, way: 'unprivileged', copies });
      expect(account.binaries.startsWith(copies)).toBe(true);
      expect(lines.join()).toContain('cannot enter');
      const postgres = await start({ account });
      expect(accountOf(postgres.pid)).toBe(account.owner.uid);
      await postgres.stop();
    } finally {
      rmSync(copies, { recursive: true });
    }
  });

  test('changes from one way to the other with the same data', async (context) => {
    const binaries = packagedBinaries();
    const dropped = await start({ account: chooseAccount({ binaries, log, way: 'unprivileged' }) });
    await askDatabase(dropped.url, keep);
    await dropped.stop();
    let account: ServerAccount;
    try {
      account = chooseAccount({ binaries, log, way: 'namespace' });
    } catch {
      return context.skip('user namespaces are not allowed here');
    }
    const namespaced = await start({ account });
    try {
      expect(await askDatabase(namespaced.url, 'select answer from kept')).toEqual([
        { answer: 42 },
      ]);
    } finally {
      await namespaced.stop();
    }
  });
});

test('ends a live server that a crashed hub left, and keeps what it had acknowledged', async () => {
  const left = await start();
  await askDatabase(left.url, keep);
  const next = await start(); // As a new hub would after a crash: it knows nothing of the first server.
  try {
    await left.exited;
    expect(next.pid).not.toBe(left.pid);
    expect(await askDatabase(next.url, 'select answer from kept')).toEqual([{ answer: 42 }]);
    expect(lines.join('\n')).toContain('that a crash left behind');
  } finally {
    await next.stop();
  }
});

test('is not deterred by a stale lock file whose process id belongs to a stranger by now', async () => {
  const first = await start();
  const lockFile = join(home, 'data/postgres/cluster/postmaster.pid');
  const [, ...rest] = readFileSync(lockFile, 'utf8').split('\n');
  process.kill(first.pid, 'SIGKILL');
  await first.exited;
  writeFileSync(lockFile, [process.pid, ...rest].join('\n'));
  const next = await start();
  await next.stop();
});

test('takes up an interrupted creation anew, and shows the last words of a server that fails', async () => {
  const folder = join(home, 'other');
  const unfinished = join(folder, 'cluster.new/data');
  mkdirSync(unfinished, { recursive: true });
  writeFileSync(join(unfinished, 'PG_VERSION'), '17\n');
  const failing = startPostgres({ folder, log, settings: { shared_buffers: 'much' } });
  await expect(failing).rejects.toThrow(/shared_buffers/);
  expect(existsSync(join(folder, 'cluster/PG_VERSION'))).toBe(true);
  expect(existsSync(join(folder, 'cluster.new'))).toBe(false);
});

test('refuses a given port that is taken', async () => {
  const first = await start();
  const port = Number(new URL(first.url).port);
  await expect(startPostgres({ folder: join(home, 'third'), log, port })).rejects.toThrow(
    `Port ${port}`,
  );
  await first.stop();
});
