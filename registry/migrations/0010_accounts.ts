/**
 * People who use this hub. Whatever says something about one of them is sealed under the account's key by the caller;
 * each such column names its category (`personColumns` in policy/person-columns.ts).
 */
import { type Kysely, sql } from 'kysely';

const statements = [
  `create table accounts (
     id text primary key,
     email_index bytea not null,
     sealed_name bytea not null, -- person.identity
     sealed_email bytea not null, -- person.contact
     sealed_password bytea not null, -- person.secret
     adult_stated_at timestamptz not null,
     verified_at timestamptz,
     created_at timestamptz not null)`,
  // Sign-ups of one address wait side by side: whose link is opened first is the account.
  'create unique index accounts_by_email on accounts (email_index) where verified_at is not null',
  'create index accounts_waiting on accounts (email_index, created_at) where verified_at is null',
  `create table policy_acceptances (
     account_id text not null references accounts (id) on delete cascade,
     policy_version text not null,
     at timestamptz not null,
     primary key (account_id, policy_version))`,
  `create table sessions (
     id text primary key,
     account_id text not null references accounts (id) on delete cascade,
     token_hash bytea not null unique,
     sealed_device bytea not null, -- person.device
     created_at timestamptz not null,
     last_seen_at timestamptz not null,
     confirmed_at timestamptz,
     proved_at timestamptz not null)`,
  'create index sessions_by_account on sessions (account_id)',
  `create table links (
     token_hash bytea primary key,
     account_id text not null references accounts (id) on delete cascade,
     kind text not null,
     expires_at timestamptz not null)`,
  'create index links_by_account on links (account_id)',
  `create table factors (
     id text primary key,
     account_id text not null references accounts (id) on delete cascade,
     sealed_secret bytea not null, -- person.secret
     last_step bigint not null default 0,
     confirmed_at timestamptz,
     created_at timestamptz not null)`,
  'create unique index factors_confirmed on factors (account_id) where confirmed_at is not null',
  'create unique index factors_waiting on factors (account_id) where confirmed_at is null',
  `create table backup_codes (
     account_id text not null references accounts (id) on delete cascade,
     code_hash bytea not null,
     primary key (account_id, code_hash))`,
  `create table known_devices (
     account_id text not null references accounts (id) on delete cascade,
     token_hash bytea not null,
     last_seen_at timestamptz not null,
     primary key (account_id, token_hash))`,
  // The three columns that rate-limiter-flexible writes, in its order. Keys are HMACs under a key of the day.
  `create table throttles (
     key text primary key,
     points integer not null,
     expire bigint)`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}
