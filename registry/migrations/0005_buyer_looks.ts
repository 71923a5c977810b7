/** Who looked at a buyer, of which order and why: the order sealed under the connection's key, and no person. */
import { type Kysely, sql } from 'kysely';

const statements = [
  `create table buyer_looks (
     id text primary key,
     connection_id text not null references connections (id) on delete cascade,
     sealed_order bytea not null,
     reason text not null,
     at timestamptz not null)`,
  'create index buyer_looks_by_connection on buyer_looks (connection_id, at)',
  'create index buyer_looks_by_time on buyer_looks (at)',
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}
