import { randomUUID } from 'node:crypto';
import type { Clock } from '../policy/clock.ts';
import type { Database } from './database.ts';
import type { Registry } from './registry.ts';

export function createWorkspaces(database: Database, clock: Clock): Registry['workspaces'] {
  return {
    async create(name) {
      const workspace = { id: randomUUID(), name };
      await database
        .insertInto('workspaces')
        .values({ ...workspace, createdAt: clock.now() })
        .execute();
      return workspace;
    },
    list: () =>
      database.selectFrom('workspaces').select(['id', 'name']).orderBy('createdAt').execute(),
    find: (id) =>
      database
        .selectFrom('workspaces')
        .select(['id', 'name'])
        .where('id', '=', id)
        .executeTakeFirst(),
  };
}
