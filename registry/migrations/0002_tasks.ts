/** What waits for a person. Details are random ids and counts, never a person. */
import { type Kysely, sql } from 'kysely';

const statements = [
  `create table tasks (
     id text primary key,
     kind text not null,
     subject_id text not null,
     due_at timestamptz not null,
     details jsonb not null default '{}',
     created_at timestamptz not null,
     closed_at timestamptz)`,
  `create unique index tasks_open on tasks (kind, subject_id) where closed_at is null`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}
