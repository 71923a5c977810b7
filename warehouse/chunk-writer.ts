/** Writes parsed rows into a table of the stream: the staging table, or the stream's own. */
import type { DuckDBConnection, DuckDBPreparedStatement } from '@duckdb/node-api';
import { type Stream, sqlTypes } from '../policy/stream.ts';
import { type ColumnChunk, nullMark, separator, unescapedSql } from './columns.ts';
import { quoteName, quoteText, timestampText } from './engine.ts';

export class ChunkWriter {
  readonly #connection: DuckDBConnection;
  readonly #table: string;
  readonly #stream: Stream;
  readonly #knownFrom: Date | undefined;
  /** Columns (by place) of which some value so far was escaped. */
  readonly #escaped: boolean[];
  #insert: DuckDBPreparedStatement | undefined;

  /** Without `knownFrom` the table has no such column. */
  constructor(connection: DuckDBConnection, table: string, stream: Stream, knownFrom?: Date) {
    this.#connection = connection;
    this.#table = table;
    this.#stream = stream;
    this.#knownFrom = knownFrom;
    this.#escaped = stream.fields.map(() => false);
  }

  async write(chunks: readonly ColumnChunk[], escaped: readonly boolean[]): Promise<void> {
    if (escaped.some((flag, at) => flag && !this.#escaped[at])) {
      escaped.forEach((flag, at) => {
        if (flag) this.#escaped[at] = true;
      });
      this.close();
    }
    for (const { columns } of chunks) {
      // Planning thirty casts takes longer than running them over a page.
      this.#insert ??= await this.#connection.prepare(this.#insertSql());
      columns.forEach((column, at) => {
        this.#insert!.bindVarchar(at + 1, column);
      });
      await this.#insert.run();
    }
  }

  close(): void {
    this.#insert?.destroySync();
    this.#insert = undefined;
  }

  #insertSql(): string {
    const { fields, time } = this.#stream;
    const names = fields.map(({ name }) => quoteName(name));
    const values = names.map(
      (name, at) => `unnest(string_split($${at + 1}, chr(${separator.charCodeAt(0)}))) as ${name}`,
    );
    const casts = fields.map(({ type }, at) => {
      const present = `nullif(${names[at]}, chr(${nullMark.charCodeAt(0)}))`;
      return `${unescapedSql(present, this.#escaped[at]!)}::${sqlTypes[type]}`;
    });
    if (time?.grain === 'hour') {
      names.push('fold');
      casts.push('0');
    }
    if (this.#knownFrom !== undefined) {
      names.push('known_from');
      casts.push(`TIMESTAMP ${quoteText(timestampText(this.#knownFrom))}`);
    }
    return `insert into ${this.#table} (${names.join(', ')})
      select ${casts.join(', ')} from (select ${values.join(', ')})`;
  }
}
