/** The kill loops of `shop.test.ts`, long enough to hit the rare moments. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { killLoads, killRewrites } from './kill-rounds.ts';

let folder: string;
const masterKey = randomBytes(32);
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hub-crash-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('thirty kills of loads', () => killLoads({ folder, masterKey, kills: 30, seed: 7 }), 3_600_000);

it('forty kills of rewrites', async () => {
  expect(await killRewrites({ folder, masterKey, kills: 40, seed: 8 })).toBeGreaterThan(0);
}, 3_600_000);
