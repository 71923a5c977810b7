/**
 * Which people file of a connection counts: names carry a generation, and the highest whose file is there
 * is the one. A file gets its name when it is whole, so a kill leaves the old one or the new one; what
 * else is left is removed at the next start, its key first.
 */
import { readdirSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type KeyDestruction, type Keyring, keyId } from '../../keyring/keyring.ts';
import { HubError } from '../../policy/errors.ts';
import type { FileNaming } from '../files.ts';

interface Named {
  readonly connectionId: string;
  readonly generation: number;
}

const ofKey = /^([A-Za-z0-9_-]+)\.people\.(\d{1,9})$/;
const ofFile = /^([A-Za-z0-9_-]+)\.people\.(\d{1,9})\.duckdb(\.new)?(\.wal)?$/;

const nameOf = ({ connectionId, generation }: Named): string =>
  `${connectionId}.people.${generation}`;

export class Generations {
  readonly #folder: string;
  readonly #keyring: Keyring;
  readonly #current = new Map<string, number>();
  readonly naming: FileNaming = {
    kind: 'people',
    nameOf: (connectionId) => nameOf({ connectionId, generation: this.currentOf(connectionId) }),
  };

  constructor(folder: string, keyring: Keyring) {
    this.#folder = folder;
    this.#keyring = keyring;
  }

  currentOf(connectionId: string): number {
    return this.#current.get(connectionId) ?? 1;
  }

  get connectionIds(): string[] {
    return [...this.#current.keys()];
  }

  pathOf(connectionId: string, generation: number): string {
    return join(this.#folder, `${nameOf({ connectionId, generation })}.duckdb`);
  }

  /** Nothing of the folder is open yet. */
  async recover(): Promise<void> {
    for (const { connectionId, generation, isNew, isLog } of this.#files()) {
      const id = keyId('file', nameOf({ connectionId, generation }));
      if (isNew || isLog || !this.#keyring.has(id)) continue;
      const known = this.#current.get(connectionId) ?? 0;
      this.#current.set(connectionId, Math.max(known, generation));
    }
    for (const connectionId of new Set([...this.#files(), ...this.#keys()].map(idOf))) {
      await this.forgetOthers(connectionId);
    }
  }

  /** A key that no file has yet; destroyed ones never come back, so the next number is taken then. */
  async begin(connectionId: string): Promise<number> {
    for (let generation = this.currentOf(connectionId) + 1; ; generation++) {
      try {
        await this.#keyring.ensure('file', nameOf({ connectionId, generation }));
        return generation;
      } catch (error) {
        if (!(error instanceof HubError && error.code === 'KEY_GONE')) throw error;
      }
    }
  }

  /** From now on this one counts. Its first file of all: one that was forgotten comes back under another number. */
  set(connectionId: string, generation: number): void {
    this.#current.set(connectionId, generation);
  }

  /** Destroys the keys of all generations but the current one, then unlinks their files. */
  async forgetOthers(connectionId: string): Promise<readonly KeyDestruction[]> {
    return this.#forget(connectionId, this.#current.get(connectionId));
  }

  /** Every generation. */
  async forgetAll(connectionId: string): Promise<readonly KeyDestruction[]> {
    const destroyed = await this.#forget(connectionId, undefined);
    this.#current.delete(connectionId);
    return destroyed;
  }

  async #forget(
    connectionId: string,
    kept: number | undefined,
  ): Promise<readonly KeyDestruction[]> {
    const isOther = (one: Named): boolean =>
      one.connectionId === connectionId && one.generation !== kept;
    const keys = this.#keys().filter(isOther);
    const destroyed =
      keys.length === 0
        ? []
        : await this.#keyring.destroy(keys.map((one) => keyId('file', nameOf(one))));
    const files = this.#files().filter(
      (one) => isOther(one) || (one.connectionId === connectionId && one.isNew),
    );
    for (const { file } of files) await rm(join(this.#folder, file), { force: true });
    if (files.length > 0) await syncFolder(this.#folder);
    return destroyed;
  }

  #keys(): Named[] {
    return this.#keyring.list().flatMap(({ purpose, owner }) => {
      const match = purpose === 'file' ? ofKey.exec(owner) : null;
      return match === null ? [] : [{ connectionId: match[1]!, generation: Number(match[2]) }];
    });
  }

  #files(): (Named & { file: string; isNew: boolean; isLog: boolean })[] {
    return namesIn(this.#folder).flatMap((file) => {
      const match = ofFile.exec(file);
      if (match === null) return [];
      const [, connectionId, generation, fresh, log] = match;
      return [
        {
          connectionId: connectionId!,
          generation: Number(generation),
          file,
          isNew: fresh !== undefined,
          isLog: log !== undefined,
        },
      ];
    });
  }
}

const idOf = ({ connectionId }: Named): string => connectionId;

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** What was renamed or unlinked in it stays so after a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  await handle.sync();
  await handle.close();
}
