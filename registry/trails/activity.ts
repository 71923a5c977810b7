/** The log of activity: a sealed row for each use of a feature, a partition a day, each dropped whole at its time. */
import { sql } from 'kysely';
import { HubError } from '../../policy/errors.ts';
import type { Database } from '../database.ts';
import { withTrails } from './tables.ts';

export interface Activity {
  readonly id: string;
  /** UTC day, as `2026-11-24`: names the key and the partition. */
  readonly day: string;
  readonly accountId: string;
  /** A `FeatureUse` as JSON, sealed by the caller under the keys of the account and of the day's activity. */
  readonly sealedUse: Buffer;
}

export interface ActivityLog {
  /** Makes the day's partition when it is missing. */
  record(activity: Activity): Promise<void>;
  /** The newest first. */
  list(
    accountId: string,
    slice: { offset: number; limit: number },
  ): Promise<{ rows: Activity[]; total: number }>;
  /** Makes the partition of a day ahead of its first row. */
  prepare(day: string): Promise<void>;
  /** Drops the partitions of that day and of all before it. */
  purge(lastDay: string): Promise<{ days: readonly string[] }>;
  /** Removes every row of an account that is erased. */
  forget(accountId: string): Promise<{ removed: number }>;
}

/** SQLSTATE check_violation: also of a row whose partition does not exist. */
const noPartition = '23514';
/** Keeps this lock apart from others: partitions are made and dropped by one process at a time. */
const partitionLock = 7305;

export function createActivityLog(database: Database): ActivityLog {
  const trails = withTrails(database);
  const insert = async (activity: Activity): Promise<void> => {
    await trails.insertInto('activity').values(activity).execute();
  };
  return {
    async record(activity) {
      try {
        await insert(activity);
      } catch (error) {
        if ((error as { code?: unknown }).code !== noPartition) throw error;
        await makePartition(database, activity.day);
        await insert(activity);
      }
    },
    async list(accountId, { offset, limit }) {
      const ofAccount = trails.selectFrom('activity').where('accountId', '=', accountId);
      const { total } = await ofAccount
        .select(({ fn }) => fn.countAll<number>().as('total'))
        .executeTakeFirstOrThrow();
      const rows = await ofAccount
        .select(['id', 'day', 'accountId', 'sealedUse'])
        .orderBy('sequence', 'desc')
        .offset(offset)
        .limit(limit)
        .execute();
      return { rows, total };
    },
    prepare: (day) => makePartition(database, day),
    purge: (lastDay) => dropPartitions(database, lastDay),
    async forget(accountId) {
      const { numDeletedRows } = await trails
        .deleteFrom('activity')
        .where('accountId', '=', accountId)
        .executeTakeFirst();
      return { removed: Number(numDeletedRows) };
    },
  };
}

const partitionOf = (day: string): string => `activity_${day.replaceAll('-', '_')}`;

function dayAfter(day: string): string {
  if (!/^\d{4}-\d\d-\d\d$/.test(day)) throw new HubError('INTERNAL', 'This is no day.');
  return new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10);
}

async function makePartition(database: Database, day: string): Promise<void> {
  const next = dayAfter(day);
  await database.transaction().execute(async (transaction) => {
    await sql`select pg_advisory_xact_lock(${partitionLock})`.execute(transaction);
    await sql`
      create table if not exists ${sql.table(partitionOf(day))} partition of activity
      for values from (${sql.lit(day)}) to (${sql.lit(next)})`.execute(transaction);
  });
}

function dropPartitions(database: Database, lastDay: string): ReturnType<ActivityLog['purge']> {
  return database.transaction().execute(async (transaction) => {
    await sql`select pg_advisory_xact_lock(${partitionLock})`.execute(transaction);
    const { rows } = await sql<{ name: string }>`
      select child.relname as name from pg_inherits
      join pg_class child on child.oid = inhrelid
      where inhparent = 'activity'::regclass order by 1`.execute(transaction);
    const days = rows
      .map(({ name }) => name.slice('activity_'.length).replaceAll('_', '-'))
      .filter((day) => day <= lastDay);
    for (const day of days) {
      await sql`drop table ${sql.table(partitionOf(day))}`.execute(transaction);
    }
    return { days };
  });
}
