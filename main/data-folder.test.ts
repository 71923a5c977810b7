import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { dataVersion, defaultKeyringFolders, openDataFolder } from './data-folder.ts';

let home: string;
let path: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'hub-folder-'));
  path = join(home, 'data');
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

test('is made for its owner alone, with a place for each store', () => {
  const folder = openDataFolder({ path, credentials: false });
  for (const each of [path, ...Object.values(folder.paths)]) {
    expect(statSync(each).mode & 0o777).toBe(0o700);
  }
  folder.close();
});

test('closes an empty folder that others could read, and refuses one with files of others', () => {
  mkdirSync(path);
  chmodSync(path, 0o755);
  openDataFolder({ path, credentials: false }).close();
  expect(statSync(path).mode & 0o777).toBe(0o700);
  const stranger = join(home, 'stranger');
  mkdirSync(stranger);
  writeFileSync(join(stranger, 'thesis.txt'), 'mine');
  expect(() => openDataFolder({ path: stranger, credentials: false })).toThrow('thesis.txt');
});

test('made without credentials it is a demo for ever, and refuses credentials with the remedy', () => {
  const made = openDataFolder({ path, credentials: false });
  expect(made).toMatchObject({ kind: 'demo', paused: false });
  made.close();
  const withCredentials = () => openDataFolder({ path, credentials: true });
  expect(withCredentials).toThrow('HUB_DATA=./data-real');
  expect(withCredentials).toThrow(expect.objectContaining({ code: 'DATA_FOLDER_IS_DEMO' }));
  openDataFolder({ path, credentials: false }).close(); // The refusal left it unlocked.
});

test('made with credentials it is real for ever, and paused without them', () => {
  const made = openDataFolder({ path, credentials: true });
  expect(made).toMatchObject({ kind: 'real', paused: false });
  made.close();
  const without = openDataFolder({ path, credentials: false });
  expect(without).toMatchObject({ kind: 'real', paused: true });
  without.close();
});

test('refuses data of a newer version, and a stamp that it cannot read', () => {
  openDataFolder({ path, credentials: false }).close();
  const stamp = join(path, 'hub-data.json');
  const written = JSON.parse(readFileSync(stamp, 'utf8'));
  writeFileSync(stamp, JSON.stringify({ ...written, dataVersion: dataVersion + 1 }));
  const open = () => openDataFolder({ path, credentials: false });
  expect(open).toThrow(`data version ${dataVersion + 1}`);
  expect(open).toThrow(expect.objectContaining({ code: 'DATA_FOLDER_NEWER' }));
  writeFileSync(stamp, '{"kind":');
  expect(open).toThrow('cannot be read');
});

test('is locked within one process as well', () => {
  const folder = openDataFolder({ path, credentials: false });
  expect(() => openDataFolder({ path, credentials: false })).toThrow('in use by another hub');
  folder.close();
  openDataFolder({ path, credentials: false }).close();
});

test('is locked against a second hub, which learns who holds it; the lock dies with a killed holder', async () => {
  const script = `import { openDataFolder } from ${JSON.stringify(join(import.meta.dirname, 'data-folder.ts'))};
    openDataFolder({ path: process.argv[1], credentials: false });
    for (let i = 0; i < 5; i++) globalThis.gc();
    console.log('open');
    setInterval(() => {}, 1000);`;
  const holder = spawn(
    process.execPath,
    ['--expose-gc', '--input-type=module', '-e', script, path],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  await once(createInterface({ input: holder.stdout }), 'line');
  const open = () => openDataFolder({ path, credentials: false });
  expect(open).toThrow(`process ${holder.pid} on `);
  expect(open).toThrow(expect.objectContaining({ code: 'DATA_FOLDER_LOCKED' }));
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  open().close();
});

test('keys lie beside the data by default, never inside', () => {
  expect(defaultKeyringFolders('/srv/hub')).toEqual(['/srv/hub-keys/a', '/srv/hub-keys/b']);
});
