/** The master key in a file: 32 random bytes as hex, readable by its owner only. */
import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { HubError } from '../policy/errors.ts';
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

/** Whole or not at all: a key file that a crash left empty would lock its owner out. */
async function createMasterKey(file: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const temporary = `${file}.${randomBytes(6).toString('hex')}`;
  const handle = await open(temporary, 'wx', 0o600);
  try {
    await handle.writeFile(`${randomBytes(keyBytes).toString('hex')}\n`);
    await handle.sync();
    await link(temporary, file);
    const folder = await open(dirname(file), 'r');
    await folder.sync().finally(() => folder.close());
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await handle.close();
    await unlink(temporary);
  }
}

const invalid = (message: string): HubError => new HubError('CONFIGURATION_INVALID', message);
