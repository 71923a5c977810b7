/**
 * The keyring's two replicas as one store. The rule that no destroyed key comes back: only the newest epoch counts,
 * and each destruction begins a new one; within an epoch lines are only added; what the journal marks is gone whatever
 * the files say.
 */
import { randomBytes } from 'node:crypto';
import type { Clock } from '../policy/clock.ts';
import { HubError } from '../policy/errors.ts';
import {
  epochText,
  headerLine,
  type KeyRecord,
  keyringDamaged,
  readEpoch,
  recordLine,
  unwrapRecord,
  wrapRecord,
} from './epoch-file.ts';
import { type Destroyed, destroyedKeys, type JournalLine, journalText } from './journal.ts';
import { readStore, type StoreState } from './read-store.ts';
import type { Replica } from './replica.ts';
import { keyBytes, nextMasterKey } from './sealing.ts';

export type ReplaceMasterKey = (next: Buffer) => Promise<void>;

export interface KeyStoreOptions {
  readonly replicas: readonly Replica[];
  readonly masterKey: Buffer;
  readonly replaceMasterKey: ReplaceMasterKey | undefined;
  readonly clock: Clock;
}

export class KeyStore {
  readonly #replicas: readonly Replica[];
  readonly #replaceMasterKey: ReplaceMasterKey | undefined;
  readonly #clock: Clock;
  #state: StoreState;
  #destroyed: Map<string, Destroyed>;
  /** An append failed half-way: the files are rewritten before anything else happens. */
  #stale = false;
  /** The highest epoch number that any file may carry; a failed rotation's number is not used again. */
  #epochTried: number;

  private constructor(options: KeyStoreOptions, state: StoreState) {
    this.#replicas = options.replicas;
    this.#replaceMasterKey = options.replaceMasterKey;
    this.#clock = options.clock;
    this.#state = state;
    this.#destroyed = destroyedKeys(state.journal);
    this.#epochTried = state.epoch;
  }

  /** Compares both replicas, heals the one that is behind, and finishes a destruction that was under way. */
  static async open(options: KeyStoreOptions): Promise<KeyStore> {
    const { replicas, masterKey, replaceMasterKey } = options;
    for (const replica of replicas) await replica.prepare();
    const state = (await readStore(replicas, masterKey)) ?? firstState(masterKey);
    const store = new KeyStore(options, state);
    if (!state.masterKey.equals(masterKey)) await replaceMasterKey?.(state.masterKey);
    let marked = false;
    for (const id of store.#destroyed.keys()) marked = state.records.delete(id) || marked;
    await store.#writeState();
    if (marked || store.#unfinished()) await store.#rotate();
    return store;
  }

  get epoch(): number {
    return this.#state.epoch;
  }

  get records(): ReadonlyMap<string, KeyRecord> {
    return this.#state.records;
  }

  /** Keys that were marked; `destroyedAt` is null until their absence is verified. */
  get destroyed(): ReadonlyMap<string, Readonly<Destroyed>> {
    return this.#destroyed;
  }

  /** A copy in clear. */
  unwrap(record: KeyRecord): Buffer {
    const key = unwrapRecord(this.#state.epochKey, record);
    if (key === undefined) throw keyringDamaged('A key in memory does not open.');
    return key;
  }

  /** Creates keys, durable in both replicas before it resolves. */
  async add(keys: readonly Omit<KeyRecord, 'wrapped'>[]): Promise<void> {
    await this.#finishEarlierWork();
    const records = keys.map((key) => {
      const clear = randomBytes(keyBytes);
      const record = wrapRecord(this.#state.epochKey, key, clear);
      clear.fill(0);
      return record;
    });
    const text = records.map(recordLine).join('');
    this.#stale = true;
    await this.#everywhere((replica) => replica.appendEpoch(this.#state.epoch, text));
    this.#stale = false;
    for (const record of records) this.#state.records.set(record.keyId, record);
  }

  /** From here on these keys are gone: at once in memory, and for every later opening of the store. */
  async mark(keyIds: readonly string[]): Promise<void> {
    const at = this.#clock.now().toISOString();
    await this.#writeJournal({ mark: keyIds, epoch: this.#epochTried + 1, at });
    for (const id of keyIds) {
      this.#state.records.delete(id);
      this.#destroyed.set(id, { destroyedAt: null });
    }
  }

  /** Finishes whatever a failure (a full disk, say) left half done. */
  async #finishEarlierWork(): Promise<void> {
    if (this.#unfinished() || this.#epochTried > this.#state.epoch) await this.#rotate();
    if (this.#stale) {
      await this.#writeState();
      this.#stale = false;
    }
  }

  /** Resolves when every marked key is verified to be absent from both replicas. */
  async finishDestruction(): Promise<void> {
    if (this.#unfinished()) await this.#rotate();
  }

  #unfinished(): boolean {
    return [...this.#destroyed.values()].some((entry) => entry.destroyedAt === null);
  }

  /** Survivors under a new epoch key, in both replicas; the old files overwritten; both read back. */
  async #rotate(): Promise<void> {
    this.#epochTried += 1;
    const epoch = this.#epochTried;
    const epochKey = randomBytes(keyBytes);
    const records = new Map<string, KeyRecord>();
    for (const [id, record] of this.#state.records) {
      const clear = this.unwrap(record);
      records.set(id, wrapRecord(epochKey, record, clear));
      clear.fill(0);
    }
    const { journal } = this.#state;
    const replace = this.#replaceMasterKey;
    const masterKey = replace ? nextMasterKey(this.#state.masterKey) : this.#state.masterKey;
    const header = headerLine(epoch, epochKey, masterKey);
    const text = epochText(header, records.values());
    await this.#everywhere((replica) => replica.replaceEpoch(epoch, text));
    // Only now: the key that is being replaced leads to the new one, the new one does not lead back.
    await replace?.(masterKey).catch(unwritable);
    this.#state.epochKey.fill(0);
    this.#state = { epoch, epochKey, header, records, masterKey, journal };
    this.#stale = false;
    await this.#everywhere((replica) => replica.keepOnly(epoch));
    await this.#everywhere((replica) => this.#verify(replica));
    await this.#writeJournal({ done: epoch, at: this.#clock.now().toISOString() });
    this.#destroyed = destroyedKeys(this.#state.journal);
  }

  async #verify(replica: Replica): Promise<void> {
    const { epoch, records, masterKey } = this.#state;
    const epochs = await replica.epochs();
    const reading = readEpoch(epoch, await replica.readEpoch(epoch), masterKey);
    const found = reading.records;
    const exact = found.size === records.size && [...found.keys()].every((id) => records.has(id));
    const clean = !reading.torn && reading.damaged === 0;
    reading.epochKey?.fill(0);
    if (epochs.length !== 1 || !exact || !clean) {
      throw keyringDamaged(`${replica.directory} does not read back as it was written.`);
    }
  }

  async #writeJournal(line: JournalLine): Promise<void> {
    const journal = [...this.#state.journal, line];
    await this.#everywhere((replica) => replica.replaceJournal(journalText(journal)));
    this.#state.journal = journal;
  }

  async #writeState(): Promise<void> {
    const { epoch, header, records, journal } = this.#state;
    const epochWanted = epochText(header, records.values());
    const journalWanted = journalText(journal);
    await this.#everywhere(async (replica) => {
      if ((await replica.readJournal()) !== journalWanted) {
        await replica.replaceJournal(journalWanted);
      }
      if ((await replica.readEpoch(epoch)) !== epochWanted) {
        await replica.replaceEpoch(epoch, epochWanted);
      }
      await replica.keepOnly(epoch);
    });
  }

  async #everywhere(work: (replica: Replica) => Promise<void>): Promise<void> {
    const results = await Promise.allSettled(this.#replicas.map(work));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed === undefined) return;
    if (failed.reason instanceof HubError) throw failed.reason;
    unwritable(failed.reason);
  }

  close(): void {
    this.#state.epochKey.fill(0);
    this.#state.records.clear();
  }
}

function unwritable(cause: unknown): never {
  throw new HubError(
    'KEYRING_UNWRITABLE',
    'A replica of the keyring, or its master key, cannot be written. Free its disk or mend its permissions; it is tried again.',
    { cause },
  );
}

function firstState(masterKey: Buffer): StoreState {
  const epochKey = randomBytes(keyBytes);
  const header = headerLine(1, epochKey, masterKey);
  return { epoch: 1, epochKey, header, records: new Map(), masterKey, journal: [] };
}
