/**
 * A result that is complete before its first byte leaves: the temporary table `result` of one
 * connection. By then the connections' files are free again, however slow the reader is.
 */
import { randomUUID } from 'node:crypto';
import { open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import { explainError, quoteName, quoteText, rowsOf } from '../engine.ts';
import type { ResultFormat } from '../warehouse.ts';
import { arrowIpc } from './arrow.ts';

const copyOptions = {
  csv: '(format csv, header true)',
  ndjson: '(format json)',
  parquet: '(format parquet, compression zstd)',
} as const;

export class Spool {
  readonly #connection: DuckDBConnection;
  readonly #folder: string;

  constructor(connection: DuckDBConnection, folder: string) {
    this.#connection = connection;
    this.#folder = folder;
  }

  async rows(): Promise<Record<string, unknown>[]> {
    const rows = await rowsOf(this.#connection, await this.#exactSelect());
    return rows.map((row) =>
      Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)])),
    );
  }

  async stream(format: Exclude<ResultFormat, 'json'>): Promise<Readable> {
    if (format === 'arrow') return Readable.from(arrowIpc(this.#connection, 'result'));
    const path = join(this.#folder, `result-${randomUUID()}.${format}`);
    const select = await this.#selectFor(format);
    try {
      await this.#connection.run(`copy (${select}) to ${quoteText(path)} ${copyOptions[format]}`);
      const handle = await open(path, 'r');
      // The open descriptor is enough to read on: nothing is left behind, whatever happens to the
      // reader.
      return handle.createReadStream();
    } catch (error) {
      throw explainError(error);
    } finally {
      await unlink(path).catch(() => {});
    }
  }

  #selectFor(format: 'csv' | 'ndjson' | 'parquet'): Promise<string> | string {
    if (format === 'ndjson') return this.#exactSelect();
    return format === 'csv' ? this.#spreadsheetSelect() : 'from result';
  }

  /**
   * A spreadsheet runs a text that begins like a formula; with an apostrophe before it, it is
   * shown.
   */
  async #spreadsheetSelect(): Promise<string> {
    const columns = await rowsOf(this.#connection, 'describe result');
    const selected = columns.map(({ column_name: name, column_type: type }) => {
      const column = quoteName(String(name));
      const shown = `regexp_replace(${column}, '^([-=+@\\t\\r])', '''\\1') as ${column}`;
      return type === 'VARCHAR' ? shown : column;
    });
    return `select ${selected.join(', ')} from result`;
  }

  /** Ids, days and money as text, in the order of the columns. */
  async #exactSelect(): Promise<string> {
    const columns = await rowsOf(this.#connection, 'describe result');
    const selected = columns.map(({ column_name: name, column_type: type }) => {
      const column = quoteName(String(name));
      const exact = String(name).endsWith('_id') || /^(DATE|DECIMAL)/.test(String(type));
      return exact ? `${column}::VARCHAR as ${column}` : column;
    });
    return `select ${selected.join(', ')} from result`;
  }
}

/** Counts fit a double: 2^53 impressions do not happen. */
const plain = (value: DuckDBValue): unknown => (typeof value === 'bigint' ? Number(value) : value);
