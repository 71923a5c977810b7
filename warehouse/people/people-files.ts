/** Buyers' personal fields: one file a shop, under a key of its own, which each night is another one. */
import { existsSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { type KeyDestruction, type Keyring, keyId } from '../../keyring/keyring.ts';
import { HubError } from '../../policy/errors.ts';
import { buyersKept } from '../../policy/retention.ts';
import type { Stream } from '../../policy/stream.ts';
import { bookOf } from '../book.ts';
import { countOf, type Engine, inTransaction, quoteName, quoteText } from '../engine.ts';
import { FactsFiles } from '../files.ts';
import { migrate, tableOf } from '../tables.ts';
import { Generations, syncFolder } from './generations.ts';
import { endNeededSql, type Keeping, timeOverSql } from './time-over.ts';

export interface PeopleOptions {
  readonly folder: string;
  readonly engine: Engine;
  readonly keyring: Keyring;
  /** Those of the people file. */
  readonly streams: readonly Stream[];
  readonly attachedFilesMax: number;
  /** Days after an order's end; 30 at most. */
  readonly buyersDays: number | undefined;
}

export interface Rewritten {
  readonly kept: number;
  readonly removed: number;
  /** The former key's destruction, verified in every replica. */
  readonly destroyed: readonly KeyDestruction[];
}

export class PeopleFiles {
  readonly files: FactsFiles;
  readonly daysAfterEnd: number;
  readonly #options: PeopleOptions;
  readonly #generations: Generations;

  private constructor(options: PeopleOptions, generations: Generations) {
    this.#options = options;
    this.#generations = generations;
    this.daysAfterEnd = options.buyersDays ?? buyersKept.daysAfterEnd;
    this.files = new FactsFiles({ ...options, naming: generations.naming });
  }

  static async open(options: PeopleOptions): Promise<PeopleFiles> {
    const generations = new Generations(options.folder, options.keyring);
    await generations.recover();
    return new PeopleFiles(options, generations);
  }

  async create(connectionId: string): Promise<void> {
    if (this.files.exists(connectionId)) return;
    try {
      await this.files.create(connectionId);
    } catch (error) {
      // Forgotten before, and connected again: the key of that number never comes back.
      if (!(error instanceof HubError && error.code === 'KEY_GONE')) throw error;
      this.#generations.set(connectionId, await this.#generations.begin(connectionId));
      await this.files.create(connectionId);
    }
    this.#generations.set(connectionId, this.#generations.currentOf(connectionId));
  }

  /**
   * A new file under a new key, without the rows whose time is over, in the place of the old one, whose key is
   * destroyed and which is unlinked. Readers are interrupted after 500 ms; loads wait.
   */
  async rewrite(connectionId: string, now: Date): Promise<Rewritten> {
    const { engine } = this.#options;
    const keeping = { now, daysAfterEnd: this.daysAfterEnd };
    let fresh = '';
    let generation = 0;
    let rows = { kept: 0, removed: 0 };
    let destroyed: readonly KeyDestruction[] = [];
    try {
      await engine.using((connection) =>
        this.files.rewrite(
          connectionId,
          connection,
          async (alias) => {
            generation = await this.#generations.begin(connectionId);
            fresh = `${this.#generations.pathOf(connectionId, generation)}.new`;
            rows = await this.#copy(connection, alias, generation, fresh, connectionId, keeping);
          },
          async () => {
            await takeTheName(fresh, this.#generations.pathOf(connectionId, generation));
            this.#generations.set(connectionId, generation);
            destroyed = await this.#generations.forgetOthers(connectionId);
          },
        ),
      );
    } catch (error) {
      // What was not finished; the present file stays.
      await this.files.exclusively(connectionId, async () => {
        await this.#generations.forgetOthers(connectionId);
      });
      throw error;
    }
    return { ...rows, destroyed };
  }

  /** Buyers' fields of a connection that has ended: key destroyed, file unlinked. Idempotent. */
  async forget(connectionId: string): Promise<readonly KeyDestruction[]> {
    return this.files.exclusively(connectionId, () => this.#generations.forgetAll(connectionId));
  }

  get connectionIds(): string[] {
    return this.#generations.connectionIds;
  }

  close(): Promise<void> {
    return this.files.close();
  }

  async #copy(
    connection: DuckDBConnection,
    alias: string,
    generation: number,
    path: string,
    connectionId: string,
    keeping: Keeping,
  ): Promise<{ kept: number; removed: number }> {
    const { keyring, streams } = this.#options;
    const owner = `${connectionId}.people.${generation}`;
    const target = `fresh_${connectionId}_${generation}`;
    await rm(path, { force: true });
    await rm(`${path}.wal`, { force: true });
    const key = await keyring.unwrap(keyId('file', owner));
    await connection.run(
      `attach ${quoteText(path)} as ${quoteName(target)} (ENCRYPTION_KEY $1, STORAGE_VERSION 'v1.5.0')`,
      [key.toString('base64')],
    );
    key.fill(0);
    try {
      await migrate(connection, target, streams);
      return await inTransaction(connection, () =>
        copyRows(connection, alias, target, streams, keeping),
      );
    } finally {
      // Writes what is left of the log into the file.
      await connection.run(`detach ${quoteName(target)}`);
    }
  }
}

/** What a copy does not take along: nothing else tells one buyer from another. */
async function copyRows(
  connection: DuckDBConnection,
  alias: string,
  target: string,
  streams: readonly Stream[],
  keeping: Keeping,
): Promise<{ kept: number; removed: number }> {
  let kept = 0;
  let removed = 0;
  for (const stream of streams) {
    const names = [...stream.fields.map(({ name }) => quoteName(name)), 'known_from'].join(', ');
    const copied = await connection.run(
      `insert into ${tableOf(target, stream)} (${names})
       select ${names} from ${tableOf(alias, stream)} t
       where not ${timeOverSql(alias, stream, 't', keeping)}`,
    );
    const before = await countOf(connection, `select count(*) from ${tableOf(alias, stream)}`);
    kept += copied.rowsChanged;
    removed += before - copied.rowsChanged;
  }
  await connection.run(
    `insert into ${bookOf(target, 'ends')} by name from ${bookOf(alias, 'ends')} where ${endNeededSql(keeping)}`,
  );
  await connection.run(
    `insert into ${bookOf(target, 'pulls')} by name from ${bookOf(alias, 'pulls')}`,
  );
  return { kept, removed };
}

/** Whole and durable before it gets its name. */
async function takeTheName(fresh: string, path: string): Promise<void> {
  if (existsSync(`${fresh}.wal`)) throw new Error('A new people file was not written to its end.');
  const handle = await open(fresh, 'r+');
  await handle.sync();
  await handle.close();
  await rename(fresh, path);
  await syncFolder(dirname(path));
}
