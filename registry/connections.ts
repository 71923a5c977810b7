import { randomUUID } from 'node:crypto';
import type { Clock } from '../policy/clock.ts';
import { HubError } from '../policy/errors.ts';
import type { Database } from './database.ts';
import { keepAuthorisation } from './fence/authorisation-lock.ts';
import { addObligation } from './obligations.ts';
import type { Registry } from './registry.ts';
import { reopen } from './reopen.ts';
import { takeOver } from './take-over.ts';

export function createConnections(database: Database, clock: Clock): Registry['connections'] {
  return {
    open: (input) =>
      database.transaction().execute(async (transaction) => {
        await keepAuthorisation(transaction, input.authorisationId);
        const authorisation = await transaction
          .selectFrom('authorisations')
          .select('state')
          .where('id', '=', input.authorisationId)
          .forShare()
          .executeTakeFirst();
        if (authorisation === undefined || !['pending', 'active'].includes(authorisation.state)) {
          throw new HubError('CONSENT_ENDED', 'The authorisation has ended. Connect again.');
        }
        const now = clock.now();
        const connection = await transaction
          .insertInto('connections')
          .values({ ...input, state: 'active', epoch: 1, createdAt: now })
          .onConflict((conflict) =>
            conflict
              .columns(['workspaceId', 'platform', 'accountId'])
              .where('state', 'in', ['active', 'paused'])
              .doNothing(),
          )
          .returningAll()
          .executeTakeFirst();
        if (connection === undefined) throw alreadyConnected();
        await transaction
          .insertInto('consents')
          .values({
            id: randomUUID(),
            connectionId: connection.id,
            epoch: 1,
            given: true,
            cause: 'connect',
            at: now,
          })
          .execute();
        await addObligation(transaction, clock, {
          kind: 'sync-connection',
          subjectId: connection.id,
          cause: 'connect',
          dueAt: now,
        });
        return connection;
      }),
    reopen: (input) => reopen(database, clock, input),
    takeOver: (input) => takeOver(database, clock, input),
    find: (id) =>
      database.selectFrom('connections').selectAll().where('id', '=', id).executeTakeFirst(),
    list({ workspaceId, states, authorisationId } = {}) {
      let query = database.selectFrom('connections').selectAll().orderBy('createdAt').orderBy('id');
      if (workspaceId !== undefined) query = query.where('workspaceId', '=', workspaceId);
      if (states !== undefined) query = query.where('state', 'in', states);
      if (authorisationId !== undefined) {
        query = query.where('authorisationId', '=', authorisationId);
      }
      return query.execute();
    },
    async ofAccounts(platform, accountIds) {
      if (accountIds.length === 0) return [];
      return database
        .selectFrom('connections')
        .selectAll()
        .where('platform', '=', platform)
        .where('accountId', 'in', accountIds)
        .where('state', '!=', 'ended')
        .execute();
    },
    ofOpenId: (index) =>
      database
        .selectFrom('connections')
        .innerJoin('authorisations', 'authorisations.id', 'connections.authorisationId')
        .selectAll('connections')
        .where('authorisations.openIdIndex', '=', index)
        .where('connections.state', '!=', 'ended')
        .execute(),
    async describe(id, { timeZone, currency }) {
      await database
        .updateTable('connections')
        .set({ timeZone, currency })
        .where('id', '=', id)
        .execute();
    },
    async setState(id, state) {
      await database
        .updateTable('connections')
        .set({ state })
        .where('id', '=', id)
        // Neither pausing nor resuming lifts a restriction.
        .where('state', 'in', ['active', 'paused'])
        .execute();
    },
  };
}

const alreadyConnected = (): HubError =>
  new HubError(
    'ALREADY_CONNECTED',
    'This account is connected in this workspace already. Disconnect it first, or use the connection that exists.',
  );
