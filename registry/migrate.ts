/** Brings the schema up to this version. Several processes may try at once: an advisory lock orders them. */
import { Migrator } from 'kysely/migration';
import { HubError } from '../policy/errors.ts';
import { type Database, openDatabase } from './database.ts';
import * as first from './migrations/0001_first.ts';
import * as tasks from './migrations/0002_tasks.ts';
import * as events from './migrations/0003_events.ts';
import * as shops from './migrations/0004_shops.ts';
import * as buyerLooks from './migrations/0005_buyer_looks.ts';
import * as quotaKeys from './migrations/0006_quota_keys.ts';
import * as accounts from './migrations/0010_accounts.ts';
import * as trails from './migrations/0020_trails.ts';
import * as outbox from './migrations/0030_outbox.ts';

/** Every migration by name, in order. Named here, not found in a folder: a bundle has no folder. */
const migrations = {
  '0001_first': first,
  '0002_tasks': tasks,
  '0003_events': events,
  '0004_shops': shops,
  '0005_buyer_looks': buyerLooks,
  '0006_quota_keys': quotaKeys,
  '0010_accounts': accounts,
  '0020_trails': trails,
  '0030_outbox': outbox,
};

/** Migrates and returns the names of what was applied. A newer version's database is refused. */
export async function migrate(databaseUrl: string): Promise<string[]> {
  const database = openDatabase(databaseUrl);
  try {
    return await migrateDatabase(database);
  } finally {
    await database.destroy();
  }
}

export async function migrateDatabase(database: Database): Promise<string[]> {
  const migrator = new Migrator({
    db: database,
    provider: { getMigrations: async () => migrations },
  });
  const { error, results } = await migrator.migrateToLatest();
  if (error === undefined) return (results ?? []).map((result) => result.migrationName);
  if (error instanceof HubError) throw error;
  if (error instanceof Error && error.message.startsWith('corrupted migrations')) {
    throw new HubError(
      'CONFIGURATION_INVALID',
      'The database was made by a newer version of the hub. Start that version, or restore a backup made by this one.',
      { cause: error },
    );
  }
  throw error;
}
