/** Writes parsed rows into a table of the stream: the staging table, or the stream's own. */
import type { DuckDBAppender, DuckDBConnection, DuckDBPreparedStatement } from '@duckdb/node-api';
import { type Stream, sqlTypes } from '../policy/stream.ts';
import { type ColumnChunk, nullMark, separator, unescapedSql, unescapeText } from './columns.ts';
import { wholeDay } from './days.ts';
import { quoteName, quoteText, timestampText } from './engine.ts';
import { freeBytes } from './free-bytes.ts';

/** Rows of one day, and their different keys. */
export interface DayRows {
  readonly day: string;
  readonly rows: number;
  readonly keys: number;
}

export interface TableName {
  readonly catalog: string;
  readonly schema: string;
  readonly name: string;
}

const utf8 = new TextDecoder();

/** Up to here single values are quicker than planning a statement with thirty casts. */
const fewRowsMax = 500;

export class ChunkWriter {
  readonly #connection: DuckDBConnection;
  readonly #table: TableName;
  readonly #stream: Stream;
  readonly #knownFrom: Date | undefined;
  /** Columns (by place) of which some value so far was escaped. */
  readonly #escaped: boolean[];
  readonly #keyPlaces: number[];
  readonly #timePlace: number;
  #insert: DuckDBPreparedStatement | undefined;
  #seen: Map<string, { rows: number; keys: Set<string> }> | undefined = new Map();

  /** Without `knownFrom` the table has no such column. */
  constructor(connection: DuckDBConnection, table: TableName, stream: Stream, knownFrom?: Date) {
    this.#connection = connection;
    this.#table = table;
    this.#stream = stream;
    this.#knownFrom = knownFrom;
    this.#escaped = stream.fields.map(() => false);
    const placeOf = (name?: string): number => stream.fields.findIndex((one) => one.name === name);
    this.#keyPlaces = stream.key.map(placeOf);
    this.#timePlace = placeOf(stream.time?.field);
  }

  /** Days and keys of what was written, when it was little enough to be looked at row by row. */
  get seen(): DayRows[] | undefined {
    return (
      this.#seen && [...this.#seen].map(([day, { rows, keys }]) => ({ day, rows, keys: keys.size }))
    );
  }

  async write(chunks: readonly ColumnChunk[], escaped: readonly boolean[]): Promise<void> {
    const rows = chunks.reduce((sum, chunk) => sum + chunk.rows, 0);
    if (rows <= fewRowsMax && this.#insert === undefined) {
      await this.#appendRows(chunks, escaped);
      return;
    }
    this.#seen = undefined;
    if (escaped.some((flag, at) => flag && !this.#escaped[at])) {
      escaped.forEach((flag, at) => {
        if (flag) this.#escaped[at] = true;
      });
      this.close();
    }
    for (const { columns, memory } of chunks) {
      // Planning thirty casts takes longer than running them over a page.
      this.#insert ??= await this.#connection.prepare(this.#insertSql());
      columns.forEach((column, at) => {
        this.#insert!.bindBlob(at + 1, column);
      });
      freeBytes(memory);
      await this.#insert.run();
    }
  }

  close(): void {
    this.#insert?.destroySync();
    this.#insert = undefined;
  }

  async #appendRows(chunks: readonly ColumnChunk[], escaped: readonly boolean[]): Promise<void> {
    const { catalog, schema, name } = this.#table;
    const appender = await this.#connection.createAppender(name, schema, catalog);
    try {
      for (const { rows, columns } of chunks) {
        const cells = columns.map((column, at) => {
          const texts = utf8.decode(column).split(separator);
          return escaped[at] ? texts.map(unescapeText) : texts;
        });
        for (let row = 0; row < rows; row++) {
          for (const column of cells) {
            if (column[row] === nullMark) appender.appendNull();
            else appender.appendVarchar(column[row]!);
          }
          this.#appendOwnColumns(appender);
          appender.endRow();
          this.#look(cells, row);
        }
      }
    } finally {
      appender.closeSync();
    }
  }

  #appendOwnColumns(appender: DuckDBAppender): void {
    if (this.#stream.time?.grain === 'hour') appender.appendSmallInt(0);
    if (this.#knownFrom === undefined) return;
    appender.appendVarchar(timestampText(this.#knownFrom));
    appender.appendNull();
  }

  #look(cells: readonly string[][], row: number): void {
    const day = this.#timePlace === -1 ? wholeDay : cells[this.#timePlace]![row]!.slice(0, 10);
    const seen = this.#seen?.get(day) ?? { rows: 0, keys: new Set<string>() };
    seen.rows++;
    seen.keys.add(this.#keyPlaces.map((place) => cells[place]![row]).join(separator));
    this.#seen?.set(day, seen);
  }

  #insertSql(): string {
    const { fields, time } = this.#stream;
    const [catalog, schema, name] = [this.#table.catalog, this.#table.schema, this.#table.name].map(
      quoteName,
    );
    const names = fields.map(({ name }) => quoteName(name));
    const values = names.map(
      (column, at) =>
        `unnest(string_split(decode($${at + 1}), chr(${separator.charCodeAt(0)}))) as ${column}`,
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
    return `insert into ${catalog}.${schema}.${name} (${names.join(', ')})
      select ${casts.join(', ')} from (select ${values.join(', ')})`;
  }
}
