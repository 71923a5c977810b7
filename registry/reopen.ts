/** An account that TikTok had dropped is authorised again before its data were erased: it goes on where it stopped. */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../policy/clock.ts';
import { HubError } from '../policy/errors.ts';
import type { Database } from './database.ts';
import { keepAuthorisation } from './fence/authorisation-lock.ts';
import { notify } from './notify.ts';
import { addObligation } from './obligations.ts';
import type { Connection } from './registry.ts';

export interface ReopenInput {
  readonly id: string;
  readonly authorisationId: string;
  readonly sealedName: Buffer;
  readonly sealedCipher?: Buffer;
}

/**
 * In one transaction: a new consent epoch under the new authorisation, no erasure owed any more, a sync owed again.
 * Undefined when the connection is not waiting for that: its revocation is not over, or another cause has ended it.
 */
export function reopen(
  database: Database,
  clock: Clock,
  { id, ...given }: ReopenInput,
): Promise<Connection | undefined> {
  return database.transaction().execute(async (transaction) => {
    await keepAuthorisation(transaction, given.authorisationId);
    const authorisation = await transaction
      .selectFrom('authorisations')
      .select('state')
      .where('id', '=', given.authorisationId)
      .forShare()
      .executeTakeFirst();
    if (authorisation?.state !== 'active') {
      throw new HubError('CONSENT_ENDED', 'The authorisation has ended. Connect again.');
    }
    const connection = await transaction
      .selectFrom('connections')
      .select(['epoch', 'state'])
      .where('id', '=', id)
      .forUpdate()
      .executeTakeFirst();
    if (connection?.state !== 'restricted') return undefined;
    const owed = await transaction
      .selectFrom('obligations')
      .select(['id', 'kind', 'cause', 'dueAt', 'pollsLeft'])
      .where('subjectId', '=', id)
      .where('kind', 'in', ['revoke-connection', 'erase-connection'])
      .where('doneAt', 'is', null)
      .forUpdate()
      .execute();
    const [erasure] = owed;
    if (owed.length !== 1 || erasure?.kind !== 'erase-connection') return undefined;
    if (erasure.cause !== 'authorisation-dead') return undefined;
    const now = clock.now();
    // What is due may have begun.
    if (erasure.dueAt <= now && erasure.pollsLeft === 0) return undefined;
    await transaction
      .updateTable('obligations')
      .set({ doneAt: now })
      .where('id', '=', erasure.id)
      .execute();
    const epoch = connection.epoch + 1;
    await transaction
      .insertInto('consents')
      .values({
        id: randomUUID(),
        connectionId: id,
        epoch,
        given: true,
        cause: 'authorised-again',
        at: now,
      })
      .execute();
    await addObligation(transaction, clock, {
      kind: 'sync-connection',
      subjectId: id,
      cause: 'authorised-again',
      dueAt: now,
    });
    await notify(transaction, 'obligations', erasure.id);
    return transaction
      .updateTable('connections')
      .set({ ...given, epoch, state: 'active' })
      .where('id', '=', id)
      .returningAll()
      .executeTakeFirstOrThrow();
  });
}
