/**
 * One process owns a folder. SQLite's file lock is the operating system's own: it ends with the process, however that
 * ends, works on Linux and macOS alike and is seen by other containers of the same host.
 */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { HubError } from '../policy/errors.ts';

export interface DirectoryLock {
  release(): void;
}

/** Throws `KEYRING_LOCKED` at once while another process (or another keyring of this one) owns the folder. */
export function lockDirectory(directory: string): DirectoryLock {
  const database = new DatabaseSync(join(directory, 'lock'), { timeout: 0 });
  try {
    // Nothing is ever written, so the journal may stay in memory: no file is left behind.
    database.exec('pragma journal_mode = memory; begin exclusive');
  } catch (cause) {
    database.close();
    throw new HubError(
      'KEYRING_LOCKED',
      `The keyring in ${directory} is in use. Stop the other hub that uses it, then start again.`,
      { cause },
    );
  }
  return { release: () => database.close() };
}
