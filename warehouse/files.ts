/**
 * Which files are attached: on demand, counted while in use, the longest idle one detached first;
 * one writer a file; detaching waits for readers 500 ms and then interrupts them.
 */
import { existsSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { type Keyring, keyId } from '../keyring/keyring.ts';
import { HubError } from '../policy/errors.ts';
import type { Stream } from '../policy/stream.ts';
import { type Engine, quoteName, quoteText } from './engine.ts';
import { Mutex } from './mutex.ts';
import { migrate } from './tables.ts';

/** About two restated weeks of 10,000 ads; replayed within a second after a crash. */
const checkpointLogBytes = 16 * 2 ** 20;
/** Readers may finish what they began; erasing waits no longer than this for them. */
const readerGraceMs = 500;

export interface FilesOptions {
  readonly folder: string;
  readonly engine: Engine;
  readonly keyring: Keyring;
  readonly streams: readonly Stream[];
  /** About 0.75 MB of memory and one descriptor each. */
  readonly attachedFilesMax: number;
  /** What the files hold and how they are called; `facts` unless given. */
  readonly naming?: FileNaming;
}

/** Name of a connection's file, without `.duckdb`; its key belongs to that name. */
export interface FileNaming {
  readonly kind: 'facts' | 'people';
  nameOf(connectionId: string): string;
}

const factsNaming: FileNaming = {
  kind: 'facts',
  nameOf: (connectionId) => `${requireId(connectionId)}.facts`,
};

interface FactsFile {
  readonly connectionId: string;
  readonly writer: Mutex;
  /** Connections that read or write it now. */
  readonly users: Set<DuckDBConnection>;
  attached: Promise<void> | undefined;
  /** While set, nobody new may enter; resolves when the exclusive work ended. */
  exclusive: Promise<void> | undefined;
  lastUsed: number;
  /** A checkpoint failed (a full disk): DuckDB wants the file detached before it is used again. */
  invalidated: boolean;
  idle: (() => void) | undefined;
}

/** Files of one kind, one a connection. */
export class FactsFiles {
  readonly #options: FilesOptions;
  readonly #naming: FileNaming;
  readonly #files = new Map<string, FactsFile>();
  readonly #checkpoints = new Set<Promise<void>>();
  #uses = 0;

  constructor(options: FilesOptions) {
    this.#options = options;
    this.#naming = options.naming ?? factsNaming;
  }

  path(connectionId: string): string {
    return join(this.#options.folder, `${this.#naming.nameOf(requireId(connectionId))}.duckdb`);
  }

  #aliasOf(connectionId: string): string {
    return `${this.#naming.kind}_${connectionId}`;
  }

  exists(connectionId: string): boolean {
    return (
      this.#files.get(connectionId)?.attached !== undefined || existsSync(this.path(connectionId))
    );
  }

  get attachedCount(): number {
    return [...this.#files.values()].filter(({ attached }) => attached !== undefined).length;
  }

  /** Key before file: a file without its key could never be opened again. */
  async create(connectionId: string): Promise<void> {
    await mkdir(this.#options.folder, { recursive: true, mode: 0o700 });
    await this.#options.keyring.ensure('file', this.#naming.nameOf(requireId(connectionId)));
    await this.#options.engine.using((connection) =>
      this.#enter(this.#file(connectionId), connection, async () => {}),
    );
  }

  /** Reads while others read and write; the file stays attached until `work` ends. */
  async read<T>(
    connectionId: string,
    connection: DuckDBConnection,
    work: (alias: string) => Promise<T>,
  ): Promise<T> {
    if (!this.exists(connectionId)) throw missingFile(connectionId);
    return this.#enter(this.#file(connectionId), connection, () =>
      work(this.#aliasOf(connectionId)),
    );
  }

  /** Reads several files at once; all stay attached until `work` ends. */
  readAll<T>(
    connectionIds: readonly string[],
    connection: DuckDBConnection,
    work: () => Promise<T>,
  ): Promise<T> {
    const [first, ...rest] = connectionIds;
    if (first === undefined) return work();
    return this.read(first, connection, () => this.readAll(rest, connection, work));
  }

  /** Writes alone; readers go on. */
  async write<T>(
    connectionId: string,
    connection: DuckDBConnection,
    work: (alias: string) => Promise<T>,
  ): Promise<T> {
    if (!this.exists(connectionId)) throw missingFile(connectionId);
    const file = this.#file(connectionId);
    return file.writer.run(() =>
      this.#enter(file, connection, () => work(this.#aliasOf(connectionId))),
    );
  }

  /**
   * A write that was about to commit has this process's turn to write, or, in another process, the file: DuckDB locks
   * it as long as the process lives, also while it is stopped. What nobody can open, nobody writes.
   */
  async settleWrites(connectionId: string): Promise<void> {
    if (!this.exists(connectionId)) return;
    try {
      await this.#options.engine.using((connection) =>
        this.write(connectionId, connection, async () => {}),
      );
    } catch (error) {
      if (!/Could not set lock on file/.test(String(error))) return;
      throw new HubError(
        'REVOCATION_PENDING',
        'Another process has the file of the connection open and may be writing: it is asked again. End that process.',
        { retryAfterMs: 1_000, details: { connectionId }, cause: error },
      );
    }
  }

  /**
   * Reads a copy out of the file, then replaces it, while nobody writes: `copy` beside readers, `replace` while nobody
   * has the file open and it is detached.
   */
  async rewrite(
    connectionId: string,
    connection: DuckDBConnection,
    copy: (alias: string) => Promise<void>,
    replace: () => Promise<void>,
  ): Promise<void> {
    if (!this.exists(connectionId)) throw missingFile(connectionId);
    const file = this.#file(connectionId);
    await file.writer.run(async () => {
      await this.#enter(file, connection, () => copy(this.#aliasOf(connectionId)));
      await this.exclusively(connectionId, replace);
    });
  }

  /**
   * Runs `work` while nobody has the file open and it is detached: to rebuild, copy or erase it.
   */
  async exclusively<T>(connectionId: string, work: () => Promise<T>): Promise<T> {
    const file = this.#file(connectionId);
    while (file.exclusive !== undefined) await file.exclusive;
    const { promise, resolve } = Promise.withResolvers<void>();
    file.exclusive = promise;
    try {
      await this.#waitUntilIdle(file);
      await this.#detach(file);
      return await work();
    } finally {
      file.exclusive = undefined;
      resolve();
    }
  }

  /**
   * Freed blocks are used again only after a checkpoint: without one a restated file doubles. It
   * runs once the log has grown, and not within a load's commit. Nobody waits for it, and when it
   * fails nothing is lost.
   */
  async checkpointWhenDue(connectionId: string): Promise<void> {
    const log = await stat(`${this.path(connectionId)}.wal`).catch(() => undefined);
    if (log !== undefined && log.size >= checkpointLogBytes) this.#checkpointLater(connectionId);
  }

  #checkpointLater(connectionId: string): void {
    const checkpoint: Promise<void> = this.#options.engine
      .using((connection) =>
        this.write(connectionId, connection, async (alias) => {
          await connection.run(`checkpoint ${quoteName(alias)}`);
        }),
      )
      .catch(() => {})
      .finally(() => this.#checkpoints.delete(checkpoint));
    this.#checkpoints.add(checkpoint);
  }

  async close(): Promise<void> {
    await Promise.all(this.#checkpoints);
    for (const connectionId of [...this.#files.keys()]) {
      await this.exclusively(connectionId, async () => {});
    }
  }

  #file(connectionId: string): FactsFile {
    const known = this.#files.get(connectionId);
    if (known !== undefined) return known;
    const file: FactsFile = {
      connectionId: requireId(connectionId),
      writer: new Mutex(),
      users: new Set(),
      attached: undefined,
      exclusive: undefined,
      lastUsed: 0,
      invalidated: false,
      idle: undefined,
    };
    this.#files.set(connectionId, file);
    return file;
  }

  async #enter<T>(
    file: FactsFile,
    connection: DuckDBConnection,
    work: () => Promise<T>,
  ): Promise<T> {
    while (file.exclusive !== undefined || file.invalidated) {
      if (file.exclusive !== undefined) await file.exclusive;
      else await this.exclusively(file.connectionId, async () => {});
    }
    file.users.add(connection);
    file.lastUsed = ++this.#uses;
    try {
      file.attached ??= this.#attach(file);
      await file.attached;
      return await work();
    } catch (error) {
      if (/has been invalidated/.test(String(error))) file.invalidated = true;
      throw error;
    } finally {
      file.users.delete(connection);
      if (file.users.size === 0) file.idle?.();
    }
  }

  async #attach(file: FactsFile): Promise<void> {
    const { engine, keyring, streams } = this.#options;
    try {
      await this.#makeRoom();
      const key = await keyring.unwrap(keyId('file', this.#naming.nameOf(file.connectionId)));
      const alias = this.#aliasOf(file.connectionId);
      await engine.using(async (connection) => {
        // The key is bound: in the text of a statement it would reach logs and error reports.
        await connection.run(
          `attach ${quoteText(this.path(file.connectionId))} as ${quoteName(alias)}
           (ENCRYPTION_KEY $1, STORAGE_VERSION 'v1.5.0')`,
          [key.toString('base64')],
        );
        key.fill(0);
        try {
          await migrate(connection, alias, streams);
        } catch (error) {
          await connection.run(`detach ${quoteName(alias)}`);
          throw error;
        }
      });
    } catch (error) {
      file.attached = undefined;
      throw error;
    }
  }

  async #makeRoom(): Promise<void> {
    const idle = [...this.#files.values()]
      .filter(({ attached, users }) => attached !== undefined && users.size === 0)
      .sort((a, b) => a.lastUsed - b.lastUsed);
    // The file that wants in is not counted yet.
    const excess = this.attachedCount + 1 - this.#options.attachedFilesMax;
    for (const file of idle.slice(0, Math.max(0, excess))) {
      if (file.exclusive === undefined) await this.exclusively(file.connectionId, async () => {});
    }
  }

  async #waitUntilIdle(file: FactsFile): Promise<void> {
    if (file.users.size === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    file.idle = resolve;
    // An interrupt reaches only the statement that runs now: repeated until everyone has left.
    const interrupting = setInterval(() => {
      for (const connection of file.users) connection.interrupt();
    }, readerGraceMs);
    try {
      await promise;
    } finally {
      clearInterval(interrupting);
      file.idle = undefined;
    }
  }

  async #detach(file: FactsFile): Promise<void> {
    if (file.attached === undefined) return;
    await file.attached.catch(() => {});
    if (file.attached === undefined) return;
    try {
      await this.#options.engine.using((connection) =>
        connection.run(`detach ${quoteName(this.#aliasOf(file.connectionId))}`),
      );
    } catch (error) {
      // It is detached all the same, and its log still holds what the checkpoint could not write.
      if (!/CHECKPOINT during DETACH failed/.test(String(error))) throw error;
    }
    file.attached = undefined;
    file.invalidated = false;
  }
}

export const aliasOf = (connectionId: string): string => `facts_${connectionId}`;

/** Ids become file names and names in SQL. */
export function requireId(id: string): string {
  if (/^[A-Za-z0-9_-]{1,100}$/.test(id)) return id;
  throw new HubError(
    'REQUEST_INVALID',
    'An id holds letters, digits, hyphens and underscores only.',
  );
}

const missingFile = (connectionId: string): HubError =>
  new HubError('WAREHOUSE_FILE_MISSING', 'The connection has no warehouse file: create it first.', {
    details: { connectionId },
  });
