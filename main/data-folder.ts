/**
 * The folder that holds all data of one hub. It is stamped demo or real when it is made, for ever, so that made-up
 * and real data never mix, and it is locked while a hub has it open.
 */
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { HubError } from '../policy/errors.ts';

/** Grows with each change of the folder's layout that an older hub could not read. */
export const dataVersion = 1;

const subfolders = [
  'postgres',
  'temporal',
  'warehouse',
  'landing',
  'quarantine',
  'pictures',
  'spill',
] as const;

export interface DataFolder {
  readonly path: string;
  readonly kind: 'demo' | 'real';
  /** A real folder without credentials: everything is shown, nothing is fetched. */
  readonly paused: boolean;
  readonly paths: Readonly<Record<(typeof subfolders)[number], string>>;
  /** Unlocks it, for the next hub. */
  close(): void;
}

interface Stamp {
  kind: 'demo' | 'real';
  dataVersion: number;
}

const stampFile = 'hub-data.json';
const lockFile = 'lock';
const holderFile = 'lock-holder.json';
const beforeStamp = new Set([lockFile, holderFile, `${stampFile}.new`, 'lost+found']);

/** Where wrapped keys lie when nothing is configured: beside the data, never inside them. */
export function defaultKeyringFolders(dataFolder: string): [string, string] {
  return [`${dataFolder}-keys/a`, `${dataFolder}-keys/b`];
}

/** Opens the folder for this process alone, or makes it: demo without credentials of TikTok, real with them. */
export function openDataFolder(options: {
  path: string;
  /** Whether credentials of TikTok are configured. */
  credentials: boolean;
}): DataFolder {
  const path = resolve(options.path);
  makeFolder(path);
  const unlock = lock(path);
  try {
    const stamp = readStamp(path) ?? writeStamp(path, options.credentials ? 'real' : 'demo');
    refuseMisuse(path, stamp, options.credentials);
    const paths = Object.fromEntries(subfolders.map((name) => [name, join(path, name)]));
    for (const folder of Object.values(paths)) mkdirSync(folder, { recursive: true, mode: 0o700 });
    return {
      path,
      kind: stamp.kind,
      paused: stamp.kind === 'real' && !options.credentials,
      paths: paths as DataFolder['paths'],
      close: unlock,
    };
  } catch (error) {
    unlock();
    throw error;
  }
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    // An empty folder that was made by someone else (a mounted volume) is closed to others as well.
    if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o700);
  } catch (cause) {
    const message = `Cannot make the data folder ${path} for this user alone. Name another with HUB_DATA.`;
    throw new HubError('DATA_FOLDER_UNUSABLE', message, { cause });
  }
}

/** Open locks, by folder: an unreferenced one would be collected as garbage, and unlocked with it. */
const held = new Map<string, DatabaseSync>();

/**
 * SQLite's exclusive transaction is a lock of the kernel on the file: it dies with the process, however that ends,
 * holds between containers that share the folder, and trusts no process id. Nothing else may open the file, since
 * closing any handle of it would end the lock.
 */
function lock(path: string): () => void {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(join(path, lockFile), { timeout: 0 });
    database.exec('pragma journal_mode = memory; begin exclusive');
  } catch (cause) {
    database?.close();
    if ((cause as { errcode?: number }).errcode !== 5) {
      const message = `Cannot lock the data folder ${path}. Is it full, or read-only?`;
      throw new HubError('DATA_FOLDER_UNUSABLE', message, { cause });
    }
    throw new HubError(
      'DATA_FOLDER_LOCKED',
      `The data folder ${path} is in use by another hub (${describeHolder(path)}). ` +
        'Stop that one, or give this one a folder of its own with HUB_DATA.',
    );
  }
  held.set(path, database);
  writeWhole(path, holderFile, { process: process.pid, host: hostname() });
  return () => {
    held.delete(path);
    if (database.isOpen) database.close();
  };
}

function describeHolder(path: string): string {
  try {
    const holder = JSON.parse(readFileSync(join(path, holderFile), 'utf8'));
    return `process ${holder.process} on ${holder.host}`;
  } catch {
    return 'just starting';
  }
}

function readStamp(path: string): Stamp | undefined {
  const names = readdirSync(path);
  if (!names.includes(stampFile)) {
    const strangers = names.filter((name) => !beforeStamp.has(name));
    if (strangers.length === 0) return undefined;
    throw new HubError(
      'DATA_FOLDER_UNUSABLE',
      `${path} holds other files (${strangers.slice(0, 3).join(', ')}) and is no data folder of a hub. ` +
        'Name an empty or a new folder with HUB_DATA.',
    );
  }
  try {
    const stamp = JSON.parse(readFileSync(join(path, stampFile), 'utf8'));
    if (['demo', 'real'].includes(stamp.kind) && Number.isInteger(stamp.dataVersion)) return stamp;
  } catch {
    // Told below, like a stamp that says something else.
  }
  throw new HubError(
    'DATA_FOLDER_UNUSABLE',
    `The stamp ${join(path, stampFile)} cannot be read. Restore it from a backup.`,
  );
}

function writeStamp(path: string, kind: Stamp['kind']): Stamp {
  const stamp = { kind, dataVersion };
  writeWhole(path, stampFile, stamp);
  return stamp;
}

/** Written beside and moved: a crash leaves the old file or the new one, never a piece. */
function writeWhole(path: string, name: string, value: object): void {
  const unfinished = join(path, `${name}.new`);
  writeFileSync(unfinished, `${JSON.stringify(value)}\n`, { mode: 0o600, flush: true });
  renameSync(unfinished, join(path, name));
}

function refuseMisuse(path: string, stamp: Stamp, credentials: boolean): void {
  if (stamp.dataVersion > dataVersion) {
    throw new HubError(
      'DATA_FOLDER_NEWER',
      `The data in ${path} were written by a newer hub (data version ${stamp.dataVersion}, this hub knows ` +
        `${dataVersion}). Start that version again; an older one would damage them.`,
    );
  }
  if (stamp.kind === 'demo' && credentials) {
    throw new HubError(
      'DATA_FOLDER_IS_DEMO',
      `${path} holds demo data, and credentials of TikTok are configured: the two are never mixed. ` +
        'Set HUB_DATA=./data-real for real data, or remove the credentials to see the demo.',
    );
  }
}
