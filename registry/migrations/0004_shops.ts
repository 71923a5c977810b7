/** What opens a shop for calls, sealed under its connection's key. */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table connections add column sealed_cipher bytea`.execute(db);
}
