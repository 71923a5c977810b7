/** The files of one replica. Every write is durable before it resolves, and replaces files as a whole or appends. */
import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';

const epochFile = (epoch: number): string => `epoch-${String(epoch).padStart(8, '0')}`;
const epochPattern = /^epoch-(\d{8})$/;
const journalFile = 'journal';

/** Makes a rename or an unlink durable. */
export async function syncFolder(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

export class Replica {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  async prepare(): Promise<void> {
    await mkdir(this.directory, { recursive: true, mode: 0o700 });
  }

  async #files(): Promise<string[]> {
    return (await readdir(this.directory)).filter((name) => !name.startsWith('lock'));
  }

  async epochs(): Promise<number[]> {
    return (await this.#files())
      .flatMap((name) => epochPattern.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => b - a);
  }

  readEpoch = (epoch: number): Promise<string> => readText(join(this.directory, epochFile(epoch)));

  readJournal = (): Promise<string> => readText(join(this.directory, journalFile));

  appendEpoch = (epoch: number, text: string): Promise<void> =>
    this.#append(epochFile(epoch), text);

  appendJournal = (text: string): Promise<void> => this.#append(journalFile, text);

  replaceEpoch = (epoch: number, text: string): Promise<void> =>
    this.#replace(epochFile(epoch), text);

  replaceJournal = (text: string): Promise<void> => this.#replace(journalFile, text);

  /** Overwrites and unlinks every file but those of this epoch. Resolves when the folder holds nothing else. */
  async keepOnly(epoch: number): Promise<void> {
    const kept = new Set([epochFile(epoch), journalFile]);
    for (const name of await this.#files()) if (!kept.has(name)) await this.#shred(name);
    await syncFolder(this.directory);
    const left = (await this.#files()).filter((name) => !kept.has(name));
    if (left.length > 0) throw new Error(`${this.directory} still holds ${left.length} old files.`);
  }

  async #append(name: string, text: string): Promise<void> {
    const handle = await open(join(this.directory, name), 'a', 0o600);
    try {
      await handle.appendFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
  }

  async #replace(name: string, text: string): Promise<void> {
    const temporary = join(this.directory, `${name}.new`);
    const handle = await open(temporary, 'w', 0o600);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, join(this.directory, name));
    await syncFolder(this.directory);
  }

  async #shred(name: string): Promise<void> {
    const path = join(this.directory, name);
    const handle = await open(path, 'r+');
    try {
      const { size } = await handle.stat();
      await handle.write(randomBytes(size), 0, size, 0);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await unlink(path);
  }
}
