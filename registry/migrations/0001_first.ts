/** The first tables. SQL in the subset of PostgreSQL 15. Ids are text: random, made by the caller or here. */
import { type Kysely, sql } from 'kysely';

const statements = [
  `create table workspaces (
     id text primary key,
     name text not null,
     created_at timestamptz not null)`,
  `create table consent_requests (
     id text primary key,
     workspace_id text not null references workspaces,
     platform text not null,
     state_hash bytea not null unique,
     nonce_hash bytea not null,
     created_at timestamptz not null)`,
  `create table authorisations (
     id text primary key,
     workspace_id text not null references workspaces,
     platform text not null,
     scopes jsonb not null default '[]',
     state text not null check (state in ('pending', 'active', 'failed', 'ended')),
     sealed_code bytea,
     sealed_token bytea,
     sealed_accounts bytea,
     error_code text,
     created_at timestamptz not null)`,
  `create index on authorisations (workspace_id)`,
  `create table connections (
     id text primary key,
     workspace_id text not null references workspaces,
     authorisation_id text not null references authorisations,
     platform text not null,
     account_id text not null,
     sealed_name bytea,
     state text not null check (state in ('active', 'paused', 'restricted', 'ended')),
     epoch bigint not null check (epoch > 0),
     time_zone text,
     currency text,
     created_at timestamptz not null)`,
  // A restricted connection waits for its erasure; the account may be connected anew beside it.
  `create unique index connections_account on connections (workspace_id, platform, account_id)
     where state in ('active', 'paused')`,
  `create index on connections (authorisation_id)`,
  `create table consents (
     id text primary key,
     connection_id text not null references connections,
     epoch bigint not null,
     given boolean not null,
     cause text not null,
     at timestamptz not null,
     unique (connection_id, epoch))`,
  `create table obligations (
     id text primary key,
     kind text not null,
     subject_id text not null,
     cause text not null,
     due_at timestamptz not null,
     done_at timestamptz,
     created_at timestamptz not null)`,
  `create unique index obligations_open on obligations (kind, subject_id) where done_at is null`,
  `create index obligations_due on obligations (due_at) where done_at is null`,
  `create table windows (
     connection_id text not null references connections,
     stream text not null,
     from_day date not null,
     to_day date not null,
     state text not null check (state in ('planned', 'loaded', 'failed')),
     priority int not null,
     completeness text,
     rows bigint,
     pulled_at timestamptz,
     error text,
     primary key (connection_id, stream, from_day, to_day))`,
  `create table quota_slots (app text primary key, next_slot_at timestamptz not null)`,
  `create table quota_pauses (
     app text not null,
     kind text not null,
     until timestamptz not null,
     primary key (app, kind))`,
  `create table report_task_counts (
     app text not null,
     day date not null,
     tasks int not null,
     primary key (app, day))`,
  `create table fence_holders (
     id text primary key,
     lease_until timestamptz not null,
     call_deadline_ms int not null,
     host text,
     pid int,
     started_at text)`,
  `create table fence_acknowledgements (
     holder_id text not null references fence_holders on delete cascade,
     connection_id text not null,
     epoch bigint not null,
     primary key (holder_id, connection_id))`,
  `create table clock (id boolean primary key default true check (id), offset_ms bigint not null)`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}
