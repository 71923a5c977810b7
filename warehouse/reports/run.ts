/**
 * Runs a report over exactly the given connections: files first, then one statement, spooled before
 * it is given out.
 */
import type { DuckDBConnection } from '@duckdb/node-api';
import { HubError } from '../../policy/errors.ts';
import type { Stream } from '../../policy/stream.ts';
import { bookOf } from '../book.ts';
import { countOf, type Engine, explainError, inTransaction, quoteText, rowsOf } from '../engine.ts';
import { aliasOf, type FactsFiles } from '../files.ts';
import { dateOf, readAccount } from '../look-ups.ts';
import { Mutex } from '../mutex.ts';
import { type Block, readSummed, rollupStream, sumBlocks } from '../rollups.ts';
import type { ReportAsker, ReportResult } from '../warehouse.ts';
import { AdPerformanceParameters, adPerformanceFormulas } from './ad-performance.ts';
import { adPerformanceSql, blocksUsed, type ReportSource } from './ad-performance-sql.ts';
import { Gate } from './gate.ts';
import { interruptOnAbort } from './interrupt.ts';
import { Spool } from './spool.ts';

export interface ReportsOptions {
  readonly engine: Engine;
  readonly files: FactsFiles;
  readonly streams: readonly Stream[];
  readonly spillFolder: string;
}

export type ReportConnection = {
  id: string;
  currency: string | null;
  timeZone: string | null;
};

/** Two keep both cores busy, and the third lets another workspace in. */
const gateLimits = { atOnce: 3, atOnceOfOne: 2, waitingMax: 20 } as const;

export class Reports {
  readonly #options: ReportsOptions;
  readonly #gate = new Gate(gateLimits);
  /** Connections whose blocks are being summed, and one after another. */
  readonly #summing = new Map<string, Promise<void>>();
  readonly #oneByOne = new Mutex();

  constructor(options: ReportsOptions) {
    this.#options = options;
  }

  async adPerformance(
    given: unknown,
    connections: readonly ReportConnection[],
    { workspaceId = '', signal }: ReportAsker = {},
  ): Promise<ReportResult> {
    const parsed = AdPerformanceParameters.safeParse(given);
    if (!parsed.success) throw badParameters(parsed.error.issues);
    const connection = await this.#options.engine.connect();
    const release = interruptOnAbort(connection, signal);
    const close = async (): Promise<void> => {
      release();
      connection.closeSync();
    };
    try {
      const run = () => this.#run(connection, parsed.data, connections, signal, close);
      return await this.#gate.run(workspaceId, run, signal);
    } catch (error) {
      await close();
      signal?.throwIfAborted();
      throw explainError(error);
    }
  }

  async #run(
    connection: DuckDBConnection,
    parameters: AdPerformanceParameters,
    connections: readonly ReportConnection[],
    signal: AbortSignal | undefined,
    close: () => Promise<void>,
  ): Promise<ReportResult> {
    const { files, streams, spillFolder } = this.#options;
    const wanted = [...new Map(connections.map((each) => [each.id, each])).values()];
    const present = wanted.filter(({ id }) => files.exists(id));
    const blocks = blocksUsed(parameters);
    const ids = present.map(({ id }) => id);
    const { sources, summed } = await files.readAll(ids, connection, () =>
      inTransaction(connection, async () => {
        signal?.throwIfAborted();
        const states = await statesOf(connection, present, parameters);
        const summed = await readSummed(connection, ids.map(aliasOf), blocks);
        const read = await Promise.all(
          present.map((each) => sourceOf(connection, each, streams, summed)),
        );
        signal?.throwIfAborted();
        await connection.run(
          `create temp table result as ${adPerformanceSql(parameters, read, streams)}`,
        );
        const sources = wanted.map(({ id }) => states.get(id) ?? missing(id, parameters));
        return { sources, summed };
      }),
    );
    for (const id of ids) {
      const known = new Set(summed.get(aliasOf(id)));
      this.#sumLater(
        id,
        blocks.filter((block) => !known.has(block)),
      );
    }
    const rows = await countOf(connection, 'select count(*) from result');
    const spool = new Spool(connection, spillFolder);
    return {
      rows,
      sources,
      formulas: adPerformanceFormulas,
      read: () => spool.rows(),
      stream: (format) => spool.stream(format),
      close,
    };
  }

  /** For the next report. Nobody waits for it, and when it fails nothing is lost. */
  #sumLater(connectionId: string, blocks: readonly Block[]): void {
    const { engine, files, streams } = this.#options;
    const stream = streams.find(({ name }) => name === rollupStream);
    if (blocks.length === 0 || stream === undefined || this.#summing.has(connectionId)) return;
    const sum = (connection: DuckDBConnection): Promise<void> =>
      files.write(connectionId, connection, (alias) =>
        sumBlocks(connection, alias, stream, blocks),
      );
    const summing = this.#oneByOne
      .run(() => engine.using(sum))
      .then(() => files.checkpointWhenDue(connectionId))
      .catch(() => {})
      .finally(() => this.#summing.delete(connectionId));
    this.#summing.set(connectionId, summing);
  }

  /** Resolves when no blocks are being summed. */
  async settle(): Promise<void> {
    await Promise.all(this.#summing.values());
  }
}

async function sourceOf(
  connection: DuckDBConnection,
  { id, currency }: ReportConnection,
  streams: readonly Stream[],
  summed: ReadonlyMap<string, Block[]>,
): Promise<ReportSource> {
  const alias = aliasOf(id);
  const known = currency ?? (await readAccount(connection, alias, streams))?.currency ?? null;
  return { connectionId: id, alias, currency: known, summed: summed.get(alias) ?? [] };
}

/**
 * The first touch of the files in the transaction: what follows reads the versions that are
 * recorded here.
 */
async function statesOf(
  connection: DuckDBConnection,
  connections: readonly ReportConnection[],
  parameters: AdPerformanceParameters,
): Promise<Map<string, ReportResult['sources'][number]>> {
  if (connections.length === 0) return new Map();
  const asked = daysIn(parameters.from, parameters.to);
  const ids = connections.map(({ id }) => id);
  const rows = await rowsOf(connection, statesSql(ids, parameters));
  const states = rows.map((row): ReportResult['sources'][number] => ({
    connectionId: String(row.connection_id),
    newestPulledAt: row.newest === null ? null : dateOf(row.newest),
    oldestPulledAt: row.oldest === null ? null : dateOf(row.oldest),
    days: {
      asked,
      verified: Number(row.verified),
      counted: Number(row.counted),
      moving: Number(row.moving),
      unverifiable: Number(row.unverifiable),
      missing: asked - Number(row.covered),
    },
    quarantined: Number(row.quarantined),
    dataVersion: Number(row.version),
  }));
  return new Map(states.map((state) => [state.connectionId, state]));
}

/** The files' rows together, summed once: planning sums of each takes longer than making them. */
function statesSql(ids: readonly string[], { from, to }: AdPerformanceParameters): string {
  const inRange = `stream = ${quoteText(rollupStream)}
    and day between DATE ${quoteText(from)} and DATE ${quoteText(to)}`;
  const ofAll = (columns: string, table: 'pulls' | 'coverage' | 'quarantined', where = 'true') =>
    ids
      .map(
        (id) => `select ${quoteText(id)} as connection_id, ${columns}
          from ${bookOf(aliasOf(id), table)} where ${where}`,
      )
      .join(' union all ');
  const count = (completeness: string): string =>
    `count(*) filter (completeness = '${completeness}') as ${completeness}`;
  return `with covered as materialized
      (${ofAll('pulled_at, pull_id, completeness', 'coverage', inRange)}),
    versions as (${ofAll('count(*) as version', 'pulls')}),
    days as (
      select connection_id, max(pulled_at) as newest, min(pulled_at) as oldest, count(*) as covered,
        ${['verified', 'counted', 'moving', 'unverifiable'].map(count).join(', ')}
      from covered group by connection_id),
    lacking as (
      select connection_id, sum("rows") as quarantined
      from (${ofAll('pull_id, "rows"', 'quarantined')})
      where (connection_id, pull_id) in (select (connection_id, pull_id) from covered)
      group by connection_id)
    select * from versions left join days using (connection_id) left join lacking using (connection_id)`;
}

const daysIn = (from: string, to: string): number =>
  (Date.parse(to) - Date.parse(from)) / 86_400_000 + 1;

/** A connection whose file was not made yet. */
function missing(
  connectionId: string,
  { from, to }: AdPerformanceParameters,
): ReportResult['sources'][number] {
  const asked = daysIn(from, to);
  return {
    connectionId,
    newestPulledAt: null,
    oldestPulledAt: null,
    days: { asked, verified: 0, counted: 0, moving: 0, unverifiable: 0, missing: asked },
    quarantined: 0,
    dataVersion: 0,
  };
}

function badParameters(issues: readonly { path: PropertyKey[]; message: string }[]): HubError {
  const text = issues.map(({ path, message }) => `${path.join('.') || 'parameters'}: ${message}`);
  return new HubError('REQUEST_INVALID', `The report does not accept this: ${text.join('; ')}.`);
}
