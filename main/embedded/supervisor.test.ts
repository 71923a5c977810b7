import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Connection } from '@temporalio/client';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { askDatabase } from '../../test/databases.ts';
import { findParts } from '../parts.ts';
import { findProcesses } from './processes.ts';
import { createEmbeddedServices, type EmbeddedServices } from './services.ts';
import { createSupervisor, type ServiceState } from './supervisor.ts';

const { temporalCli } = findParts({ temporalCli: process.env.TEMPORAL_CLI });

let home: string;
let folders: { postgres: string; temporal: string };
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'hub-services-'));
  folders = { postgres: join(home, 'postgres'), temporal: join(home, 'temporal') };
  for (const folder of Object.values(folders)) mkdirSync(folder);
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

/** Process ids by service, found as an operator would: by what they listen on. */
function listening(address: string): number[] {
  const listed = execFileSync('ss', ['-Hltnp', 'src', address], { encoding: 'utf8' });
  return [...listed.matchAll(/pid=(\d+)/g)].map(([, pid]) => Number(pid));
}

/** Addresses on which any of the processes listens. */
function addressesOf(pids: readonly number[]): string[] {
  const lines = execFileSync('ss', ['-Hltnp'], { encoding: 'utf8' }).split('\n');
  return lines
    .filter((line) => pids.some((pid) => line.includes(`pid=${pid},`)))
    .map((line) => line.split(/\s+/)[3]!.replace(/:\d+$/, ''));
}

const childrenOf = async (parent: number) => {
  const listed = execFileSync('ps', ['-axo', 'pid=,ppid='], { encoding: 'utf8' });
  return listed
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter(([, ppid]) => ppid === parent)
    .map(([pid]) => pid!);
};

const groupOf = (pid: number) =>
  Number(execFileSync('ps', ['-o', 'pgid=', '-p', String(pid)], { encoding: 'utf8' }));

test('heals a killed PostgreSQL and a killed Temporal server at the same addresses', async () => {
  const changes: [string, ServiceState][] = [];
  let changed = Promise.withResolvers<void>();
  const services = createEmbeddedServices({
    folders,
    temporalCli,
    log: () => {},
    onState: (name, state) => {
      changes.push([name, state]);
      changed.resolve();
      changed = Promise.withResolvers();
    },
  });
  const until = async (name: string, state: ServiceState) => {
    while (services.states()[name] !== state) await changed.promise;
  };
  const { databaseUrl, temporalAddress } = await services.start();
  try {
    expect(services.states()).toEqual({ postgres: 'ready', temporal: 'ready' });
    const pids = [new URL(databaseUrl).host, temporalAddress].flatMap(listening);
    expect(pids).toHaveLength(2);
    expect(new Set(addressesOf(pids))).toEqual(new Set(['127.0.0.1']));
    for (const [name, address] of [
      ['postgres', new URL(databaseUrl).host],
      ['temporal', temporalAddress],
    ] as const) {
      const [pid] = listening(address);
      process.kill(pid!, 'SIGKILL');
      await until(name, 'restarting');
      await until(name, 'ready');
      expect(listening(address)).not.toContain(pid);
    }
    expect(await askDatabase(databaseUrl, 'select 1 as one')).toEqual([{ one: 1 }]);
    await (await Connection.connect({ address: temporalAddress })).close();
  } finally {
    await services.stop();
  }
  expect(changes.slice(-4)).toEqual([
    ['temporal', 'stopping'],
    ['temporal', 'stopped'],
    ['postgres', 'stopping'],
    ['postgres', 'stopped'],
  ]);
  expect(listening(new URL(databaseUrl).host)).toEqual([]);
  expect(listening(temporalAddress)).toEqual([]);
});

/** A hub in a process of its own, as far as its services go. */
async function startElsewhere() {
  const script = `import { createEmbeddedServices } from ${JSON.stringify(join(import.meta.dirname, 'services.ts'))};
    const services = createEmbeddedServices({ ...JSON.parse(process.argv[1]), log: () => {} });
    console.log(JSON.stringify(await services.start()));
    setInterval(() => {}, 1000);`;
  const given = JSON.stringify({ folders, temporalCli });
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, given], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  return { child, addresses: JSON.parse(line) as Awaited<ReturnType<EmbeddedServices['start']>> };
}

test('a hub killed with its services running is followed by one that works, in under 10 s', async () => {
  const { child, addresses } = await startElsewhere();
  await askDatabase(addresses.databaseUrl, 'create table kept as select 42 as answer');
  const orphans = await childrenOf(child.pid!);
  expect(orphans.length).toBe(2);
  expect(orphans.map(groupOf)).toEqual(orphans); // Ctrl-C at the hub's terminal does not reach them.
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(listening(new URL(addresses.databaseUrl).host)).toHaveLength(1); // It did survive.

  const services = createEmbeddedServices({ folders, temporalCli, log: () => {} });
  const startedAt = performance.now();
  const again = await services.start();
  try {
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect(again).toEqual(addresses);
    expect(await askDatabase(again.databaseUrl, 'select answer from kept')).toEqual([
      { answer: 42 },
    ]);
  } finally {
    await services.stop();
  }
  expect(await findProcesses((line) => line.includes(home))).toEqual([]);
  for (const pid of orphans) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
});

test('stops what had started when a later service fails', async () => {
  const services = createEmbeddedServices({
    folders,
    temporalCli: join(home, 'no-such-program'),
    log: () => {},
  });
  await expect(services.start()).rejects.toThrow('no-such-program');
  expect(services.states()).toEqual({ postgres: 'stopped', temporal: 'stopped' });
  await services.stop();
});

test('a stop during a start waits for it and leaves nothing', async () => {
  let running = 0;
  const stopped = Promise.withResolvers<void>();
  const supervisor = createSupervisor({
    log: () => {},
    services: [
      {
        name: 'slow',
        async start() {
          await new Promise(setImmediate);
          running++;
          return {
            pid: 0,
            exited: stopped.promise,
            stop: async () => {
              running--;
              stopped.resolve();
            },
          };
        },
      },
      { name: 'never', start: () => Promise.reject(new Error('must not be started')) },
    ],
  });
  const started = supervisor.start();
  await supervisor.stop();
  await started;
  expect(running).toBe(0);
  expect(supervisor.states()).toEqual({ slow: 'stopped', never: 'stopped' });
});
