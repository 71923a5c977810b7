/**
 * Goal: a start that cannot succeed ends with a sentence that says what to do, and leaves nothing behind. Method:
 * whole hubs as processes with one thing wrong each; the registry is the test run's own, to start quickly.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase } from '../databases.ts';
import { failHubStart, type HubProcess, processesOf, startHubProcess } from '../hub-process.ts';

const args = ['--accounts', '1', '--ads', '2', '--days', '3'];

let home: string;
let database: { url: string; drop(): Promise<void> };
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'bad-input-'));
  database = await createTestDatabase();
});
afterAll(async () => {
  await database.drop();
  await rm(home, { recursive: true, force: true });
});

/** What an operator reads; no stack of a programmer's among it. */
async function failed(environment: Record<string, string>, folder = 'unused'): Promise<string> {
  const dataFolder = join(home, folder);
  const { code, output } = await failHubStart({ dataFolder, args, environment });
  expect(code).toBe(1);
  expect(output).not.toMatch(/^\s+at /m);
  expect(await processesOf(join(home, 'unused'), 'all')).toEqual([]);
  return output;
}

const startedServices = (folder: string): boolean =>
  existsSync(join(home, folder, 'temporal', 'temporal.db'));

test('unknown names and bad values are listed, all at once, and nothing is made', async () => {
  const output = await failed({ HUB_DATAA: 'x', TIKTOK_TOKEN: 'canary', HUB_METRICS_PORT: 'many' });
  expect(output).toContain('HUB_DATAA: unknown name');
  expect(output).toContain('TIKTOK_TOKEN: unknown name');
  expect(output).toMatch(/HUB_METRICS_PORT: /);
  expect(output).toContain('CONFIGURATION_INVALID');
  expect(output).not.toContain('canary');
  expect(existsSync(join(home, 'unused'))).toBe(false);
});

test('missing parts are named with the variable that names them, and nothing is made', async () => {
  const output = await failed({ DUCKDB_HTTPFS: '/nowhere/httpfs', TEMPORAL_CLI: '/nowhere/cli' });
  expect(output).toContain('Run npm run setup');
  expect(output).toContain('DUCKDB_HTTPFS: there is no file /nowhere/httpfs');
  expect(output).toContain('TEMPORAL_CLI: there is no file /nowhere/cli');
  expect(existsSync(join(home, 'unused'))).toBe(false);
});

test('a file that is no extension of DuckDB is refused by its name', async () => {
  const DUCKDB_HTTPFS = join(home, 'httpfs.duckdb_extension');
  await writeFile(DUCKDB_HTTPFS, 'half a download');
  const output = await failed({ DUCKDB_HTTPFS, DATABASE_URL: database.url });
  expect(output).toContain(`cannot load ${DUCKDB_HTTPFS}. Run npm run setup`);
  expect(startedServices('unused')).toBe(true);
});

test('a locked data folder and taken ports are refused; the running hub stays well', async () => {
  const dataFolder = join(home, 'data');
  let hub: HubProcess | undefined;
  try {
    hub = await startHubProcess({ dataFolder, args, environment: { DATABASE_URL: database.url } });
    const locked = await failed({}, 'data');
    expect(locked).toContain('is in use by another hub (process ');
    expect(locked).toContain('HUB_DATA');
    expect(locked).toContain('DATA_FOLDER_LOCKED');

    const second = await createTestDatabase();
    const { port } = hub.url;
    const taken = await failed({ PORT: port, DATABASE_URL: second.url }, 'taken');
    await second.drop();
    expect(taken).toContain(`Port ${port} is taken. Free it, or choose another with PORT.`);
    expect(startedServices('taken')).toBe(false);
    expect(await hub.client.get('readyz')).toMatchObject({ ready: true });
  } finally {
    expect(await hub?.stop()).toBe(0);
  }
  expect(await processesOf(dataFolder, 'all')).toEqual([]);
}, 180_000);
