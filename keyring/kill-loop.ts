/** For tests: processes that make and destroy keys are killed, and the keyring is held against what they said. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'vitest';
import { createKeyring } from './create.ts';

type Dirs = readonly [string, string];

/** Loses no acknowledged key and brings no destroyed one back. */
export async function killInLoop(dirs: Dirs, rounds: number): Promise<void> {
  const masterKey = randomBytes(32);
  const script = new URL('./churning-process.ts', import.meta.url).pathname;
  const keys = new Map<string, string>();
  const destroyed = new Set<string>();
  const doubtful = new Set<string>();
  for (let round = 0; round < rounds; round += 1) {
    const args = [script, ...dirs, masterKey.toString('hex'), `${round}`];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    await readUntilKilled(child, (what, id, digest) => {
      if (what === 'ensured') keys.set(id, digest);
      if (what === 'destroying') doubtful.add(id);
      if (what === 'destroyed') destroyed.add(id);
    });
    const keyring = await createKeyring({ dirs, masterKey, clock: { now: () => new Date() } });
    for (const [id, digest] of keys) {
      if (destroyed.has(id)) expect(keyring.has(id)).toBe(false);
      // Killed between the wish and the word: either way is right, but from now on it stays so.
      else if (doubtful.has(id) && !keyring.has(id)) destroyed.add(id);
      else expect(digestOf(await keyring.unwrap(id))).toBe(digest);
    }
    expectReplicasAlike(dirs);
    await keyring.close();
  }
  expect(keys.size).toBeGreaterThan(rounds);
  expect(destroyed.size).toBeGreaterThan(0);
}

const digestOf = (key: Buffer): string => createHash('sha256').update(key).digest('hex');

/** Kills the process some operations after its first. */
async function readUntilKilled(
  child: ChildProcess,
  told: (what: string, id: string, digest: string) => void,
): Promise<void> {
  const exited = once(child, 'exit');
  child.stdout!.once('data', () => {
    setTimeout(() => child.kill('SIGKILL'), Math.random() * 60);
  });
  for await (const line of createInterface({ input: child.stdout! })) {
    const [what = '', id = '', digest = ''] = line.split(' ');
    told(what, id, digest);
  }
  await exited;
  expect(child.signalCode).toBe('SIGKILL');
}

export function expectReplicasAlike(dirs: Dirs): void {
  const [a = [], b = []] = dirs.map((directory) =>
    readdirSync(directory)
      .filter((name) => name !== 'lock')
      .map((name) => [name, readFileSync(join(directory, name), 'utf8')]),
  );
  expect(a).toEqual(b);
  expect(a.filter(([name]) => name?.startsWith('epoch-'))).toHaveLength(1);
}
