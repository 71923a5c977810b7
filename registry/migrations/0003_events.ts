/** What TikTok told unasked, kept for seven days; when authorisations were last asked for. */
import { type Kysely, sql } from 'kysely';

const statements = [
  `create table events (
     sequence bigint generated always as identity primary key,
     id text not null unique,
     source text not null,
     external_id text not null,
     connection_id text references connections,
     kind text not null,
     subject text not null,
     state text not null check (state in ('waiting', 'done', 'set-aside')),
     outcome text,
     sent_at timestamptz,
     received_at timestamptz not null,
     attempts int not null default 0,
     next_attempt_at timestamptz not null,
     sealed_body bytea)`,
  // One event is received once, and delivered once to each connection of its account.
  `create unique index events_once on events (source, external_id, connection_id) nulls not distinct`,
  `create index events_waiting on events (subject, sequence) where state = 'waiting'`,
  `create index events_due on events (next_attempt_at, sequence) where state = 'waiting'`,
  `create index events_received on events (received_at)`,
  `create index events_connection on events (connection_id)`,
  // TikTok's id of who gave the authorisation, as a keyed index; it outlives the token, as events about it may.
  `alter table authorisations add column open_id_index bytea`,
  `create index on authorisations (open_id_index)`,
  // What comes back within a day of our own revoke call is its echo.
  `alter table authorisations add column revoke_called_at timestamptz`,
  `alter table authorisations add column checked_at timestamptz`,
  // Owed only after TikTok has been asked this often once more.
  `alter table obligations add column polls_left int not null default 0`,
  `alter table obligations add column polled_at timestamptz`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}
