/** Tokens that end: one renewal at a time, and the obligation of the next. */
import { sql } from 'kysely';
import type { Clock } from '../policy/clock.ts';
import type { Database } from './database.ts';
import { addObligation } from './obligations.ts';

/** Keeps these locks apart from those of the fence. */
const seed = 7303;

export async function oweRenewal(
  transaction: Database,
  clock: Clock,
  { id: subjectId, cause, dueAt }: { id: string; cause: string; dueAt: Date },
): Promise<void> {
  // A second cause brings an obligation forward; a renewal puts it off, so the open one is over.
  await transaction
    .updateTable('obligations')
    .set({ doneAt: clock.now() })
    .where('kind', '=', 'renew-authorisation')
    .where('subjectId', '=', subjectId)
    .where('doneAt', 'is', null)
    .execute();
  await addObligation(transaction, clock, {
    kind: 'renew-authorisation',
    ...{ subjectId, cause, dueAt },
  });
}

export function replaceToken(
  database: Database,
  clock: Clock,
  id: string,
  { from, to, renewDueAt }: { from: Buffer; to: Buffer; renewDueAt?: Date },
): Promise<boolean> {
  return database.transaction().execute(async (transaction) => {
    const replaced = await transaction
      .updateTable('authorisations')
      .set({ sealedToken: to })
      .where('id', '=', id)
      .where('state', '=', 'active')
      .where('sealedToken', '=', from)
      .returning('id')
      .executeTakeFirst();
    if (replaced === undefined) return false;
    if (renewDueAt !== undefined) {
      await oweRenewal(transaction, clock, { id, cause: 'renewed', dueAt: renewDueAt });
    }
    return true;
  });
}

export function holdForRenewal<T>(
  database: Database,
  id: string,
  callDeadlineMs: number,
  work: () => Promise<T>,
): Promise<T> {
  return database.transaction().execute(async (transaction) => {
    // Whoever waits does so for another's calls; neither session may be ended for that.
    for (const name of ['idle_in_transaction_session_timeout', 'statement_timeout']) {
      await sql.raw(`set local ${name} = ${callDeadlineMs * 3}`).execute(transaction);
    }
    await sql`select pg_advisory_xact_lock(hashtextextended(${id}, ${seed}))`.execute(transaction);
    return work();
  });
}
