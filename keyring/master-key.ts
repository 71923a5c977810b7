/** The master key in a file: 32 random bytes as hex, readable by its owner only. */
import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, realpath, rename, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { HubError } from '../policy/errors.ts';
import { syncFolder } from './replica.ts';
import { keyBytes } from './sealing.ts';

/** Reads the key; `create` makes one where there is none (demo folders). Throws `CONFIGURATION_INVALID`. */
export async function loadOrCreateMasterKey(
  file: string,
  options: { create: boolean },
): Promise<Buffer> {
  if (options.create) await createMasterKey(file);
  let text: string;
  try {
    const { mode } = await stat(file);
    if ((mode & 0o077) !== 0)
      throw invalid(`${file} can be read by others. Run: chmod 600 ${file}`);
    text = (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw invalid(
      `There is no master key at ${file}. Put it there, or make one: openssl rand -hex 32`,
    );
  }
  if (!/^[0-9a-f]{64}$/i.test(text)) {
    throw invalid(`${file} is not a master key: it must hold 64 hexadecimal digits.`);
  }
  return Buffer.from(text, 'hex');
}

/** What `createKeyring` needs of a master key in a file; no `replaceMasterKey` where the file cannot be replaced. */
export async function openMasterKeyFile(
  file: string,
  options: { create: boolean },
): Promise<{ masterKey: Buffer; replaceMasterKey?: (next: Buffer) => Promise<void> }> {
  const masterKey = await loadOrCreateMasterKey(file, options);
  const replaceMasterKey = (next: Buffer): Promise<void> => replaceFile(file, next);
  try {
    // Mounted secrets are read-only or cannot be renamed over; only doing it tells.
    await replaceMasterKey(masterKey);
    return { masterKey, replaceMasterKey };
  } catch {
    return { masterKey };
  }
}

/** The old key's bytes are overwritten once the new one is durable, unless another name (a backup) shares them. */
async function replaceFile(named: string, key: Buffer): Promise<void> {
  const file = await realpath(named);
  const temporary = `${file}.new`;
  const old = await open(file, 'r+');
  try {
    await writeKey(temporary, key, 'w');
    await rename(temporary, file);
    await syncFolder(dirname(file));
    const { nlink, size } = await old.stat();
    if (nlink > 0) return;
    await old.write(randomBytes(size), 0, size, 0);
    await old.sync();
  } finally {
    await old.close();
  }
}

async function writeKey(path: string, key: Buffer, flag: 'w' | 'wx'): Promise<void> {
  const handle = await open(path, flag, 0o600);
  try {
    await handle.writeFile(`${key.toString('hex')}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Whole or not at all: a key file that a crash left empty would lock its owner out. */
async function createMasterKey(file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.${randomBytes(6).toString('hex')}`;
  await writeKey(temporary, randomBytes(keyBytes), 'wx');
  try {
    await link(temporary, file);
    await syncFolder(dirname(file));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await unlink(temporary);
  }
}

const invalid = (message: string): HubError => new HubError('CONFIGURATION_INVALID', message);
