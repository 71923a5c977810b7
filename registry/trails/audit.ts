/** The audit trail: a chain of hashes that is appended to and never changed. It names accounts by random handles. */
import { randomBytes, randomUUID } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import type { AuditAct, AuditReason } from '../../policy/audit.ts';
import type { Clock } from '../../policy/clock.ts';
import { HubError } from '../../policy/errors.ts';
import type { Database } from '../database.ts';
import { type AuditDetails, commit, entryHash, microseconds } from './chain.ts';
import { type TrailTables, withTrails } from './tables.ts';
import { type AuditHead, type AuditVerdict, verifyTrail } from './verify.ts';

export interface NewAuditEntry {
  /** Account that did it; null for the software itself. */
  readonly actorId: string | null;
  readonly act: AuditAct;
  /** Account that it was done to or about. */
  readonly subjectId: string | null;
  readonly reason: AuditReason | null;
  /** Ids and counts that are committed to, not kept: whoever knows them can prove that they were meant. */
  readonly details?: AuditDetails;
}

export interface AuditEntry {
  readonly sequence: number;
  readonly at: Date;
  readonly actor: string | null;
  readonly act: AuditAct;
  readonly subject: string | null;
  readonly reason: AuditReason | null;
  readonly hash: Buffer;
}

type Listed = Promise<{ rows: AuditEntry[]; total: number }>;

export interface AuditTrail {
  /** In a transaction of its own; inside the registry `appendAudit` joins the one of its cause. */
  append(entry: NewAuditEntry): Promise<AuditHead>;
  /** The newest first. */
  list(slice: { offset: number; limit: number }): Listed;
  /** What was done to or about an account, the newest first. */
  about(accountId: string, slice: { offset: number; limit: number }): Listed;
  /** Whether an entry was about these accounts and details; undefined when their mapping is gone. */
  proves(sequence: number, entry: Omit<NewAuditEntry, 'reason'>): Promise<boolean | undefined>;
  /** Forgets which handle is whose, and the salt: the account's entries name nobody from then on. */
  forget(accountId: string): Promise<void>;
  verify(earlier?: AuditHead): Promise<AuditVerdict>;
}

/** Owner of the salt of what the software itself did to nobody. No account id is like it. */
const ownOwner = 'hub';
const listed = ['sequence', 'at', 'actor', 'act', 'subject', 'reason', 'hash'] as const;

export function createAuditTrail(database: Database, clock: Clock): AuditTrail {
  const trails = withTrails(database);
  const list = async (handle: string | undefined, slice: { offset: number; limit: number }) => {
    const entries = trails
      .selectFrom('auditEntries')
      .$if(handle !== undefined, (all) => all.where('subject', '=', handle!));
    const { total } = await entries
      .select(({ fn }) => fn.countAll<number>().as('total'))
      .executeTakeFirstOrThrow();
    const rows = await entries
      .select(listed)
      .orderBy('sequence', 'desc')
      .offset(slice.offset)
      .limit(slice.limit)
      .execute();
    return { rows, total };
  };
  const mapping = (accountId: string) =>
    trails
      .selectFrom('accountHandles')
      .select(['handle', 'salt'])
      .where('accountId', '=', accountId)
      .executeTakeFirst();
  return {
    append: (entry) =>
      database.transaction().execute((transaction) => appendAudit(transaction, clock, entry)),
    list: (slice) => list(undefined, slice),
    async about(accountId, slice) {
      const found = await mapping(accountId);
      return found === undefined ? { rows: [], total: 0 } : list(found.handle, slice);
    },
    async proves(sequence, { actorId, act, subjectId, details = {} }) {
      const salted = await mapping(subjectId ?? actorId ?? ownOwner);
      const actor = actorId === null ? undefined : await mapping(actorId);
      if (salted === undefined || (actorId !== null && actor === undefined)) return undefined;
      const entry = await trails
        .selectFrom('auditEntries')
        .select(['act', 'actor', 'subject', 'commitment'])
        .where('sequence', '=', sequence)
        .executeTakeFirst();
      return (
        entry !== undefined &&
        entry.act === act &&
        entry.actor === (actor?.handle ?? null) &&
        entry.subject === (subjectId === null ? null : salted.handle) &&
        entry.commitment.equals(commit(salted.salt, sequence, details))
      );
    },
    async forget(accountId) {
      await trails.deleteFrom('accountHandles').where('accountId', '=', accountId).execute();
    },
    verify: (earlier) => verifyTrail(trails, earlier),
  };
}

/**
 * Appends in the transaction of the cause, so that neither stands without the other. The last thing that a transaction
 * does: from here to its end all others that append wait for it.
 */
export async function appendAudit(
  transaction: Database,
  clock: Clock,
  entry: NewAuditEntry,
): Promise<AuditHead> {
  const trails = withTrails(transaction);
  const { actorId, act, subjectId, reason, details = {} } = entry;
  // First of all: whoever waits for a handle while it holds the head could wait for one who waits for the head.
  const { rows } = await sql<{ sequence: number; hash: Buffer }>`
    select sequence, hash from audit_head for update`.execute(trails);
  const previous = rows[0];
  if (previous === undefined) {
    throw new HubError('INTERNAL', 'The audit trail has lost its head: run `hub audit verify`.');
  }
  const sequence = previous.sequence + 1;
  const actor = actorId === null ? undefined : await handleOf(trails, actorId);
  const subject = subjectId === null ? undefined : await handleOf(trails, subjectId);
  const { salt } = subject ?? actor ?? (await handleOf(trails, ownOwner));
  const at = clock.now();
  const said = {
    sequence,
    ...{ actor: actor?.handle ?? null, act, subject: subject?.handle ?? null, reason },
    commitment: commit(salt, sequence, details),
  };
  const hash = entryHash(previous.hash, { ...said, at: microseconds(at) });
  await trails
    .insertInto('auditEntries')
    .values({ ...said, at, previousHash: previous.hash, hash })
    .execute();
  await trails.updateTable('auditHead').set({ sequence, hash }).execute();
  return { sequence, hash: hash.toString('hex') };
}

/** Made when an account is first named. The salt is as secret as what it hides: it dies with the account. */
async function handleOf(
  trails: Kysely<TrailTables>,
  accountId: string,
): Promise<{ handle: string; salt: Buffer }> {
  const found = await trails
    .selectFrom('accountHandles')
    .select(['handle', 'salt'])
    .where('accountId', '=', accountId)
    .executeTakeFirst();
  if (found !== undefined) return found;
  const made = { handle: randomUUID(), salt: randomBytes(32) };
  await trails
    .insertInto('accountHandles')
    .values({ accountId, ...made })
    .execute();
  return made;
}
