/** `hub migrate`: brings the registry named by `DATABASE_URL` up to this version. */
import { HubError } from '../policy/errors.ts';
import { migrate } from '../registry/migrate.ts';
import { readConfig } from './config.ts';

export default async function migrateCommand(): Promise<void> {
  const { databaseUrl } = readConfig();
  if (databaseUrl === null) {
    throw new HubError(
      'CONFIGURATION_INVALID',
      'Set DATABASE_URL. An embedded hub migrates its own PostgreSQL at each start.',
    );
  }
  const applied = await migrate(databaseUrl.reveal());
  console.log(applied.length === 0 ? 'Nothing to migrate.' : `Applied ${applied.join(', ')}.`);
}
