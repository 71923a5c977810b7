/**
 * Both servers are killed in turn, at random moments, while rows are written. Goal: each comes back at its address,
 * and no acknowledged row is lost. Not modelled: loss of power.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { afterAll, expect, test } from 'vitest';
import { askDatabase } from '../../test/databases.ts';
import { findParts } from '../parts.ts';
import { findProcesses } from './processes.ts';
import { createEmbeddedServices } from './services.ts';

const killsOfEach = 10;
const home = mkdtempSync(join(tmpdir(), 'hub-kills-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

test('twenty kills: both servers heal each time, and no acknowledged row is lost', async () => {
  const services = createEmbeddedServices({
    folders: { postgres: join(home, 'postgres'), temporal: join(home, 'temporal') },
    temporalCli: findParts({ temporalCli: process.env.TEMPORAL_CLI }).temporalCli,
    log: () => {},
  });
  const { databaseUrl, temporalAddress } = await services.start();
  const port = new URL(databaseUrl).port;
  const grpcPort = temporalAddress.split(':')[1];
  const postmaster = (line: string) =>
    line.includes(`/bin/postgres -D`) && line.includes(`-p ${port} `);
  const temporal = (line: string) =>
    line.includes('start-dev') && line.includes(`--port ${grpcPort} `);
  await askDatabase(databaseUrl, 'create table kept (n int)');

  let writing = true;
  let acknowledged = 0;
  const writer = (async () => {
    for (let n = 0; writing; n++) {
      try {
        await askDatabase(databaseUrl, `insert into kept values (${n})`);
        acknowledged++;
      } catch {
        await delay(10); // Down for a moment: that is what is tried here.
      }
    }
  })();
  try {
    for (let kill = 0; kill < killsOfEach * 2; kill++) {
      const [pid] = await findProcesses(kill % 2 === 0 ? postmaster : temporal);
      expect(pid, `kill ${kill}: the server is there`).toBeDefined();
      process.kill(pid!, 'SIGKILL');
      while (Object.values(services.states()).every((state) => state === 'ready')) await delay(5);
      while (!Object.values(services.states()).every((state) => state === 'ready')) await delay(20);
      await (await Connection.connect({ address: temporalAddress })).close();
      await delay(Math.random() * 500);
    }
    writing = false;
    await writer;
    const [row] = await askDatabase(databaseUrl, 'select count(distinct n)::int as rows from kept');
    expect(acknowledged).toBeGreaterThan(killsOfEach);
    expect(row!.rows).toBeGreaterThanOrEqual(acknowledged);
  } finally {
    writing = false;
    await writer;
    await services.stop();
  }
  expect(await findProcesses((line) => postmaster(line) || temporal(line))).toEqual([]);
});
