/** The DuckDB instance of this process: its settings, its connections, its errors. */
import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import {
  type DuckDBConnection,
  type DuckDBInstance,
  DuckDBInstanceCache,
  type DuckDBValue,
} from '@duckdb/node-api';
import { HubError } from '../policy/errors.ts';

export interface EngineOptions {
  /** Path of the `httpfs` extension: its OpenSSL is what writes encrypted files. */
  readonly httpfs: string;
  readonly spillFolder: string;
  readonly memoryLimitMb: number;
  readonly threads: number;
}

export interface Engine {
  connect(): Promise<DuckDBConnection>;
  /** Runs on a connection of its own, closed afterwards; temporary tables end with it. */
  using<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T>;
  /** What DuckDB's buffer manager holds now. */
  memoryBytes(): Promise<number>;
  close(): void;
}

/** One cache a process: two instances that do not know of each other could write the same file. */
const instances = new DuckDBInstanceCache();

export async function openEngine(options: EngineOptions): Promise<Engine> {
  const { spillFolder } = options;
  // Spilled blocks survive a kill: nothing of an earlier run may stay.
  await rm(spillFolder, { recursive: true, force: true });
  await mkdir(spillFolder, { recursive: true, mode: 0o700 });
  const instance = await instances.getOrCreateInstance(`:memory:${randomUUID()}`, {
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    allow_community_extensions: 'false',
    memory_limit: `${options.memoryLimitMb}MB`,
    threads: String(options.threads),
    temp_directory: spillFolder,
    // A commit must not wait for it: `files.ts` sees to checkpoints.
    checkpoint_threshold: '1GB',
  });
  const connection = await instance.connect();
  await connection.run(`load ${quoteText(options.httpfs)}`).catch((cause: unknown) => {
    throw new HubError(
      'CONFIGURATION_INVALID',
      `DuckDB cannot load ${options.httpfs}. Run npm run setup, or correct DUCKDB_HTTPFS.`,
      { cause },
    );
  });
  await connection.run(
    `set disabled_filesystems = 'HTTPFileSystem,S3FileSystem,HuggingFaceFileSystem'`,
  );
  await connection.run('set temp_file_encryption = true');
  return engineOf(instance, connection);
}

function engineOf(instance: DuckDBInstance, first: DuckDBConnection): Engine {
  return {
    connect: () => instance.connect(),
    using: async (work) => {
      const connection = await instance.connect();
      try {
        return await work(connection);
      } finally {
        connection.closeSync();
      }
    },
    memoryBytes: () =>
      countOf(first, 'select sum(memory_usage_bytes)::BIGINT from duckdb_memory()'),
    close: () => {
      first.closeSync();
      instance.closeSync();
    },
  };
}

export const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`;
export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;

export type Row = Record<string, DuckDBValue>;

/** Materialised: a stream would end early, and without an error, when the query fails. */
export async function rowsOf(
  connection: DuckDBConnection,
  sql: string,
  values: DuckDBValue[] = [],
): Promise<Row[]> {
  const result = await connection.runAndReadAll(sql, values);
  return result.getRowObjects();
}

/** The first column of the first row, as a number (counts). */
export async function countOf(
  connection: DuckDBConnection,
  sql: string,
  values: DuckDBValue[] = [],
): Promise<number> {
  const result = await connection.runAndReadAll(sql, values);
  return Number(result.getRows()[0]?.[0] ?? 0);
}

/**
 * All or nothing; an error in `work` is followed by ROLLBACK, since DuckDB would commit the rest.
 */
export async function inTransaction<T>(
  connection: DuckDBConnection,
  work: () => Promise<T>,
): Promise<T> {
  await connection.run('begin');
  try {
    const result = await work();
    await connection.run('commit');
    return result;
  } catch (error) {
    await connection.run('rollback').catch(() => {});
    throw error;
  }
}

/** DuckDB's timestamps have no zone: UTC by our convention. */
export const timestampText = (instant: Date): string =>
  instant.toISOString().replace('T', ' ').replace('Z', '');

const diskFull = /no space left on device|ENOSPC|file too large|EFBIG|disk quota|not enough.*disk/i;

/** Names what an operator can do about; everything else passes as it is. */
export function explainError(error: unknown): unknown {
  if (error instanceof HubError || !(error instanceof Error)) return error;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (!diskFull.test(error.message) && !diskFull.test(code)) return error;
  return new HubError(
    'DISK_FULL',
    'The disk of the data folder is full. Free space; the load is repeated by itself.',
    { cause: error, retryAfterMs: 60_000 },
  );
}
