/**
 * Loads in a child process that is killed, or that cannot write. Afterwards the file must hold
 * whole pulls only, each once. Not modelled: loss of power (what the disk acknowledged is trusted).
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { killRounds } from './kill-rounds.ts';

let folder: string;
const masterKey = randomBytes(32);
const child = new URL('./testing.ts', import.meta.url).pathname;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hub-crash-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('kill -9 at random moments of loads leaves whole pulls, each once', async () => {
  await killRounds({ folder, masterKey, kills: 5, seed: 20_261_124 });
});

it('a full disk in the middle of a load leaves nothing of it, and the next one works', async () => {
  // A limit on file sizes fails writes like a full disk does, for any user and on any machine.
  const command = `trap '' XFSZ; ulimit -f 3000; exec "$0" "$@"`;
  const args = ['-c', command, process.execPath, child, 'full', folder, masterKey.toString('hex')];
  const process_ = spawn('bash', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  for await (const line of createInterface({ input: process_.stdout })) text += line;
  expect(JSON.parse(text)).toEqual({
    small: { added: 10, changed: 0 },
    large: { code: 'DISK_FULL', retryable: true },
    pulledAt: '2026-11-24T01:00:00.000Z',
    next: { added: 1, changed: 0 },
  });
});
