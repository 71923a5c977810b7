/**
 * Real PostgreSQL and a real Temporal server, once for the whole run. `TEST_DATABASE_URL` and
 * `TEST_TEMPORAL_ADDRESS` name servers that already run; otherwise both are started here, in a temporary
 * folder, and stopped at the end.
 */
import { mkdir, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { startPostgres } from '../main/embedded/postgres.ts';
import { findProcesses, type RunningService, signal } from '../main/embedded/processes.ts';
import { startTemporalServer } from '../main/embedded/temporal-server.ts';
import { findParts } from '../main/parts.ts';

declare module 'vitest' {
  interface ProvidedContext {
    databaseUrl: string;
    temporalAddress: string;
  }
}

const folderPrefix = 'tkos-hub-tests-';

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  await removeAbandoned();
  const folder = join(tmpdir(), `${folderPrefix}${process.pid}`);
  const log = () => {}; // A failed start carries the servers' last lines in its error.
  const running: RunningService[] = [];
  let { TEST_DATABASE_URL: databaseUrl, TEST_TEMPORAL_ADDRESS: temporalAddress } = process.env;
  if (databaseUrl === undefined) {
    // Nothing of a test run outlives a crash of the machine, so it need not wait for the disk.
    const settings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };
    const postgres = await startPostgres({ folder: join(folder, 'postgres'), log, settings });
    running.push(postgres);
    databaseUrl = postgres.url;
  }
  if (temporalAddress === undefined) {
    const binary = findParts({ temporalCli: process.env.TEMPORAL_CLI }).temporalCli;
    const file = join(folder, 'temporal', 'temporal.db');
    await mkdir(join(folder, 'temporal'), { recursive: true });
    const server = await startTemporalServer({ file, log, binary });
    running.push(server);
    temporalAddress = server.address;
  }
  project.provide('databaseUrl', databaseUrl);
  project.provide('temporalAddress', temporalAddress);
  return async () => {
    for (const service of running.reverse()) await service.stop();
    await rm(folder, { recursive: true, force: true });
  };
}

/** A run that was killed leaves its folder, named by its process, and servers with that folder in their command line. */
async function removeAbandoned(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(folderPrefix)) continue;
    const folder = join(tmpdir(), name);
    const owner = Number(name.slice(folderPrefix.length));
    if ((await findProcesses((line) => line.includes('vitest'))).includes(owner)) continue;
    for (const pid of await findProcesses((line) => line.includes(folder))) signal(pid, 'SIGKILL');
    await rm(folder, { recursive: true, force: true });
  }
}
