/** Opening a connection and revoking its authorisation's token at TikTok exclude each other. */
import { sql } from 'kysely';
import { HubError } from '../../policy/errors.ts';
import type { Database } from '../database.ts';

/** Keeps these locks apart from those of the fence. */
const seed = 7302;

/** Until the transaction ends no token of this authorisation is revoked; waits for one that is being revoked. */
export async function keepAuthorisation(
  transaction: Database,
  authorisationId: string,
): Promise<void> {
  await sql`
    select pg_advisory_xact_lock_shared(hashtextextended(${authorisationId}, ${seed}))
  `.execute(transaction);
}

export async function holdForRevocation<T>(
  database: Database,
  authorisationId: string,
  callDeadlineMs: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return database.transaction().execute(async (transaction) => {
    await sql`select pg_advisory_xact_lock(hashtextextended(${authorisationId}, ${seed}))`.execute(
      transaction,
    );
    const open = await transaction
      .selectFrom('connections')
      .select('id')
      .where('authorisationId', '=', authorisationId)
      .where('state', 'in', ['active', 'paused'])
      .executeTakeFirst();
    if (open !== undefined) throw inUse();
    // The session must not be ended for idling before the call has ended.
    await sql
      .raw(`set local idle_in_transaction_session_timeout = ${callDeadlineMs * 2}`)
      .execute(transaction);
    return work(AbortSignal.timeout(callDeadlineMs));
  });
}

const inUse = (): HubError =>
  new HubError(
    'AUTHORISATION_IN_USE',
    'Another connection uses this authorisation; its token is not revoked.',
  );
