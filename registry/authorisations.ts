import type { Clock } from '../policy/clock.ts';
import type { Database } from './database.ts';
import type { Registry } from './registry.ts';
import { holdForRenewal, oweRenewal, replaceToken } from './renewals.ts';

export function createAuthorisations(
  database: Database,
  clock: Clock,
  callDeadlineMs: number,
): Registry['authorisations'] {
  const update = (id: string) => database.updateTable('authorisations').where('id', '=', id);
  return {
    create: ({ id, workspaceId, platform, sealedCode }) =>
      database
        .insertInto('authorisations')
        .values({
          id,
          workspaceId,
          platform,
          scopes: '[]',
          state: 'pending',
          sealedCode,
          createdAt: clock.now(),
        })
        .returningAll()
        .executeTakeFirstOrThrow(),
    find: (id) =>
      database.selectFrom('authorisations').selectAll().where('id', '=', id).executeTakeFirst(),
    list: (workspaceId) =>
      database
        .selectFrom('authorisations')
        .selectAll()
        .where('workspaceId', '=', workspaceId)
        .orderBy('createdAt')
        .execute(),
    activate: (id, { scopes, sealedToken, sealedAccounts, renewDueAt }) =>
      database.transaction().execute(async (transaction) => {
        const activated = await transaction
          .updateTable('authorisations')
          .set({
            state: 'active',
            scopes: JSON.stringify(scopes),
            sealedCode: null,
            sealedToken,
            sealedAccounts,
            errorCode: null,
          })
          .where('id', '=', id)
          // A late exchange does not bring back what was ended meanwhile.
          .where('state', 'in', ['pending', 'active'])
          .returning('id')
          .executeTakeFirst();
        if (activated === undefined || renewDueAt === undefined) return;
        await oweRenewal(transaction, clock, { id, cause: 'consent', dueAt: renewDueAt });
      }),
    async setAccounts(id, sealedAccounts) {
      await update(id).set({ sealedAccounts }).where('state', '=', 'active').execute();
    },
    replaceToken: (id, change) => replaceToken(database, clock, id, change),
    holdForRenewal: (id, work) => holdForRenewal(database, id, callDeadlineMs, work),
    async fail(id, errorCode) {
      await database
        .updateTable('authorisations')
        .set({ state: 'failed', errorCode, sealedCode: null })
        .where('id', '=', id)
        .where('state', '=', 'pending')
        .execute();
    },
    async end(id) {
      await database
        .updateTable('authorisations')
        .set({ state: 'ended', sealedCode: null, sealedToken: null, sealedAccounts: null })
        .where('id', '=', id)
        .execute();
    },
    async setOpenIdIndex(id, openIdIndex) {
      await update(id).set({ openIdIndex }).execute();
    },
    async noteRevokeCall(id) {
      await update(id).set({ revokeCalledAt: clock.now() }).execute();
    },
    toCheck: (checkedBefore) => toCheck(database, checkedBefore),
    async checked(id) {
      await update(id).set({ checkedAt: clock.now() }).execute();
    },
    async openConnections(id) {
      const { count } = await database
        .selectFrom('connections')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .where('authorisationId', '=', id)
        .where('state', 'in', ['active', 'paused'])
        .executeTakeFirstOrThrow();
      return count;
    },
  };
}

async function toCheck(
  database: Database,
  checkedBefore: Date,
): ReturnType<Registry['authorisations']['toCheck']> {
  const authorisations = await database
    .selectFrom('authorisations')
    .selectAll()
    .where('state', '=', 'active')
    .where(({ or, eb }) => or([eb('checkedAt', 'is', null), eb('checkedAt', '<=', checkedBefore)]))
    .orderBy('createdAt')
    .execute();
  if (authorisations.length === 0) return [];
  const connections = await database
    .selectFrom('connections')
    .selectAll()
    .distinctOn('authorisationId')
    .where(
      'authorisationId',
      'in',
      authorisations.map(({ id }) => id),
    )
    .where('state', 'in', ['active', 'paused'])
    .orderBy('authorisationId')
    .orderBy('createdAt')
    .execute();
  const byAuthorisation = new Map(connections.map((one) => [one.authorisationId, one]));
  return authorisations.flatMap((authorisation) => {
    const connection = byAuthorisation.get(authorisation.id);
    return connection === undefined ? [] : [{ ...authorisation, connection }];
  });
}
