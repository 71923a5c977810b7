/** Reads the whole audit trail in pages and recomputes its chain. */
import { type Kysely, sql } from 'kysely';
import { openDatabase } from '../database.ts';
import { entryHash, type LinkedEntry } from './chain.ts';
import { type TrailTables, withTrails } from './tables.ts';

export interface AuditHead {
  readonly sequence: number;
  /** Hexadecimal. */
  readonly hash: string;
}

export interface AuditVerdict {
  /** Entries that hold, from the first on. */
  readonly entries: number;
  readonly head: AuditHead;
  /** The first place where the chain does not hold. */
  readonly broken: { readonly sequence: number; readonly why: AuditBreak } | null;
}

/**
 * `missing`: no entry of this number. `unlinked`: it does not name the one before it. `changed`: it is not what its
 * hash says. `cut`: entries at the end are gone, or stand there without having been appended. `rewritten`: it is not
 * the entry that an earlier head named.
 */
export type AuditBreak = 'missing' | 'unlinked' | 'changed' | 'cut' | 'rewritten';

type StoredEntry = LinkedEntry & { readonly previousHash: Buffer; readonly hash: Buffer };

const pageRows = 5_000;

/** With an `earlier` head the chain must also lead through it: whoever rewrites all of it cannot make that true. */
export function verifyTrail(
  trails: Kysely<TrailTables>,
  earlier?: AuditHead,
): Promise<AuditVerdict> {
  // One snapshot: what is appended meanwhile is left to the next time.
  return trails
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (snapshot) => {
      const stored = await snapshot
        .selectFrom('auditHead')
        .select(['sequence', 'hash'])
        .executeTakeFirst();
      const head = { sequence: stored?.sequence ?? 0, hash: stored?.hash.toString('hex') ?? '' };
      let last: { sequence: number; hash: Buffer } = { sequence: 0, hash: Buffer.alloc(32) };
      const broken = (why: AuditBreak) => ({
        ...{ entries: last.sequence, head },
        broken: { sequence: last.sequence + 1, why },
      });
      for (;;) {
        const page = await readPage(snapshot, last.sequence);
        for (const entry of page) {
          const why = breakOf(entry, last) ?? contradiction(entry, earlier);
          if (why !== undefined) return broken(why);
          last = entry;
        }
        if (page.length < pageRows) break;
      }
      const end = { sequence: last.sequence, hash: last.hash.toString('hex') };
      if (end.sequence !== head.sequence || end.hash !== head.hash) return broken('cut');
      if (earlier !== undefined && earlier.sequence > end.sequence) return broken('cut');
      return { entries: last.sequence, head, broken: null };
    });
}

function breakOf(
  entry: StoredEntry,
  last: { sequence: number; hash: Buffer },
): AuditBreak | undefined {
  if (entry.sequence !== last.sequence + 1) return 'missing';
  if (!entry.previousHash.equals(last.hash)) return 'unlinked';
  if (!entry.hash.equals(entryHash(last.hash, entry))) return 'changed';
  return undefined;
}

const contradiction = (entry: StoredEntry, earlier?: AuditHead): AuditBreak | undefined =>
  entry.sequence === earlier?.sequence && entry.hash.toString('hex') !== earlier.hash
    ? 'rewritten'
    : undefined;

const readPage = (trails: Kysely<TrailTables>, after: number): Promise<StoredEntry[]> =>
  trails
    .selectFrom('auditEntries')
    .select(['sequence', 'actor', 'act', 'subject', 'reason', 'commitment'])
    .select(['previousHash', 'hash'])
    .select(sql<string>`to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US')`.as('at'))
    .where('sequence', '>', after)
    .orderBy('sequence')
    .limit(pageRows)
    .execute();

/** For the command: nothing is migrated, nothing else is opened. */
export async function verifyAuditTrail(
  databaseUrl: string,
  earlier?: AuditHead,
): Promise<AuditVerdict> {
  const database = openDatabase(databaseUrl, 1);
  try {
    return await verifyTrail(withTrails(database), earlier);
  } finally {
    await database.destroy();
  }
}
