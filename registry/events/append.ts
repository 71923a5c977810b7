/**
 * Appends in groups: while one statement is under way, events gather for the next. So a commit's wait for the disk is
 * shared by all that arrived during the one before.
 */
import { sql } from 'kysely';
import type { Clock } from '../../policy/clock.ts';
import { HubError } from '../../policy/errors.ts';
import type { Database } from '../database.ts';
import { channelName } from '../notify.ts';
import type { NewEvent } from './events.ts';

/** Events of one statement. */
const groupMax = 500;
/** Events in memory that are not acknowledged; at 64 KB each this is the most that a flood can hold. */
const waitingMax = 2_000;

interface Waiting {
  readonly event: NewEvent;
  readonly receivedAt: Date;
  readonly written: PromiseWithResolvers<'new' | 'duplicate'>;
}

export class EventAppender {
  readonly #database: Database;
  readonly #clock: Clock;
  #waiting: Waiting[] = [];
  #writing = 0;
  #last: Promise<void> | undefined;

  constructor(database: Database, clock: Clock) {
    this.#database = database;
    this.#clock = clock;
  }

  append(event: NewEvent): Promise<'new' | 'duplicate'> {
    if (this.#waiting.length + this.#writing >= waitingMax) return Promise.reject(busy());
    const written = Promise.withResolvers<'new' | 'duplicate'>();
    this.#waiting.push({ event, receivedAt: this.#clock.now(), written });
    this.#last ??= this.#writeAll();
    return written.promise;
  }

  /** Resolves when nothing is under way any more. */
  async drained(): Promise<void> {
    await this.#last;
  }

  async #writeAll(): Promise<void> {
    // All that arrive in this turn of the event loop go together.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0, groupMax);
      this.#writing = group.length;
      try {
        const added = await insert(this.#database, group);
        for (const { event, written } of group) {
          written.resolve(added.has(event.id) ? 'new' : 'duplicate');
        }
      } catch (error) {
        for (const { written } of group) written.reject(error);
      }
      this.#writing = 0;
    }
    this.#last = undefined;
  }
}

/** One statement; consumers are told when it commits. Returns the ids that were new. */
async function insert(database: Database, group: readonly Waiting[]): Promise<Set<string>> {
  const column = <T>(read: (event: NewEvent) => T): T[] => group.map(({ event }) => read(event));
  const { rows } = await sql<{ id: string }>`
    with added as (
      insert into events
        (id, source, external_id, kind, subject, state, outcome, sent_at, received_at,
         next_attempt_at, sealed_body)
      select id, source, external_id, kind, subject,
        case when outcome is null then 'waiting' else 'set-aside' end,
        outcome, sent_at, received_at, received_at, sealed_body
      from unnest(
        ${column(({ id }) => id)}::text[],
        ${column(({ source }) => source)}::text[],
        ${column(({ externalId }) => externalId)}::text[],
        ${column(({ kind }) => kind)}::text[],
        ${column(({ subject }) => subject)}::text[],
        ${column(({ setAside }) => setAside)}::text[],
        ${column(({ sentAt }) => sentAt)}::timestamptz[],
        ${group.map(({ receivedAt }) => receivedAt)}::timestamptz[],
        ${column(({ sealedBody }) => sealedBody)}::bytea[]
      ) with ordinality as given
        (id, source, external_id, kind, subject, outcome, sent_at, received_at, sealed_body, nth)
      order by nth
      on conflict do nothing
      returning id),
    told as materialized (
      select pg_notify(${channelName('events')}, '') where exists (select from added))
    select added.id from added left join told on true`.execute(database);
  return new Set(rows.map(({ id }) => id));
}

const busy = (): HubError =>
  new HubError('CALLBACKS_BUSY', 'Too many events wait to be written; send this one again later.', {
    retryAfterMs: 2_000,
  });
