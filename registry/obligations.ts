import { randomUUID } from 'node:crypto';
import type { Clock } from '../policy/clock.ts';
import type { Database } from './database.ts';
import { notify } from './notify.ts';
import type { Obligation, ObligationKind, Registry } from './registry.ts';

const columns = ['id', 'kind', 'subjectId', 'cause', 'dueAt', 'doneAt', 'pollsLeft'] as const;

export interface NewObligation {
  readonly kind: ObligationKind;
  readonly subjectId: string;
  readonly cause: string;
  readonly dueAt: Date;
  readonly pollsLeft?: number;
}

/** One open obligation of a kind and subject: a second cause can only bring it forward. */
export async function addObligation(
  database: Database,
  clock: Clock,
  input: NewObligation,
): Promise<Obligation> {
  const obligation = await database
    .insertInto('obligations')
    .values({ ...input, id: randomUUID(), createdAt: clock.now() })
    .onConflict((conflict) =>
      conflict
        .columns(['kind', 'subjectId'])
        .where('doneAt', 'is', null)
        .doUpdateSet((row) => ({
          dueAt: row.fn('least', ['obligations.dueAt', 'excluded.dueAt']),
          pollsLeft: row.fn('least', ['obligations.pollsLeft', 'excluded.pollsLeft']),
        })),
    )
    .returning(columns)
    .executeTakeFirstOrThrow();
  await notify(database, 'obligations', obligation.id);
  return obligation;
}

export function createObligations(database: Database, clock: Clock): Registry['obligations'] {
  const open = () =>
    database
      .selectFrom('obligations')
      .select(columns)
      .where('doneAt', 'is', null)
      .orderBy('dueAt')
      .orderBy('id');
  return {
    due: (now) => open().where('dueAt', '<=', now).where('pollsLeft', '=', 0).execute(),
    open({ kind, subjectId } = {}) {
      let query = open();
      if (kind !== undefined) query = query.where('kind', '=', kind);
      if (subjectId !== undefined) query = query.where('subjectId', '=', subjectId);
      return query.execute();
    },
    add: (input) =>
      database.transaction().execute((transaction) => addObligation(transaction, clock, input)),
    async done(id) {
      await database
        .updateTable('obligations')
        .set({ doneAt: clock.now() })
        .where('id', '=', id)
        .where('doneAt', 'is', null)
        .execute();
      await notify(database, 'obligations', id);
    },
    async countPolls(ids, countedBefore) {
      if (ids.length === 0) return;
      await database
        .updateTable('obligations')
        .set(({ eb }) => ({ pollsLeft: eb('pollsLeft', '-', 1), polledAt: clock.now() }))
        .where('id', 'in', ids)
        .where('doneAt', 'is', null)
        .where('pollsLeft', '>', 0)
        .where(({ eb, fn }) => eb(fn.coalesce('polledAt', 'createdAt'), '<=', countedBefore))
        .execute();
    },
  };
}
