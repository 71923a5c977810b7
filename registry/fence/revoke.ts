/** The other side of the fence: withdraw a consent, and know when nothing runs under it any more (design §8). */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Clock } from '../../policy/clock.ts';
import { HubError } from '../../policy/errors.ts';
import type { Database } from '../database.ts';
import { notify } from '../notify.ts';
import { addObligation } from '../obligations.ts';
import type { Revocation } from './sql.ts';

/** Asked again this often; each time holders are told again, as a notification may be lost with a session. */
const confirmPollMs = 50;

export interface RevokeInput {
  readonly cause: string;
  readonly eraseDueAt: Date;
}

/** One transaction; a second call changes nothing but an earlier date of erasure. */
export async function revoke(
  database: Database,
  clock: Clock,
  connectionId: string,
  { cause, eraseDueAt }: RevokeInput,
): Promise<{ epoch: number }> {
  return database.transaction().execute(async (transaction) => {
    const connection = await transaction
      .selectFrom('connections')
      .select(['epoch', 'state'])
      .where('id', '=', connectionId)
      .forUpdate()
      .executeTakeFirst();
    if (connection === undefined) throw unknownConnection();
    if (connection.state === 'ended') return { epoch: connection.epoch };
    if (connection.state === 'restricted') {
      await bringForward(transaction, connectionId, eraseDueAt);
      return { epoch: connection.epoch };
    }
    const epoch = connection.epoch + 1;
    const now = clock.now();
    await transaction
      .updateTable('connections')
      .set({ epoch, state: 'restricted' })
      .where('id', '=', connectionId)
      .execute();
    await transaction
      .insertInto('consents')
      .values({ id: randomUUID(), connectionId, epoch, given: false, cause, at: now })
      .execute();
    await transaction
      .updateTable('obligations')
      .set({ doneAt: now })
      .where('kind', '=', 'sync-connection')
      .where('subjectId', '=', connectionId)
      .where('doneAt', 'is', null)
      .execute();
    const subjectId = connectionId;
    await addObligation(transaction, clock, {
      kind: 'revoke-connection',
      subjectId,
      cause,
      dueAt: now,
    });
    await addObligation(transaction, clock, {
      kind: 'erase-connection',
      subjectId,
      cause,
      dueAt: eraseDueAt,
    });
    await tell(transaction, { connectionId, epoch });
    return { epoch };
  });
}

async function bringForward(
  transaction: Database,
  connectionId: string,
  eraseDueAt: Date,
): Promise<void> {
  const moved = await transaction
    .updateTable('obligations')
    .set({ dueAt: eraseDueAt })
    .where('kind', '=', 'erase-connection')
    .where('subjectId', '=', connectionId)
    .where('doneAt', 'is', null)
    .where('dueAt', '>', eraseDueAt)
    .returning('id')
    .execute();
  for (const { id } of moved) await notify(transaction, 'obligations', id);
}

/** Throws `REVOCATION_PENDING` (retryable) when holders are not done within lease and call deadline. */
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
    await sleep(confirmPollMs);
    await tell(database, revocation);
  }
  await database
    .deleteFrom('fenceAcknowledgements')
    .where('connectionId', '=', connectionId)
    .execute();
}

/**
 * Nobody holds the connection's lock, and each registered holder has acknowledged or cannot have a call left. The lock
 * alone would not do: a stopped process may have lost its session, and the lock with it, in the middle of a call.
 */
function fenced(database: Database, { connectionId, epoch }: Revocation): Promise<boolean> {
  return database.transaction().execute(async (transaction) => {
    const { rows } = await sql<{ locked: boolean }>`
      select pg_try_advisory_xact_lock(hashtextextended(${connectionId}, 7301)) as locked
    `.execute(transaction);
    if (rows[0]?.locked !== true) return false;
    const { rows: waiting } = await sql<{ id: string }>`
      select id from fence_holders holder
      where lease_until + call_deadline_ms * interval '1 ms' > clock_timestamp()
        and not exists (
          select from fence_acknowledgements
          where holder_id = holder.id and connection_id = ${connectionId} and epoch >= ${epoch})
      limit 1`.execute(transaction);
    return waiting.length === 0;
  });
}

const tell = (database: Database, revocation: Revocation): Promise<void> =>
  notify(database, 'fence', JSON.stringify(revocation));

const unknownConnection = (): HubError =>
  new HubError('NOT_FOUND', 'There is no connection with this id.');

const revocationPending = (): HubError =>
  new HubError('REVOCATION_PENDING', 'A call may still be under way; it is asked again.', {
    retryAfterMs: 1_000,
  });
