/** Mails that wait to be sent: whole, sealed under the account's key. A row is deleted once it is delivered. */
import { type Kysely, sql } from 'kysely';

const statements = [
  `create table outbox (
     id text primary key,
     account_id text references accounts (id) on delete cascade,
     channel text not null,
     kind text not null,
     sealed_mail bytea not null, -- person.contact
     dedupe_key text not null unique,
     created_at timestamptz not null)`,
  'create index outbox_by_age on outbox (created_at)',
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}
