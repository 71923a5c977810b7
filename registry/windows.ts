import { sql } from 'kysely';
import type { Window } from '../policy/windows.ts';
import type { Database, Tables } from './database.ts';
import { notify } from './notify.ts';
import type { Registry, WindowRecord } from './registry.ts';

/** Rows a statement: ten parameters each, well below PostgreSQL's 65,535. */
const batchRowsMax = 1_000;
const key = ['connectionId', 'stream', 'fromDay', 'toDay'] as const;

type WindowRow = Tables['windows'];

export function createWindows(database: Database): Registry['windows'] {
  return {
    list: (connectionId, stream) => listWindows(database, connectionId, stream),
    async plan(connectionId, stream, windows) {
      await database.transaction().execute(async (transaction) => {
        for (const batch of batches(windows)) {
          const rows = batch.map((window) => ({
            ...planned(connectionId, stream, window),
            priority: window.priority,
          }));
          await transaction
            .insertInto('windows')
            .values(rows)
            .onConflict((conflict) =>
              conflict.columns([...key]).doUpdateSet({
                state: 'planned',
                error: null,
                priority: sql`case when windows.state = 'planned'
                  then least(windows.priority, excluded.priority) else excluded.priority end`,
              }),
            )
            .execute();
        }
        await notify(transaction, 'windows', connectionId);
      });
    },
    async split(connectionId, stream, window, halves) {
      await database.transaction().execute(async (transaction) => {
        const whole = await transaction
          .deleteFrom('windows')
          .where('connectionId', '=', connectionId)
          .where('stream', '=', stream)
          .where('fromDay', '=', window.from)
          .where('toDay', '=', window.to)
          .returning(['priority', 'rows'])
          .executeTakeFirst();
        // Split before: the halves are there, perhaps loaded.
        if (whole === undefined) return;
        await transaction
          .insertInto('windows')
          .values(
            halves.map((half) => ({
              ...planned(connectionId, stream, half),
              priority: whole.priority,
            })),
          )
          .onConflict((conflict) => conflict.columns([...key]).doNothing())
          .execute();
        if (whole.rows !== null)
          await addRows(transaction, connectionId, stream, halves[0]!, whole.rows);
        await notify(transaction, 'windows', connectionId);
      });
    },
    async loaded(connectionId, stream, window, { completeness, rows, pulledAt }) {
      const figures = { state: 'loaded', completeness, rows, pulledAt, error: null } as const;
      await database
        .insertInto('windows')
        .values({ ...planned(connectionId, stream, window), ...figures, priority: 5 })
        .onConflict((conflict) =>
          conflict
            .columns([...key])
            .doUpdateSet({
              ...figures,
              rows: sql`case when windows.pulled_at = excluded.pulled_at then windows.rows
                else coalesce(windows.rows, 0) + excluded.rows end`,
            })
            // An older pull never wins over a newer one.
            .where((row) =>
              row.or([
                row('windows.pulledAt', 'is', null),
                row('windows.pulledAt', '<=', row.ref('excluded.pulledAt')),
              ]),
            ),
        )
        .execute();
      await notify(database, 'windows', connectionId);
    },
    async failed(connectionId, stream, window, errorCode) {
      const figures = { state: 'failed', error: errorCode } as const;
      await database
        .insertInto('windows')
        .values({ ...planned(connectionId, stream, window), ...figures, priority: 5 })
        .onConflict((conflict) => conflict.columns([...key]).doUpdateSet(figures))
        .execute();
      await notify(database, 'windows', connectionId);
    },
    rebuild: (connectionId, truth) => rebuildWindows(database, connectionId, truth),
    progress: (connectionId) => windowProgress(database, connectionId),
  };
}

/** What a window's loads have added stays counted when it goes. */
async function addRows(
  database: Database,
  connectionId: string,
  stream: string,
  { from, to }: Window,
  rows: number,
): Promise<void> {
  await database
    .updateTable('windows')
    .set({ rows: sql`coalesce(rows, 0) + ${rows}` })
    .where('connectionId', '=', connectionId)
    .where('stream', '=', stream)
    .where('fromDay', '=', from)
    .where('toDay', '=', to)
    .execute();
}

async function listWindows(
  database: Database,
  connectionId: string,
  stream: string | undefined,
): Promise<WindowRecord[]> {
  let query = database
    .selectFrom('windows')
    .select([
      'stream',
      'fromDay as from',
      'toDay as to',
      'state',
      'priority',
      'completeness',
      'rows',
      'pulledAt',
      'error',
    ])
    .where('connectionId', '=', connectionId)
    .orderBy('stream')
    .orderBy('fromDay', 'desc')
    .orderBy('toDay', 'desc');
  if (stream !== undefined) query = query.where('stream', '=', stream);
  return query.execute();
}

/**
 * What is planned and not in the file stays owed. A planned window that the file holds in a newer pull than the
 * registry knew is loaded: the process ended between the commit there and the note here.
 */
async function rebuildWindows(
  database: Database,
  connectionId: string,
  truth: Parameters<Registry['windows']['rebuild']>[1],
): Promise<void> {
  await database.transaction().execute(async (transaction) => {
    await transaction
      .deleteFrom('windows')
      .where('connectionId', '=', connectionId)
      .where('state', '<>', 'planned')
      // What a person asked for and failed is not in the file, and still asked for.
      .where(({ eb, not, and }) => not(and([eb('state', '=', 'failed'), eb('priority', '=', 4)])))
      .execute();
    // All rows are told by the truth, day by day.
    await transaction
      .updateTable('windows')
      .set({ rows: 0 })
      .where('connectionId', '=', connectionId)
      .where('rows', 'is not', null)
      .execute();
    for (const batch of batches(truth)) {
      const rows = batch.map(({ stream, from, to, completeness, rows, pulledAt }) => ({
        ...planned(connectionId, stream, { from, to }),
        state: 'loaded' as const,
        priority: 5 as const,
        completeness,
        rows,
        pulledAt,
      }));
      await transaction
        .insertInto('windows')
        .values(rows)
        .onConflict((conflict) =>
          conflict.columns([...key]).doUpdateSet({
            state: sql`case when windows.pulled_at = excluded.pulled_at
              then windows.state else 'loaded' end`,
            completeness: sql`excluded.completeness`,
            rows: sql`excluded.rows`,
            pulledAt: sql`excluded.pulled_at`,
            error: null,
          }),
        )
        .execute();
    }
    await notify(transaction, 'windows', connectionId);
  });
}

async function windowProgress(
  database: Database,
  connectionId: string,
): ReturnType<Registry['windows']['progress']> {
  return database
    .selectFrom('windows')
    .select(({ fn }) => [
      'stream',
      fn.countAll<number>().filterWhere('state', '=', 'planned').as('planned'),
      fn.countAll<number>().filterWhere('state', '=', 'loaded').as('loaded'),
      fn.countAll<number>().filterWhere('state', '=', 'failed').as('failed'),
      sql<number>`coalesce(sum(rows), 0)::bigint`.as('rows'),
      fn.max('pulledAt').as('newestPulledAt'),
    ])
    .where('connectionId', '=', connectionId)
    .groupBy('stream')
    .orderBy('stream')
    .execute();
}

const planned = (
  connectionId: string,
  stream: string,
  window: Window,
): Omit<WindowRow, 'priority'> => ({
  connectionId,
  stream,
  fromDay: window.from,
  toDay: window.to,
  state: 'planned',
  completeness: null,
  rows: null,
  pulledAt: null,
  error: null,
});

function* batches<T>(items: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += batchRowsMax) yield items.slice(at, at + batchRowsMax);
}
