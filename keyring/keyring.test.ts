import { randomBytes } from 'node:crypto';
import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createKeyring, orphanedKeys } from './create.ts';
import type { Keyring } from './keyring.ts';
import { loadOrCreateMasterKey, openMasterKeyFile } from './master-key.ts';

const clock = { now: () => new Date('2026-03-01T10:00:00Z') };
const masterKey = randomBytes(32);
let folder: string;
let dirs: readonly [string, string];
let opened: Keyring[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keyring-'));
  dirs = [join(folder, 'a'), join(folder, 'b')];
});
afterEach(async () => {
  for (const keyring of opened) await keyring.close();
  opened = [];
  rmSync(folder, { recursive: true });
});

async function open(key: Buffer = masterKey): Promise<Keyring> {
  const keyring = await createKeyring({ dirs, masterKey: key, clock });
  opened.push(keyring);
  return keyring;
}

const epochFiles = (directory: string): string[] =>
  readdirSync(directory).filter((name) => name.startsWith('epoch-'));
const onlyEpochFile = (directory: string): string => {
  const names = epochFiles(directory);
  expect(names).toHaveLength(1);
  return join(directory, names[0] ?? '');
};

test('a key that is asked for again while it is being written is not made twice', async () => {
  const keyring = await open();
  let written = false;
  const first = keyring.ensure('file', 'f1').finally(() => {
    written = true;
  });
  const asked = [first];
  while (!written) {
    asked.push(keyring.ensure('file', 'f1'));
    await setImmediate();
  }
  expect(asked.length).toBeGreaterThan(2);
  await first;
  const clear = await keyring.unwrap('file:f1');
  await Promise.all(asked);
  await keyring.ensure('file', 'later');
  expect(await keyring.unwrap('file:f1')).toEqual(clear);
});

test('keys survive a reopening, are made once, and stand in both replicas', async () => {
  const first = await open();
  const ids = await Promise.all([
    first.ensure('connection', 'c1'),
    first.ensure('connection', 'c1'),
    first.ensure('day', '2026-03-01'),
  ]);
  expect(ids).toEqual(['connection:c1', 'connection:c1', 'day:2026-03-01']);
  const clear = await first.unwrap('connection:c1');
  expect(clear).toHaveLength(32);
  await first.close();
  const second = await open();
  expect(await second.unwrap('connection:c1')).toEqual(clear);
  expect(second.list()).toHaveLength(2);
  expect(readFileSync(onlyEpochFile(dirs[0]))).toEqual(readFileSync(onlyEpochFile(dirs[1])));
  expect(statSync(onlyEpochFile(dirs[0])).mode & 0o777).toBe(0o600);
  expect(readFileSync(onlyEpochFile(dirs[0])).includes(clear)).toBe(false);
});

test('a sealed value opens only whole, in its own place, and while all its keys live', async () => {
  const keyring = await open();
  const connection = await keyring.ensure('connection', 'c1');
  const day = await keyring.ensure('day', '2026-03-01');
  const sealed = await keyring.seal([connection, day], 'landing/page-1', Buffer.from('rows'));
  expect(sealed.includes('rows')).toBe(false);
  expect(await keyring.unseal(sealed, 'landing/page-1')).toEqual(Buffer.from('rows'));
  await expect(keyring.unseal(sealed, 'landing/page-2')).rejects.toMatchObject({
    code: 'SEAL_BROKEN',
  });
  for (let bit = 0; bit < sealed.length * 8; bit += 1) {
    const flipped = Buffer.from(sealed);
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    // A flip in a key's id names a key that does not exist.
    await expect(keyring.unseal(flipped, 'landing/page-1')).rejects.toMatchObject({
      code: expect.stringMatching(/^(SEAL_BROKEN|KEY_GONE)$/),
    });
  }
  await keyring.destroy([day]);
  await expect(keyring.unseal(sealed, 'landing/page-1')).rejects.toMatchObject({
    code: 'KEY_GONE',
  });
  const own = await keyring.seal([connection], 'name', Buffer.from('x'));
  expect(await keyring.unseal(own, 'name')).toEqual(Buffer.from('x'));
});

test('a destroyed key is gone from both replicas, recorded, and never made again', async () => {
  const keyring = await open();
  const kept = await keyring.ensure('connection', 'kept');
  const gone = await keyring.ensure('connection', 'gone');
  const clear = await keyring.unwrap(kept);
  expect(readFileSync(onlyEpochFile(dirs[1]), 'utf8')).toContain('gone');
  const [destruction] = await keyring.destroy([gone, 'connection:unknown']);
  expect(destruction).toEqual({ keyId: gone, destroyedAt: clock.now(), replicas: 2 });
  expect(await keyring.destroy([gone])).toEqual([destruction]);
  for (const directory of dirs) {
    expect(readFileSync(onlyEpochFile(directory), 'utf8')).not.toContain('gone');
  }
  expect(keyring.has(gone)).toBe(false);
  expect(await keyring.unwrap(kept)).toEqual(clear);
  await expect(keyring.unwrap(gone)).rejects.toMatchObject({ code: 'KEY_GONE' });
  await expect(keyring.ensure('connection', 'gone')).rejects.toMatchObject({ code: 'KEY_GONE' });
  await keyring.close();
  const again = await open();
  expect(again.list().map((key) => key.keyId)).toEqual([kept]);
  await expect(again.ensure('connection', 'gone')).rejects.toMatchObject({ code: 'KEY_GONE' });
});

test.each([0, 1])(
  'an old copy of replica %i, put back after a destruction, opens nothing',
  async (old) => {
    const keyring = await open();
    await keyring.ensure('connection', 'gone');
    const copy = join(folder, 'copy');
    cpSync(dirs[old]!, copy, { recursive: true });
    await keyring.destroy(['connection:gone']);
    await keyring.ensure('connection', 'later');
    await keyring.close();
    rmSync(dirs[old]!, { recursive: true });
    cpSync(copy, dirs[old]!, { recursive: true });
    expect(readFileSync(onlyEpochFile(dirs[old]!), 'utf8')).toContain('gone');
    const again = await open();
    expect(again.list().map((key) => key.keyId)).toEqual(['connection:later']);
    await expect(again.unwrap('connection:gone')).rejects.toMatchObject({ code: 'KEY_GONE' });
    expect(readFileSync(onlyEpochFile(dirs[old]!), 'utf8')).not.toContain('gone');
  },
);

test('an old copy of both replicas opens nothing without an old master key', async () => {
  const file = join(folder, 'master-key');
  const openFile = async (): Promise<Keyring> => {
    const keyring = await createKeyring({
      dirs,
      clock,
      ...(await openMasterKeyFile(file, { create: true })),
    });
    opened.push(keyring);
    return keyring;
  };
  const keyring = await openFile();
  await keyring.ensure('connection', 'gone');
  await keyring.ensure('connection', 'kept');
  const oldMasterKey = await loadOrCreateMasterKey(file, { create: false });
  const copies = dirs.map((directory) => `${directory}-copy`);
  const putBack = (from: readonly string[], to: readonly string[]): void => {
    for (const [index, directory] of from.entries()) {
      rmSync(to[index]!, { recursive: true, force: true });
      cpSync(directory, to[index]!, { recursive: true });
    }
  };
  putBack(dirs, copies);
  await keyring.destroy(['connection:gone']);
  const clear = await keyring.unwrap('connection:kept');
  await keyring.close();
  // A backup of the master key leads forward: it opens what there is now, and nothing destroyed.
  const restored = await open(oldMasterKey);
  expect(await restored.unwrap('connection:kept')).toEqual(clear);
  expect(restored.has('connection:gone')).toBe(false);
  await restored.close();
  putBack(copies, dirs);
  await expect(openFile()).rejects.toMatchObject({ code: 'KEYRING_MASTER_KEY_WRONG' });
  // The copy itself is whole: with the old master key it would open, which is said, not hidden.
  expect((await open(oldMasterKey)).has('connection:gone')).toBe(true);
});

test('an empty replica is refused, except where nothing can be lost', async () => {
  const keyring = await open();
  await keyring.close();
  rmSync(dirs[1], { recursive: true });
  const again = await open();
  await again.ensure('connection', 'c1');
  await again.close();
  rmSync(dirs[1], { recursive: true });
  await expect(open()).rejects.toMatchObject({ code: 'KEYRING_REPLICA_MISSING' });
  // What the message advises.
  rmSync(dirs[1], { recursive: true });
  cpSync(dirs[0], dirs[1], { recursive: true });
  expect((await open()).has('connection:c1')).toBe(true);
});

test('a replica that misses lines or has a torn or damaged one is healed from the other', async () => {
  const keyring = await open();
  await keyring.ensure('connection', 'c1');
  await keyring.ensure('connection', 'c2');
  await keyring.close();
  const file = onlyEpochFile(dirs[0]);
  const whole = readFileSync(file);
  const damages: (() => void)[] = [
    () => truncateSync(file, whole.indexOf('\n', whole.indexOf('c1')) + 1),
    () => truncateSync(file, whole.length - 10),
    () => appendFileSync(file, '{"keyId":"connection:to'),
    () => writeFileSync(file, whole.toString().replace('connection:c1', 'connection:cX')),
    () => writeFileSync(file, whole.toString().replace(/"wrapped":"..../, '"wrapped":"AAAA')),
  ];
  for (const damage of damages) {
    damage();
    expect(readFileSync(file)).not.toEqual(whole);
    const again = await open();
    expect(again.list().map((key) => key.owner)).toEqual(['c1', 'c2']);
    await again.close();
    expect(readFileSync(file)).toEqual(whole);
  }
});

test('when no replica is whole, or both belong to different keyrings, nothing is opened', async () => {
  const keyring = await open();
  await keyring.ensure('connection', 'c1');
  await keyring.ensure('connection', 'c2');
  await keyring.close();
  const wholes = dirs.map((directory) => readFileSync(onlyEpochFile(directory), 'utf8'));
  for (const directory of dirs) {
    writeFileSync(onlyEpochFile(directory), wholes[0]!.replace('connection:c1', 'connection:cX'));
  }
  await expect(open()).rejects.toMatchObject({ code: 'KEYRING_DAMAGED' });
  writeFileSync(onlyEpochFile(dirs[0]), wholes[0]!);
  const other = await createKeyring({
    dirs: [join(folder, 'c'), join(folder, 'd')],
    masterKey,
    clock,
  });
  await other.close();
  cpSync(onlyEpochFile(join(folder, 'c')), onlyEpochFile(dirs[1]));
  await expect(open()).rejects.toMatchObject({ code: 'KEYRING_DAMAGED' });
});

test('a wrong master key, a second owner and one folder twice are refused', async () => {
  const keyring = await open();
  await keyring.ensure('cookie', 'v1');
  await expect(open()).rejects.toMatchObject({ code: 'KEYRING_LOCKED' });
  await keyring.close();
  await expect(open(randomBytes(32))).rejects.toMatchObject({ code: 'KEYRING_MASTER_KEY_WRONG' });
  await expect(createKeyring({ dirs: [dirs[0], dirs[0]], masterKey, clock })).rejects.toMatchObject(
    { code: 'CONFIGURATION_INVALID' },
  );
  expect((await open()).has('cookie:v1')).toBe(true);
});

test('a key without a row is found after its hour', async () => {
  const keyring = await open();
  await keyring.ensure('connection', 'with-row');
  await keyring.ensure('connection', 'without-row');
  await keyring.ensure('day', '2026-03-01');
  const input = { purpose: 'connection', owners: new Set(['with-row']) } as const;
  const createdBefore = new Date(clock.now().getTime() + 1);
  expect(orphanedKeys(keyring, { ...input, createdBefore })).toEqual(['connection:without-row']);
  expect(orphanedKeys(keyring, { ...input, createdBefore: clock.now() })).toEqual([]);
});

test('the master key file is made once, whole, and refused when others can read it', async () => {
  const file = join(folder, 'keys', 'master');
  await expect(loadOrCreateMasterKey(file, { create: false })).rejects.toMatchObject({
    code: 'CONFIGURATION_INVALID',
  });
  const keys = await Promise.all([
    loadOrCreateMasterKey(file, { create: true }),
    loadOrCreateMasterKey(file, { create: true }),
  ]);
  expect(keys[0]).toEqual(keys[1]);
  expect(readdirSync(join(folder, 'keys'))).toEqual(['master']);
  writeFileSync(file, 'not a key');
  await expect(loadOrCreateMasterKey(file, { create: true })).rejects.toThrow('64 hexadecimal');
  rmSync(file);
  writeFileSync(file, `${'ab'.repeat(32)}\n`, { mode: 0o644 });
  await expect(loadOrCreateMasterKey(file, { create: false })).rejects.toThrow('chmod 600');
});
