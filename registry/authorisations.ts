import type { Clock } from '../policy/clock.ts';
import type { Database } from './database.ts';
import type { Registry } from './registry.ts';

export function createAuthorisations(database: Database, clock: Clock): Registry['authorisations'] {
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
    async activate(id, { scopes, sealedToken, sealedAccounts }) {
      await database
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
        .execute();
    },
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
