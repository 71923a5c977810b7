import { type Kysely, sql } from 'kysely';
import type { Clock } from '../../policy/clock.ts';
import type { Database } from '../database.ts';
import { EventAppender } from './append.ts';
import type { Delivery, EventState, Events, ListedEvent, TakenEvent } from './events.ts';

export type EventTables = {
  events: TakenEvent & {
    sequence: number;
    state: EventState;
    outcome: string | null;
    nextAttemptAt: Date;
  };
};
type EventDatabase = Kysely<EventTables>;

/** Rows that one statement of the purge removes, so that none holds locks for long. */
const purgeRowsMax = 10_000;
/** Keeps this lock apart from others. */
const consumeLock = 7304;

const takenColumns = [
  'id',
  'source',
  'externalId',
  'connectionId',
  'kind',
  'subject',
  'sentAt',
  'receivedAt',
  'attempts',
  'sealedBody',
] as const;
const listedColumns = [
  'id',
  'source',
  'connectionId',
  'kind',
  'state',
  'outcome',
  'sentAt',
  'receivedAt',
  'attempts',
] as const;

/** `database` is a pool of its own: events do not wait behind what else the process asks. */
export function createEvents(
  database: Database,
  clock: Clock,
): Events & { drained(): Promise<void> } {
  const events = database.withTables<EventTables>() as unknown as EventDatabase;
  const appender = new EventAppender(database, clock);
  /** Only of what waits: what another process has ended meanwhile stays as it is. */
  const update = (ids: readonly string[]) =>
    events.updateTable('events').where('id', 'in', ids).where('state', '=', 'waiting');
  return {
    append: (event) => appender.append(event),
    drained: () => appender.drained(),
    exclusively: (work) => exclusively(database, work),
    take: (limit) => take(events, clock, limit),
    match: (deliveries) => match(events, clock, deliveries),
    async done(ids, outcome) {
      if (ids.length > 0) await update(ids).set({ state: 'done', outcome }).execute();
    },
    async postpone(ids, until, outcome) {
      if (ids.length === 0) return;
      await update(ids)
        .set(({ eb }) => ({ attempts: eb('attempts', '+', 1), nextAttemptAt: until, outcome }))
        .execute();
    },
    async setAside(ids, outcome) {
      if (ids.length > 0) await update(ids).set({ state: 'set-aside', outcome }).execute();
    },
    list: (filter) => list(events, filter),
    backlog: () => backlog(events, clock),
    purge: (before) => purge(events, before),
    forget: (connectionId) => forget(events, connectionId),
  };
}

/** The lock dies with the session, so nothing is left behind by a process that is killed. */
function exclusively(database: Database, work: () => Promise<void>): Promise<boolean> {
  return database.transaction().execute(async (transaction) => {
    const { rows } = await sql<{ locked: boolean }>`
      select pg_try_advisory_xact_lock(${consumeLock}) as locked`.execute(transaction);
    if (rows[0]?.locked !== true) return false;
    // The work goes over other connections of the pool; this one only holds the lock.
    await sql`set local idle_in_transaction_session_timeout = 0`.execute(transaction);
    await work();
    return true;
  });
}

function take(events: EventDatabase, clock: Clock, limit: number): Promise<TakenEvent[]> {
  const now = clock.now();
  return events
    .selectFrom('events')
    .select(takenColumns)
    .where('state', '=', 'waiting')
    .where('nextAttemptAt', '<=', now)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('events as earlier')
            .select('earlier.id')
            .whereRef('earlier.subject', '=', 'events.subject')
            .whereRef('earlier.sequence', '<', 'events.sequence')
            .where('earlier.state', '=', 'waiting')
            .where('earlier.nextAttemptAt', '>', now),
        ),
      ),
    )
    .orderBy('sequence')
    .limit(limit)
    .execute();
}

async function match(
  events: EventDatabase,
  clock: Clock,
  deliveries: readonly Delivery[],
): Promise<void> {
  if (deliveries.length === 0) return;
  const column = <T>(read: (delivery: Delivery) => T): T[] => deliveries.map(read);
  await events.transaction().execute(async (transaction) => {
    await sql`
      insert into events
        (id, source, external_id, connection_id, kind, subject, state, sent_at, received_at,
         next_attempt_at, sealed_body)
      select given.id, event.source, event.external_id, given.connection_id, event.kind,
        given.connection_id, 'waiting', event.sent_at, event.received_at, ${clock.now()},
        given.sealed_body
      from unnest(
        ${column(({ eventId }) => eventId)}::text[],
        ${column(({ id }) => id)}::text[],
        ${column(({ connectionId }) => connectionId)}::text[],
        ${column(({ sealedBody }) => sealedBody)}::bytea[]
      ) with ordinality as given (event_id, id, connection_id, sealed_body, nth)
      join events event on event.id = given.event_id and event.state = 'waiting'
      order by nth
      on conflict do nothing`.execute(transaction);
    const last = deliveries.filter(({ isLast }) => isLast);
    if (last.length === 0) return;
    await transaction
      .updateTable('events')
      .set({ state: 'done', outcome: 'matched', sealedBody: null })
      .where('id', 'in', [...new Set(last.map(({ eventId }) => eventId))])
      .where('state', '=', 'waiting')
      .execute();
  });
}

async function list(
  events: EventDatabase,
  { state, source, offset, limit }: Parameters<Events['list']>[0],
): Promise<{ rows: ListedEvent[]; total: number }> {
  let query = events.selectFrom('events');
  if (state !== undefined) query = query.where('state', '=', state);
  if (source !== undefined) query = query.where('source', '=', source);
  const { total } = await query
    .select(({ fn }) => fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow();
  const rows = await query
    .select(listedColumns)
    .orderBy('sequence', 'desc')
    .offset(offset)
    .limit(limit)
    .execute();
  return { rows, total };
}

async function backlog(events: EventDatabase, clock: Clock): ReturnType<Events['backlog']> {
  const rows = await events
    .selectFrom('events')
    .select(({ fn }) => ['state' as const, fn.countAll<number>().as('count')])
    .groupBy('state')
    .execute();
  const counts = { waiting: 0, done: 0, 'set-aside': 0 };
  for (const { state, count } of rows) counts[state] = count;
  const oldest = await events
    .selectFrom('events')
    .select(({ fn }) => fn.min('receivedAt').as('receivedAt'))
    .where('state', '=', 'waiting')
    .where('nextAttemptAt', '<=', clock.now())
    .executeTakeFirst();
  return { counts, oldestDue: oldest?.receivedAt ?? null };
}

async function purge(events: EventDatabase, before: Date): ReturnType<Events['purge']> {
  const purged = { removed: 0, unhandled: 0 };
  for (;;) {
    const rows = await events
      .deleteFrom('events')
      .where('sequence', 'in', (from) =>
        from
          .selectFrom('events')
          .select('sequence')
          .where('receivedAt', '<', before)
          .limit(purgeRowsMax),
      )
      .returning('state')
      .execute();
    purged.removed += rows.length;
    purged.unhandled += rows.filter(({ state }) => state === 'waiting').length;
    if (rows.length < purgeRowsMax) return purged;
  }
}

async function forget(events: EventDatabase, connectionId: string): Promise<number> {
  const { numDeletedRows } = await events
    .deleteFrom('events')
    .where('connectionId', '=', connectionId)
    .executeTakeFirst();
  return Number(numDeletedRows);
}
