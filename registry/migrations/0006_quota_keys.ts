/** Quota rows of shops are kept by a hash; those that named a shop go. They are a second's or a minute's memory. */
import { type Kysely, sql } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const table of ['quota_slots', 'quota_pauses']) {
    await sql`delete from ${sql.table(table)} where app like 'shop:%'`.execute(db);
  }
}
