/** Opens the warehouse of one process. Whoever opens it closes it. */
import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import type { Keyring } from '../keyring/keyring.ts';
import type { Clock } from '../policy/clock.ts';
import type { Stream } from '../policy/stream.ts';
import { streams as allStreams } from '../policy/streams/index.ts';
import { explainError, openEngine } from './engine.ts';
import { FactsFiles } from './files.ts';
import { Landing } from './landing.ts';
import { readListedIds } from './listed-ids.ts';
import { load } from './load.ts';
import {
  readAccount,
  readAttributionDays,
  readCoverage,
  readEntityIds,
  readQuarantine,
  readUnknownFields,
} from './look-ups.ts';
import { PeopleFiles } from './people/people-files.ts';
import { createRecords } from './records/list-records.ts';
import { Reports } from './reports/run.ts';
import { selfTest } from './self-test.ts';
import type { Parsers } from './stage.ts';
import type { Warehouse } from './warehouse.ts';

export interface WarehouseOptions {
  readonly folder: string;
  readonly landingFolder: string;
  readonly quarantineFolder: string;
  readonly spillFolder: string;
  /** Path of DuckDB's `httpfs` extension. */
  readonly httpfs: string;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly memoryLimitMb: number;
  readonly threads: number;
  readonly attachedFilesMax: number;
  /** Days that buyers' fields are kept after an order's end; 30 unless shorter. */
  readonly buyersDays?: number | undefined;
  /** All streams unless a test names its own. */
  readonly streams?: readonly Stream[];
}

export async function openWarehouse(options: WarehouseOptions): Promise<Warehouse> {
  const streams = options.streams ?? Object.values(allStreams);
  const engine = await openEngine(options);
  const factsStreams = streams.filter(({ file }) => file !== 'people');
  const files = new FactsFiles({ ...options, engine, streams: factsStreams });
  const people = await PeopleFiles.open({
    ...options,
    engine,
    streams: streams.filter(({ file }) => file === 'people'),
    buyersDays: options.buyersDays,
  });
  const landing = new Landing(options);
  const parsers: Parsers = new Piscina({
    filename: new URL('./parse-worker.ts', import.meta.url).href,
    minThreads: 0,
    maxThreads: Math.min(2, availableParallelism()),
    idleTimeout: 30_000,
  });
  const reports = new Reports({
    engine,
    files,
    streams: factsStreams,
    spillFolder: options.spillFolder,
  });
  const look = <T>(
    connectionId: string,
    read: (connection: Parameters<typeof readCoverage>[0], alias: string) => Promise<T>,
  ): Promise<T> =>
    engine
      .using((connection) =>
        files.read(connectionId, connection, (alias) => read(connection, alias)),
      )
      .catch((error) => Promise.reject(explainError(error)));
  return {
    create: async (connectionId, platform = 'tiktok-ads') => {
      await files.create(connectionId);
      if (platform === 'tiktok-shop') await people.create(connectionId);
    },
    land: (input) => landing.land(input).catch((error) => Promise.reject(explainError(error))),
    load: (input) => load({ ...options, engine, files, people, landing, parsers, streams }, input),
    async settleWrites(connectionId) {
      await people.files.settleWrites(connectionId);
      await files.settleWrites(connectionId);
    },
    discardLanded: (connectionId) => landing.discardAll(connectionId),
    discardPull: (connectionId, stream, pullId) =>
      landing.discard({ connectionId, stream, pullId }),
    sweepLanding: (now) => landing.sweep(now),
    coverage: (connectionId) => look(connectionId, readCoverage),
    attributionDays: (connectionId) =>
      look(connectionId, (connection, alias) => readAttributionDays(connection, alias, streams)),
    account: (connectionId) =>
      look(connectionId, (connection, alias) => readAccount(connection, alias, streams)),
    entityIds: (connectionId, stream, which) =>
      look(connectionId, (connection, alias) =>
        readEntityIds(connection, alias, streams, stream, which),
      ),
    listedIds: (connectionId, stream, asked) =>
      look(connectionId, (connection, alias) =>
        readListedIds(connection, alias, streams, stream, asked),
      ),
    unknownFields: (connectionId) => look(connectionId, readUnknownFields),
    quarantine: (connectionId) => look(connectionId, readQuarantine),
    report: (_name, parameters, connections, asker) =>
      reports.adPerformance(parameters, connections, asker),
    rewritePeople: (connectionId, now) =>
      people.rewrite(connectionId, now).catch((error) => Promise.reject(explainError(error))),
    forgetPeople: async (connectionId) => {
      await landing.discardAll(connectionId);
      return people.forget(connectionId);
    },
    ...createRecords({ engine, files, people, streams }),
    connectionsWithPeople: () => people.connectionIds,
    selfTest: () => selfTest(engine, options),
    metrics: async () => ({
      attachedFiles: files.attachedCount,
      memoryBytes: await engine.memoryBytes(),
    }),
    close: async () => {
      await parsers.destroy();
      await reports.settle();
      await files.close();
      await people.close();
      engine.close();
    },
  };
}
