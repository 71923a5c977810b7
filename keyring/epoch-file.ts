/**
 * The text of one epoch: a header line with the epoch's key, wrapped by the master key, then one line a key, wrapped
 * by the epoch's key. Everything in a line is authenticated with it.
 */
import { HubError } from '../policy/errors.ts';
import type { KeyPurpose } from './keyring.ts';
import { decrypt, encrypt, keyBytes } from './sealing.ts';

export interface KeyRecord {
  readonly keyId: string;
  readonly purpose: KeyPurpose;
  readonly owner: string;
  readonly createdAt: string;
  /** Base64, under the epoch's key. */
  readonly wrapped: string;
}

/** What could be read of one replica's file of an epoch. */
export interface EpochReading {
  readonly epoch: number;
  readonly header: string;
  /** Undefined when the master key does not open the header. */
  readonly epochKey: Buffer | undefined;
  readonly records: ReadonlyMap<string, KeyRecord>;
  /** A last line without its end: written when the power or the process went, never acknowledged. */
  readonly torn: boolean;
  /** Lines that are neither whole nor torn. */
  readonly damaged: number;
}

const headerAdditional = (epoch: number): Buffer => Buffer.from(`tkos-hub keyring epoch ${epoch}`);

const recordAdditional = (record: Omit<KeyRecord, 'wrapped'>): Buffer =>
  Buffer.from(JSON.stringify([record.keyId, record.purpose, record.owner, record.createdAt]));

export function headerLine(epoch: number, epochKey: Buffer, masterKey: Buffer): string {
  const wrapped = encrypt(masterKey, headerAdditional(epoch), epochKey).toString('base64');
  return JSON.stringify({ version: 1, epoch, wrapped });
}

export function wrapRecord(
  epochKey: Buffer,
  record: Omit<KeyRecord, 'wrapped'>,
  key: Buffer,
): KeyRecord {
  const { keyId, purpose, owner, createdAt } = record;
  const wrapped = encrypt(epochKey, recordAdditional(record), key).toString('base64');
  return { keyId, purpose, owner, createdAt, wrapped };
}

export function unwrapRecord(epochKey: Buffer, record: KeyRecord): Buffer | undefined {
  const wrapped = Buffer.from(record.wrapped, 'base64');
  const key = decrypt(epochKey, recordAdditional(record), wrapped);
  return key?.length === keyBytes ? key : undefined;
}

export const recordLine = (record: KeyRecord): string => `${JSON.stringify(record)}\n`;

export function epochText(header: string, records: Iterable<KeyRecord>): string {
  let text = `${header}\n`;
  for (const record of records) text += recordLine(record);
  return text;
}

export function readEpoch(epoch: number, text: string, masterKey: Buffer): EpochReading {
  const lines = text.split('\n');
  const torn = lines.pop() !== '';
  const header = lines.shift() ?? '';
  const epochKey = openHeader(epoch, header, masterKey);
  const records = new Map<string, KeyRecord>();
  let damaged = 0;
  if (epochKey !== undefined) {
    for (const line of lines) {
      const record = parseRecord(line, epochKey);
      if (record === undefined) damaged += 1;
      else records.set(record.keyId, record);
    }
  }
  return { epoch, header, epochKey, records, torn, damaged };
}

export function openHeader(epoch: number, header: string, masterKey: Buffer): Buffer | undefined {
  const wrapped = parse(header)?.wrapped;
  if (typeof wrapped !== 'string') return undefined;
  return decrypt(masterKey, headerAdditional(epoch), Buffer.from(wrapped, 'base64'));
}

function parseRecord(line: string, epochKey: Buffer): KeyRecord | undefined {
  // Whatever else the line says, it counts only if the epoch's key authenticates all of it.
  const record = parse(line) as KeyRecord | undefined;
  if (typeof record?.wrapped !== 'string' || `${record.purpose}:${record.owner}` !== record.keyId) {
    return undefined;
  }
  const key = unwrapRecord(epochKey, record);
  key?.fill(0);
  return key === undefined ? undefined : record;
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

export const keyringDamaged = (what: string): HubError =>
  new HubError(
    'KEYRING_DAMAGED',
    `${what} Nothing was changed. Put back the last good copy of that replica's folder, then start again.`,
  );
