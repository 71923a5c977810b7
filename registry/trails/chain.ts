/** What links an entry of the audit trail to the one before it, and what it commits to without saying it. */
import { createHash, createHmac } from 'node:crypto';

/** As the hash reads an entry: texts, so that nothing is lost on the way through the database. */
export interface LinkedEntry {
  readonly sequence: number;
  /** UTC to the microsecond, which is all that PostgreSQL keeps: `2026-11-24T10:00:00.123000`. */
  readonly at: string;
  readonly actor: string | null;
  readonly act: string;
  readonly subject: string | null;
  readonly reason: string | null;
  readonly commitment: Buffer;
}

export const microseconds = (at: Date): string => at.toISOString().replace('Z', '000');

export function entryHash(previousHash: Buffer, entry: LinkedEntry): Buffer {
  const { sequence, at, actor, act, subject, reason, commitment } = entry;
  // A JSON list: no two entries are written alike.
  const text = JSON.stringify([
    ...[sequence, at, actor, act, subject, reason],
    commitment.toString('hex'),
  ]);
  return createHash('sha256').update(previousHash).update(text).digest();
}

export type AuditDetails = Readonly<Record<string, string | number>>;

/** Says nothing to whoever has no salt: small sets of ids and counts could be tried otherwise. */
export function commit(salt: Buffer, sequence: number, details: AuditDetails): Buffer {
  const sorted = Object.entries(details).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return createHmac('sha256', salt)
    .update(JSON.stringify([sequence, sorted]))
    .digest();
}
