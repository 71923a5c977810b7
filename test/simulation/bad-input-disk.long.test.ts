/**
 * Goal: a disk that is full in the middle of a backfill stops it with a sentence that says what to do; nothing is
 * half loaded, what was loaded stays, and once there is space it goes on by itself to the truth. Method: keys,
 * landing and warehouse of a hub on a small file system of its own, filled up by a stranger's file.
 */
import { execFileSync } from 'node:child_process';
import { mkdtemp, open, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { streams } from '../../policy/streams/index.ts';
import type { Connection } from '../../registry/registry.ts';
import { createGeneratedWorld } from '../../sandbox/generator/create-generated-world.ts';
import { startRunningHub } from '../running-hub.ts';
import { holdAgainstTruth } from './against-truth.ts';

/** Mounting takes root; without it the disk of a test cannot be filled. */
async function smallDisk(): Promise<{ path: string; remove(): Promise<void> } | undefined> {
  const path = await mkdtemp(join(tmpdir(), 'small-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=96m', 'tmpfs', path], { stdio: 'ignore' });
  } catch {
    await rmdir(path);
    return undefined;
  }
  return {
    path,
    async remove() {
      execFileSync('umount', ['--lazy', path]);
      await rmdir(path);
    },
  };
}

async function fill(file: string): Promise<void> {
  const handle = await open(file, 'w');
  const piece = Buffer.alloc(64 * 1024);
  try {
    for (;;) await handle.write(piece);
  } catch (error) {
    expect((error as NodeJS.ErrnoException).code).toBe('ENOSPC');
  } finally {
    await handle.close();
  }
}

test('a disk that is full in the middle of a backfill', async ({ skip }) => {
  const disk = await smallDisk();
  if (disk === undefined) return skip('A file system can be mounted by root only.');
  const world = createGeneratedWorld({ seed: 14, accounts: 1, ads: 30, days: 30 });
  const hub = await startRunningHub({
    world,
    folder: disk.path,
    backfillDays: 20,
    backfillHourDays: 5,
  });
  try {
    const [connection] = (await hub.connect()) as [Connection];
    await vi.waitFor(async () => {
      expect((await hub.warehouse.coverage(connection.id)).length).toBeGreaterThan(20);
    }, 60_000);
    const filler = join(disk.path, 'filler');
    await fill(filler);
    await vi.waitFor(() => {
      const told = hub.unexpected.filter((line) => line.includes('Free space'));
      expect(told.length).toBeGreaterThan(2);
    }, 120_000);
    const windows = await hub.registry.windows.list(connection.id);
    expect(windows.filter(({ state }) => state === 'failed')).toEqual([]);

    await rm(filler);
    await hub.caughtUp([connection.id], { withinMs: 300_000 });
    for (const line of hub.unexpected) expect(line).toContain('Free space');
    const file = await hub.openFacts(connection.id);
    let rows = 0;
    for (const stream of Object.values(streams)) {
      if (stream.request.kind !== 'report') continue;
      const compared = await holdAgainstTruth({ world, file, connection, stream });
      expect(compared.wrong, stream.name).toEqual([]);
      rows += compared.rows;
    }
    await file.close();
    expect(rows).toBeGreaterThan(1_000);
  } finally {
    await hub.close();
    await disk.remove();
  }
}, 600_000);
