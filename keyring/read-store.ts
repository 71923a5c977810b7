/** Both replicas compared, without changing anything: what the store holds, or why it must not be opened. */
import { HubError } from '../policy/errors.ts';
import { type EpochReading, type KeyRecord, keyringDamaged, readEpoch } from './epoch-file.ts';
import { type JournalLine, mergeJournals, readJournal } from './journal.ts';
import type { Replica } from './replica.ts';

export interface StoreState {
  readonly epoch: number;
  readonly epochKey: Buffer;
  readonly header: string;
  readonly records: Map<string, KeyRecord>;
  journal: JournalLine[];
}

interface ReplicaReading {
  readonly directory: string;
  /** The newest epoch it has; undefined for an empty folder. */
  readonly newest: EpochReading | undefined;
  readonly journal: JournalLine[] | undefined;
}

/** Returns undefined when there is nothing in any replica: the first start. */
export async function readStore(
  replicas: readonly Replica[],
  masterKey: Buffer,
): Promise<StoreState | undefined> {
  const readings = await Promise.all(replicas.map((replica) => readReplica(replica, masterKey)));
  const newest = readings.flatMap((reading) => reading.newest ?? []);
  const journal = joinJournals(readings);
  if (newest.length === 0) {
    if (journal.length > 0) throw keyringDamaged('The keyring has a journal and no keys.');
    return undefined;
  }
  const epoch = Math.max(...newest.map((reading) => reading.epoch));
  const holders = newest.filter((reading) => reading.epoch === epoch);
  const state = { ...joinEpochs(epoch, holders), journal };
  const untouched = epoch === 1 && state.records.size === 0 && journal.length === 0;
  const missing = readings.find((reading) => reading.newest === undefined);
  // A first start that was interrupted leaves one replica empty: nothing can be lost then.
  if (missing !== undefined && !untouched) throw replicaMissing(missing.directory);
  return state;
}

async function readReplica(replica: Replica, masterKey: Buffer): Promise<ReplicaReading> {
  const [epoch] = await replica.epochs();
  const newest =
    epoch === undefined ? undefined : readEpoch(epoch, await replica.readEpoch(epoch), masterKey);
  return {
    directory: replica.directory,
    newest,
    journal: readJournal(await replica.readJournal()),
  };
}

function joinJournals(readings: readonly ReplicaReading[]): JournalLine[] {
  const readable = readings.flatMap((reading) =>
    reading.journal === undefined ? [] : [reading.journal],
  );
  if (readable.length === 0) throw keyringDamaged('The journal is damaged in both replicas.');
  return mergeJournals(...readable);
}

/** What was acknowledged is in every holder, so one whole file is enough to mend the other. */
function joinEpochs(epoch: number, holders: readonly EpochReading[]): Omit<StoreState, 'journal'> {
  const opened = holders.flatMap((reading) =>
    reading.epochKey === undefined ? [] : [{ ...reading, epochKey: reading.epochKey }],
  );
  const [first] = opened;
  if (first === undefined) {
    throw new HubError(
      'KEYRING_MASTER_KEY_WRONG',
      'The master key does not open this keyring. Give the master key that it was made with.',
    );
  }
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
