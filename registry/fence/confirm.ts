/** When nothing runs under a withdrawn consent any more (design §8). */
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { HubError } from '../../policy/errors.ts';
import type { Database } from '../database.ts';
import { isDead, ownIdentity } from './process-identity.ts';
import { tell, unknownConnection } from './revoke.ts';
import type { Revocation } from './sql.ts';

/** Asked again this often; each time holders are told again, as a notification may be lost with a session. */
const pollMs = 50;

/** Throws `REVOCATION_PENDING` (retryable) when holders are not done within `patienceMs`. */
export async function confirm(
  database: Database,
  connectionId: string,
  patienceMs: number,
): Promise<void> {
  const connection = await database
    .selectFrom('connections')
    .select('epoch')
    .where('id', '=', connectionId)
    .executeTakeFirst();
  if (connection === undefined) throw unknownConnection();
  const revocation = { connectionId, epoch: connection.epoch };
  const giveUpAt = performance.now() + patienceMs;
  await tell(database, revocation);
  while (!(await fenced(database, revocation))) {
    if (performance.now() > giveUpAt) throw revocationPending();
    await sleep(pollMs);
    await tell(database, revocation);
  }
  await database
    .deleteFrom('fenceAcknowledgements')
    .where('connectionId', '=', connectionId)
    .execute();
}

/**
 * Nobody holds the connection's lock, and each registered holder has acknowledged, is dead, or cannot have a call left.
 * The lock alone would not do: a stopped process may have lost its session, and the lock with it, in mid-call.
 */
function fenced(database: Database, { connectionId, epoch }: Revocation): Promise<boolean> {
  return database.transaction().execute(async (transaction) => {
    const { rows } = await sql<{ locked: boolean }>`
      select pg_try_advisory_xact_lock(hashtextextended(${connectionId}, 7301)) as locked
    `.execute(transaction);
    if (rows[0]?.locked !== true) return false;
    await sql`
      delete from fence_holders
      where lease_until + call_deadline_ms * interval '1 ms' < clock_timestamp()
    `.execute(transaction);
    const holders = await transaction
      .selectFrom('fenceHolders')
      .select(['id', 'host', 'pid', 'startedAt'])
      .where(({ not, exists, selectFrom }) =>
        not(
          exists(
            selectFrom('fenceAcknowledgements')
              .select('epoch')
              .whereRef('holderId', '=', 'fenceHolders.id')
              .where('connectionId', '=', connectionId)
              .where('epoch', '>=', epoch),
          ),
        ),
      )
      .execute();
    const own = ownIdentity();
    const dead = holders.filter(
      ({ host, pid, startedAt }) =>
        host !== null &&
        pid !== null &&
        startedAt !== null &&
        isDead({ host, pid, startedAt }, own),
    );
    for (const { id } of dead) {
      await transaction.deleteFrom('fenceHolders').where('id', '=', id).execute();
    }
    return holders.length === dead.length;
  });
}

const revocationPending = (): HubError =>
  new HubError('REVOCATION_PENDING', 'A call may still be under way; it is asked again.', {
    retryAfterMs: 1_000,
  });
