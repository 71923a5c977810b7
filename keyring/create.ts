/** The keyring over two folders (design §6). Its own process owns both until it closes or ends. */
import { mkdirSync, realpathSync } from 'node:fs';
import type { Clock } from '../policy/clock.ts';
import { HubError } from '../policy/errors.ts';
import { KeyStore, type ReplaceMasterKey } from './key-store.ts';
import { type KeyDestruction, type KeyPurpose, type Keyring, keyId } from './keyring.ts';
import { type DirectoryLock, lockDirectory } from './lock.ts';
import { Replica } from './replica.ts';
import {
  decrypt,
  deriveSealingKey,
  encrypt,
  parseSealed,
  sealAdditional,
  sealBroken,
  sealHeader,
} from './sealing.ts';

export interface KeyringOptions {
  /** Two registered replicas, on different disks where there are two. */
  readonly dirs: readonly [string, string];
  readonly masterKey: Buffer;
  /**
   * Keeps the master key that follows a destruction, durably. With it an old copy of both replicas opens nothing
   * without an old master key; without it (a key that cannot be written) such a copy stays readable.
   */
  readonly replaceMasterKey?: ReplaceMasterKey | undefined;
  readonly clock: Clock;
}

/** Sealing keys kept in memory; a whole set is dropped when it is full. */
const sealingKeysMax = 10_000;
const ownerPattern = /^[A-Za-z0-9._-]{1,128}$/;

export async function createKeyring(options: KeyringOptions): Promise<Keyring> {
  const directories = options.dirs.map((directory) => {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    return realpathSync(directory);
  });
  if (new Set(directories).size !== 2) {
    throw new HubError(
      'CONFIGURATION_INVALID',
      'The two replicas of the keyring are one folder. Name two (HUB_KEYRING_DIRS).',
    );
  }
  const locks: DirectoryLock[] = [];
  const unlock = (): void => {
    for (const lock of locks) lock.release();
  };
  try {
    for (const directory of directories.toSorted()) locks.push(lockDirectory(directory));
    const replicas = directories.map((directory) => new Replica(directory));
    const { replaceMasterKey, clock } = options;
    const masterKey = Buffer.from(options.masterKey);
    const store = await KeyStore.open({ replicas, masterKey, replaceMasterKey, clock });
    return new FileKeyring(store, options.clock, directories.length, unlock);
  } catch (error) {
    unlock();
    throw error;
  }
}

interface NewKey {
  readonly keyId: string;
  readonly purpose: KeyPurpose;
  readonly owner: string;
  readonly created: PromiseWithResolvers<string>;
}

class FileKeyring implements Keyring {
  readonly #store: KeyStore;
  readonly #clock: Clock;
  readonly #replicas: number;
  readonly #unlock: () => void;
  readonly #sealingKeys = new Map<string, { ids: readonly string[]; key: Buffer }>();
  /** Asked for and not yet durable. A second key under the same id would replace one that is in use already. */
  readonly #wanted = new Map<string, NewKey>();
  /** Those of them that no write has taken up. */
  #waiting: NewKey[] = [];
  /** Changes of the store run one after another. */
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(store: KeyStore, clock: Clock, replicas: number, unlock: () => void) {
    this.#store = store;
    this.#clock = clock;
    this.#replicas = replicas;
    this.#unlock = unlock;
  }

  async ensure(purpose: KeyPurpose, owner: string): Promise<string> {
    this.#assertOpen();
    if (!ownerPattern.test(owner)) throw new TypeError('A key owner is a random id or a date.');
    const id = keyId(purpose, owner);
    if (this.#store.records.has(id)) return id;
    // A late caller must not bring a destroyed owner back to life.
    if (this.#store.destroyed.has(id)) throw keyGone(id);
    let wanted = this.#wanted.get(id);
    if (wanted === undefined) {
      wanted = { keyId: id, purpose, owner, created: Promise.withResolvers<string>() };
      this.#wanted.set(id, wanted);
      if (this.#waiting.push(wanted) === 1) void this.#serialise(() => this.#createWaiting());
    }
    return wanted.created.promise;
  }

  /** All keys that were asked for meanwhile, with one write and one sync a replica. */
  async #createWaiting(): Promise<void> {
    const batch = this.#waiting;
    this.#waiting = [];
    const createdAt = this.#clock.now().toISOString();
    try {
      await this.#store.add(
        batch.map(({ keyId, purpose, owner }) => ({ keyId, purpose, owner, createdAt })),
      );
      for (const { created, keyId } of batch) created.resolve(keyId);
    } catch (error) {
      for (const { created } of batch) created.reject(error);
    } finally {
      for (const { keyId } of batch) this.#wanted.delete(keyId);
    }
  }

  async unwrap(id: string): Promise<Buffer> {
    return this.#unwrap(id);
  }

  async seal(
    keyIds: readonly [string] | readonly [string, string],
    context: string,
    clear: Uint8Array,
  ): Promise<Buffer> {
    const header = sealHeader(keyIds);
    const key = this.#sealingKey(keyIds);
    return encrypt(key, sealAdditional(header, context), clear, header);
  }

  async unseal(sealed: Uint8Array, context: string): Promise<Buffer> {
    const { keyIds, header, body } = parseSealed(sealed);
    const clear = decrypt(this.#sealingKey(keyIds), sealAdditional(header, context), body);
    if (clear === undefined) throw sealBroken();
    return clear;
  }

  async destroy(keyIds: readonly string[]): Promise<readonly KeyDestruction[]> {
    this.#assertOpen();
    return this.#serialise(async () => {
      const present = [...new Set(keyIds)].filter((id) => this.#store.records.has(id));
      if (present.length > 0) await this.#store.mark(present);
      this.#forget(new Set(keyIds));
      await this.#store.finishDestruction();
      return [...new Set(keyIds)].flatMap((id) => {
        const destroyedAt = this.#store.destroyed.get(id)?.destroyedAt;
        return destroyedAt ? [{ keyId: id, destroyedAt, replicas: this.#replicas }] : [];
      });
    });
  }

  has(id: string): boolean {
    return this.#store.records.has(id);
  }

  list(): readonly { keyId: string; purpose: KeyPurpose; owner: string; createdAt: Date }[] {
    return [...this.#store.records.values()].map(({ keyId, purpose, owner, createdAt }) => ({
      keyId,
      purpose,
      owner,
      createdAt: new Date(createdAt),
    }));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#last;
    for (const { key } of this.#sealingKeys.values()) key.fill(0);
    this.#sealingKeys.clear();
    this.#store.close();
    this.#unlock();
  }

  #sealingKey(keyIds: readonly string[]): Buffer {
    const name = keyIds.join('\n');
    const cached = this.#sealingKeys.get(name);
    if (cached !== undefined) return cached.key;
    const keys = keyIds.map((id) => this.#unwrap(id));
    const key = deriveSealingKey(keys, keyIds);
    for (const clear of keys) clear.fill(0);
    if (this.#sealingKeys.size >= sealingKeysMax) this.#forget();
    this.#sealingKeys.set(name, { ids: keyIds, key });
    return key;
  }

  #unwrap(id: string): Buffer {
    this.#assertOpen();
    const record = this.#store.records.get(id);
    if (record === undefined) throw keyGone(id);
    return this.#store.unwrap(record);
  }

  #forget(destroyed?: ReadonlySet<string>): void {
    for (const [name, { ids, key }] of this.#sealingKeys) {
      if (destroyed !== undefined && !ids.some((id) => destroyed.has(id))) continue;
      key.fill(0);
      this.#sealingKeys.delete(name);
    }
  }

  #serialise<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** A closed keyring must not look like one whose keys were destroyed. */
  #assertOpen(): void {
    if (this.#closed) throw new Error('The keyring is closed.');
  }
}

const keyGone = (id: string): HubError =>
  new HubError('KEY_GONE', 'This key was destroyed or never existed: what it sealed is gone.', {
    details: { keyId: id },
  });

/** Keys that were made and whose row never came ("key before row"), to be destroyed after an hour. */
export function orphanedKeys(
  keyring: Pick<Keyring, 'list'>,
  input: {
    purpose: KeyPurpose;
    createdBefore: Date;
    /** Owners that a row names. Read it after `list()` could have seen the key: pass a fresh set. */
    owners: ReadonlySet<string>;
  },
): string[] {
  return keyring
    .list()
    .filter((key) => key.purpose === input.purpose && key.createdAt < input.createdBefore)
    .filter((key) => !input.owners.has(key.owner))
    .map((key) => key.keyId);
}
