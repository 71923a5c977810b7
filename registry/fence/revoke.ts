/** Withdraws a consent (design §8). */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../policy/clock.ts';
import { HubError } from '../../policy/errors.ts';
import type { Database } from '../database.ts';
import { notify } from '../notify.ts';
import { addObligation } from '../obligations.ts';
import type { Revocation } from './sql.ts';

export interface RevokeInput {
  readonly cause: string;
  readonly eraseDueAt: Date;
  readonly pollsLeft?: number;
}

/** One transaction; a second call changes nothing but an earlier date of erasure. */
export async function revoke(
  database: Database,
  clock: Clock,
  connectionId: string,
  { cause, eraseDueAt, pollsLeft = 0 }: RevokeInput,
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
      await bringForward(transaction, connectionId, { cause, eraseDueAt, pollsLeft });
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
      pollsLeft,
    });
    await tell(transaction, { connectionId, epoch });
    return { epoch };
  });
}

async function bringForward(
  transaction: Database,
  connectionId: string,
  { cause, eraseDueAt, pollsLeft }: Required<RevokeInput>,
): Promise<void> {
  const moved = await transaction
    .updateTable('obligations')
    .set(({ fn, val }) => ({
      dueAt: fn('least', ['dueAt', val(eraseDueAt)]),
      pollsLeft: fn('least', ['pollsLeft', val(pollsLeft)]),
      cause,
    }))
    .where('kind', '=', 'erase-connection')
    .where('subjectId', '=', connectionId)
    .where('doneAt', 'is', null)
    .where(({ or, eb }) => or([eb('dueAt', '>', eraseDueAt), eb('pollsLeft', '>', pollsLeft)]))
    .returning('id')
    .execute();
  for (const { id } of moved) await notify(transaction, 'obligations', id);
}

export const tell = (database: Database, revocation: Revocation): Promise<void> =>
  notify(database, 'fence', JSON.stringify(revocation));

export const unknownConnection = (): HubError =>
  new HubError('NOT_FOUND', 'There is no connection with this id.');
