/** A shop's two files under `kill -9`. Not modelled: loss of power (what the disk acknowledged is trusted). */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, it } from 'vitest';
import { killLoads, killRewrites } from './kill-rounds.ts';

let folder: string;
const masterKey = randomBytes(32);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hub-crash-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('kill -9 at random moments of loads: buyers and orders come once, in both files', async () => {
  await killLoads({ folder, masterKey, kills: 4, seed: 20_261_124 });
}, 300_000);

it('kill -9 at random moments of a rewrite: the old file or the new one, and one key', async () => {
  await killRewrites({ folder, masterKey, kills: 4, seed: 20_261_125 });
}, 300_000);
