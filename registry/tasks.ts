/** Tasks for people: what this software cannot finish by itself. */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../policy/clock.ts';
import type { Database } from './database.ts';
import type { Registry } from './registry.ts';

const columns = ['id', 'kind', 'subjectId', 'dueAt', 'details', 'createdAt', 'closedAt'] as const;

export function createTasks(database: Database, clock: Clock): Registry['tasks'] {
  return {
    open: ({ kind, subjectId, dueAt, details = {} }) =>
      database
        .insertInto('tasks')
        .values({
          ...{ kind, subjectId, dueAt },
          id: randomUUID(),
          details: JSON.stringify(details),
          createdAt: clock.now(),
          closedAt: null,
        })
        .onConflict((conflict) =>
          conflict
            .columns(['kind', 'subjectId'])
            .where('closedAt', 'is', null)
            .doUpdateSet((row) => ({
              dueAt: row.fn('least', ['tasks.dueAt', 'excluded.dueAt']),
              details: row.ref('excluded.details'),
            })),
        )
        .returning(columns)
        .executeTakeFirstOrThrow(),
    list({ kind, subjectId, closed = false } = {}) {
      let query = database.selectFrom('tasks').select(columns).orderBy('dueAt').orderBy('id');
      query = query.where('closedAt', closed ? 'is not' : 'is', null);
      if (kind !== undefined) query = query.where('kind', '=', kind);
      if (subjectId !== undefined) query = query.where('subjectId', '=', subjectId);
      return query.execute();
    },
    async close(id) {
      await database
        .updateTable('tasks')
        .set({ closedAt: clock.now() })
        .where('id', '=', id)
        .where('closedAt', 'is', null)
        .execute();
    },
  };
}
