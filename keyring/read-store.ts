/** Both replicas compared, without changing anything: what the store holds, or why it must not be opened. */
import { HubError } from '../policy/errors.ts';
import {
  type EpochReading,
  type KeyRecord,
  keyringDamaged,
  openHeader,
  readEpoch,
} from './epoch-file.ts';
import { type JournalLine, mergeJournals, readJournal } from './journal.ts';
import type { Replica } from './replica.ts';
import { nextMasterKey } from './sealing.ts';

export interface StoreState {
  readonly epoch: number;
  readonly epochKey: Buffer;
  readonly header: string;
  readonly records: Map<string, KeyRecord>;
  /** The one that wraps this epoch: the given one, or one that follows it. */
  readonly masterKey: Buffer;
  journal: JournalLine[];
}

interface ReplicaReading {
  readonly directory: string;
  /** The newest epoch it has; undefined for an empty folder. */
  readonly epoch: number | undefined;
  readonly text: string;
  readonly journal: JournalLine[] | undefined;
}

/** Returns undefined when there is nothing in any replica: the first start. */
export async function readStore(
  replicas: readonly Replica[],
  givenKey: Buffer,
): Promise<StoreState | undefined> {
  const readings = await Promise.all(replicas.map(readReplica));
  const journal = joinJournals(readings);
  const epoch = Math.max(...readings.map((reading) => reading.epoch ?? 0));
  if (epoch === 0) {
    if (journal.length > 0) throw keyringDamaged('The keyring has a journal and no keys.');
    return undefined;
  }
  const texts = readings.flatMap((reading) => (reading.epoch === epoch ? [reading.text] : []));
  const masterKey = findMasterKey(epoch, texts, givenKey);
  const holders = texts.map((text) => readEpoch(epoch, text, masterKey));
  const state = { ...joinEpochs(epoch, holders), masterKey, journal };
  const untouched = epoch === 1 && state.records.size === 0 && journal.length === 0;
  const missing = readings.find((reading) => reading.epoch === undefined);
  // A first start that was interrupted leaves one replica empty: nothing can be lost then.
  if (missing !== undefined && !untouched) throw replicaMissing(missing.directory);
  return state;
}

async function readReplica(replica: Replica): Promise<ReplicaReading> {
  const [epoch] = await replica.epochs();
  return {
    directory: replica.directory,
    epoch,
    text: epoch === undefined ? '' : await replica.readEpoch(epoch),
    journal: readJournal(await replica.readJournal()),
  };
}

/** The given key may be a backup, or one step behind after a crash. Each epoch takes one step at most. */
function findMasterKey(epoch: number, texts: readonly string[], givenKey: Buffer): Buffer {
  const headers = texts.map((text) => text.slice(0, text.indexOf('\n')));
  let masterKey = givenKey;
  for (let step = 0; step <= epoch; step += 1) {
    for (const header of headers) {
      const epochKey = openHeader(epoch, header, masterKey);
      epochKey?.fill(0);
      if (epochKey !== undefined) return masterKey;
    }
    masterKey = nextMasterKey(masterKey);
  }
  throw new HubError(
    'KEYRING_MASTER_KEY_WRONG',
    'The master key does not open this keyring. Give the key that it was made with; an old copy of a keyring does not open with a newer key.',
  );
}

function joinJournals(readings: readonly ReplicaReading[]): JournalLine[] {
  const readable = readings.flatMap((reading) =>
    reading.journal === undefined ? [] : [reading.journal],
  );
  if (readable.length === 0) throw keyringDamaged('The journal is damaged in both replicas.');
  return mergeJournals(...readable);
}

/** What was acknowledged is in every holder, so one whole file is enough to mend the other. */
function joinEpochs(
  epoch: number,
  holders: readonly EpochReading[],
): Omit<StoreState, 'journal' | 'masterKey'> {
  const opened = holders.flatMap((reading) =>
    reading.epochKey === undefined ? [] : [{ ...reading, epochKey: reading.epochKey }],
  );
  const [first] = opened;
  if (first === undefined) throw keyringDamaged('The keyring cannot be read.');
  if (opened.some((reading) => !reading.epochKey.equals(first.epochKey))) {
    throw keyringDamaged('The two replicas belong to different keyrings.');
  }
  if (opened.every((reading) => reading.damaged > 0)) {
    throw keyringDamaged('No replica of the keyring can be read whole.');
  }
  const records = new Map<string, KeyRecord>();
  // The whole one first: its order stays.
  for (const reading of opened.toSorted((a, b) => a.damaged - b.damaged)) {
    for (const [id, record] of reading.records) if (!records.has(id)) records.set(id, record);
  }
  return { epoch, epochKey: first.epochKey, header: first.header, records };
}

const replicaMissing = (directory: string): HubError =>
  new HubError(
    'KEYRING_REPLICA_MISSING',
    `The keyring's replica ${directory} is empty. Mount its disk again; if it is lost, copy the other replica's folder there while the hub is stopped.`,
  );
