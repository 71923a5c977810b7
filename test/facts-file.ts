/** A connection's encrypted file, read by a DuckDB of the test's own after the hub has let go of it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Stream } from '../policy/stream.ts';
import { openEngine, quoteName, quoteText, rowsOf, timestampText } from '../warehouse/engine.ts';

export type TextRow = Readonly<Record<string, string | null>>;

/** One pull that was loaded, as the file's own book says. */
export interface BookedPull {
  readonly from: string;
  readonly to: string;
  readonly pulledAt: Date;
}

export interface FactsFile {
  /** Rows of a stream as they were known at that instant, or are now; every value as text. */
  rows(stream: Stream, asOf?: Date): Promise<TextRow[]>;
  /** All loads of a stream, oldest first. */
  pulls(stream: Stream): Promise<BookedPull[]>;
  /** Every value of the query as text. */
  query(sql: string): Promise<TextRow[]>;
  close(): Promise<void>;
}

export interface FactsFileOptions {
  readonly path: string;
  readonly key: Buffer;
  readonly httpfs: string;
}

export async function openFactsFile({ path, key, httpfs }: FactsFileOptions): Promise<FactsFile> {
  const spillFolder = await mkdtemp(join(tmpdir(), 'facts-file-'));
  const engine = await openEngine({ httpfs, spillFolder, memoryLimitMb: 512, threads: 2 });
  const query = (sql: string): Promise<TextRow[]> =>
    engine.using(async (connection) => {
      await connection.run('use facts');
      const rows = await rowsOf(connection, sql);
      return rows.map((row) =>
        Object.fromEntries(
          Object.entries(row).map(([name, value]) => [name, value === null ? null : `${value}`]),
        ),
      );
    });
  await engine.using((connection) =>
    connection.run(`attach ${quoteText(path)} as facts (ENCRYPTION_KEY $1, READ_ONLY)`, [
      key.toString('base64'),
    ]),
  );
  return {
    query,
    rows: (stream, asOf) => query(rowsSql(stream, asOf)),
    async pulls({ name }) {
      const rows = await query(`select from_day, to_day, epoch_ms(pulled_at) as at from book.pulls
        where stream = ${quoteText(name)} order by pulled_at`);
      return rows.map(({ from_day, to_day, at }) => ({
        from: from_day!.padStart(10, '0'),
        to: to_day!,
        pulledAt: new Date(Number(at)),
      }));
    },
    async close() {
      engine.close();
      await rm(spillFolder, { recursive: true, force: true });
    },
  };
}

function rowsSql(stream: Stream, asOf: Date | undefined): string {
  const names = stream.fields.map(
    ({ name }) => `${quoteName(name)}::VARCHAR as ${quoteName(name)}`,
  );
  const others = [
    ...(stream.time?.grain === 'hour' ? ['fold'] : []),
    ...(stream.load === 'entity' ? ['deleted_at'] : []),
  ];
  const at = asOf && `timestamp ${quoteText(timestampText(asOf))}`;
  const known =
    at === undefined
      ? 'known_to is null'
      : `known_from <= ${at} and (known_to is null or known_to > ${at})`;
  return `select ${[...names, ...others].join(', ')} from main.${quoteName(stream.name)} where ${known}`;
}
