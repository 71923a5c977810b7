/** The kill loop of `crash.test.ts`, long enough to hit the rare moments. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'vitest';
import { killRounds } from './kill-rounds.ts';

it('sixty kills leave whole pulls, each once', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hub-crash-'));
  try {
    await killRounds({ folder, masterKey: randomBytes(32), kills: 60, seed: 4 });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
