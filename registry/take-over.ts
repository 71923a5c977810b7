/** An account that is connected is authorised again: it goes on under the newer authorisation. */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../policy/clock.ts';
import type { Database } from './database.ts';
import { keepAuthorisation } from './fence/authorisation-lock.ts';
import type { ReopenInput } from './reopen.ts';

/**
 * In one transaction: the connection's next consent epoch, under the new authorisation. False when it is not open any
 * more, or when its own authorisation is the newer one: a workflow that runs once more takes nothing back.
 */
export function takeOver(
  database: Database,
  clock: Clock,
  { id, ...given }: ReopenInput,
): Promise<boolean> {
  return database.transaction().execute(async (transaction) => {
    await keepAuthorisation(transaction, given.authorisationId);
    const connection = await transaction
      .selectFrom('connections')
      .select(['epoch', 'state', 'authorisationId'])
      .where('id', '=', id)
      .forUpdate()
      .executeTakeFirst();
    if (connection === undefined || !['active', 'paused'].includes(connection.state)) return false;
    const [newest] = await transaction
      .selectFrom('authorisations')
      .select(['id', 'state'])
      .where('id', 'in', [connection.authorisationId, given.authorisationId])
      .orderBy('createdAt', 'desc')
      .orderBy('id')
      .forShare()
      .execute();
    if (newest?.id !== given.authorisationId || newest.state !== 'active') return false;
    const epoch = connection.epoch + 1;
    await transaction
      .updateTable('connections')
      .set({ ...given, epoch })
      .where('id', '=', id)
      .execute();
    await transaction
      .insertInto('consents')
      .values({
        ...{ id: randomUUID(), connectionId: id, epoch, given: true },
        ...{ cause: 'authorised-again', at: clock.now() },
      })
      .execute();
    return true;
  });
}
