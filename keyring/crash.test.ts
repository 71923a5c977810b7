/**
 * Nothing acknowledged is lost and nothing destroyed comes back, wherever the process or the disk fails. Method: every
 * file operation of a creation and a destruction is made to fail, one run each, alone or with all that would follow it
 * (as when the process dies); then real processes are killed (`kill.long.test.ts` kills more). Not modelled: a disk that forgets what it has synced.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import files, { type FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createKeyring } from './create.ts';
import type { Keyring } from './keyring.ts';
import { expectReplicasAlike, killInLoop } from './kill-loop.ts';
import { openMasterKeyFile } from './master-key.ts';

const clock = { now: () => new Date('2026-03-01T10:00:00Z') };
const original = { ...files };
let folder: string;
let dirs: readonly [string, string];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keyring-'));
  dirs = [join(folder, 'a'), join(folder, 'b')];
});
afterEach(() => {
  heal();
  rmSync(folder, { recursive: true });
});

async function open(): Promise<Keyring> {
  const file = join(folder, 'master-key');
  return createKeyring({ dirs, clock, ...(await openMasterKeyFile(file, { create: true })) });
}

function heal(): void {
  Object.assign(files, original);
  syncBuiltinESMExports();
}

/** The `at`th operation from now fails; with `death` all later ones do as well. Tells whether it came to that. */
function breakDisk(at: number, death: boolean): { reached(): boolean } {
  let operations = 0;
  const guard =
    <Args extends unknown[], Result>(work: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      operations += 1;
      if (operations === at || (death && operations > at)) throw new Error('ENOSPC');
      return work(...args);
    };
  const guardHandle = (handle: FileHandle): FileHandle => {
    for (const name of ['sync', 'appendFile', 'writeFile', 'write'] as const) {
      const method = handle[name].bind(handle) as (...args: unknown[]) => Promise<unknown>;
      Object.assign(handle, { [name]: guard(method) });
    }
    return handle;
  };
  Object.assign(files, {
    rename: guard(original.rename),
    unlink: guard(original.unlink),
    open: guard(async (...args: Parameters<typeof original.open>) =>
      guardHandle(await original.open(...args)),
    ),
  });
  syncBuiltinESMExports();
  return { reached: () => operations >= at };
}

test.each([
  ['the process dies', true],
  ['one operation fails', false],
])('%s at any operation: what was acknowledged holds', async (_name, death) => {
  for (let at = 1; ; at += 1) {
    const keyring = await open();
    const kept = await keyring.ensure('connection', 'kept');
    const gone = await keyring.ensure('connection', `gone-${at}`);
    const clear = await keyring.unwrap(kept);
    const disk = breakDisk(at, death);
    const added = await keyring.ensure('connection', `added-${at}`).catch(() => undefined);
    const destroyed = await keyring.destroy([gone]).then(
      () => true,
      () => false,
    );
    const reached = disk.reached();
    heal();
    if (!death) {
      // It goes on in the same process: what failed is done again.
      expect(await keyring.ensure('connection', `later-${at}`)).toBe(`connection:later-${at}`);
      expect(await keyring.unwrap(kept)).toEqual(clear);
      await keyring.destroy([gone]);
      expect(keyring.has(gone)).toBe(false);
    }
    await keyring.close();
    const again = await open();
    expect(await again.unwrap(kept)).toEqual(clear);
    if (added !== undefined) expect(again.has(added)).toBe(true);
    if (destroyed || !death) expect(again.has(gone)).toBe(false);
    if (!death) expect(again.has(`connection:later-${at}`)).toBe(true);
    expectReplicasAlike(dirs);
    await again.close();
    if (!reached) {
      expect(at).toBeGreaterThan(20);
      return;
    }
  }
});

test('kill -9 in a loop loses no acknowledged key and brings no destroyed one back', async () => {
  await killInLoop(dirs, 6);
});
