/**
 * DuckDB: one encrypted `facts` file a connection (design §5). The only importer of
 * `@duckdb/node-api`. Pages are landed sealed, loaded exactly once in one transaction with offsets and
 * completeness, and kept bitemporally.
 */
import type { Readable } from 'node:stream';
import type { KeyDestruction } from '../keyring/keyring.ts';
import type { Platform } from '../policy/stream.ts';
import type { Window } from '../policy/windows.ts';
import type { Records } from './records/records.ts';

export type Completeness = 'verified' | 'counted' | 'moving' | 'unverifiable';

/** One page or one piece of an asynchronous report, as TikTok sent it. */
export interface LandInput {
  readonly connectionId: string;
  readonly stream: string;
  /** Id of the pull (one attempt at one window): names the folder of its parts. */
  readonly pullId: string;
  /** From 1, over all passes of the pull. Landing the same part twice overwrites it. */
  readonly part: number;
  readonly format: 'json' | 'csv';
  readonly body: Uint8Array;
}

export interface LoadInput {
  readonly connectionId: string;
  readonly stream: string;
  readonly window: Window;
  readonly pullId: string;
  readonly parts: number;
  /**
   * When the pull began, by the hub's clock: becomes `known_from`, and decides which of two pulls
   * is newer.
   */
  readonly pulledAt: Date;
  /** IANA zone of the account at the time of the pull. */
  readonly timeZone: string;
  /** Rows that TikTok said there are, over all passes; null where it names none. */
  readonly totalNumber: number | null;
  /** TikTok's own sums over the window, by metric, where it gave them. */
  readonly totalMetrics: Readonly<Record<string, string>> | null;
  /** The pages moved while they were read, to the last attempt. */
  readonly moving: boolean;
  /**
   * TikTok said that it left rows out: what came is kept, absence closes no row, nothing counts as
   * complete.
   */
  readonly cut?: boolean;
  /**
   * False where not every entity was asked for: an asynchronous report leaves deleted ones out. Absence
   * then closes only rows of what a later listing knows to live, and a key may come twice.
   */
  readonly listsDeleted: boolean;
  /** Aborted by the fence: the transaction is rolled back. */
  readonly signal: AbortSignal;
}

export interface LoadResult {
  readonly rowsRead: number;
  readonly added: number;
  readonly changed: number;
  readonly closed: number;
  readonly unchanged: number;
  /** Rows that the file holds now more than before, of all versions only the current one; negative when some went. */
  readonly gained: number;
  /** Rows whose key came again; where no moving of pages explains that, they are quarantined as well. */
  readonly duplicates: number;
  readonly quarantined: number;
  /** Rows of days that a newer pull has already loaded. */
  readonly discarded: number;
  readonly completeness: Completeness;
  /** Names of fields that no stream knows, with the rows they came in; values are not kept. */
  readonly unknownFields: Readonly<Record<string, number>>;
  /** True when this pull was loaded before: nothing was done again. */
  readonly repeated: boolean;
}

/** What the file itself says about a loaded day (or the whole, for streams without windows). */
export interface Coverage extends Window {
  readonly stream: string;
  readonly completeness: Completeness;
  readonly rows: number;
  readonly pulledAt: Date;
}

export type ResultFormat = 'json' | 'ndjson' | 'csv' | 'parquet' | 'arrow';

export interface ReportResult {
  readonly rows: number;
  /**
   * Freshness and completeness over the asked range, per connection: from the files, at the
   * versions that were read.
   */
  readonly sources: readonly {
    connectionId: string;
    newestPulledAt: Date | null;
    oldestPulledAt: Date | null;
    days: {
      asked: number;
      verified: number;
      counted: number;
      moving: number;
      unverifiable: number;
      missing: number;
    };
    quarantined: number;
    dataVersion: number;
  }[];
  /** How each figure is made, as text for people. */
  readonly formulas: Readonly<Record<string, string>>;
  /**
   * Rows as objects for `json`, bytes for the other formats. Spooled: every SQL error has surfaced
   * before the first byte.
   */
  read(format: 'json'): Promise<Record<string, unknown>[]>;
  stream(format: Exclude<ResultFormat, 'json'>): Promise<Readable>;
  /** Frees the spool; must always be called. */
  close(): Promise<void>;
}

/** For whom a report is made. */
export interface ReportAsker {
  /** Heavy questions of one workspace wait in its own line. */
  readonly workspaceId?: string;
  /** Aborted when nobody waits any more: what runs is interrupted, what is open ends with `close`. */
  readonly signal?: AbortSignal;
}

/** A run of ids, in their order. */
export interface EntityIdsInput {
  readonly deletedOnly: boolean;
  readonly offset: number;
  readonly limit: number;
}

export interface PeopleRewritten {
  readonly kept: number;
  readonly removed: number;
  /** The former key's, verified in every replica. */
  readonly destroyed: readonly KeyDestruction[];
}

export interface ListedIdsInput {
  readonly within: { readonly column: string; readonly window: Window } | null;
  readonly offset: number;
  readonly limit: number;
}

export interface Warehouse extends Records {
  /** Creates the connection's files, each under its own key: `facts`, and of shops `people`. Idempotent. */
  create(connectionId: string, platform?: Platform): Promise<void>;
  land(input: LandInput): Promise<{ bytes: number }>;
  /** Loads a landed pull exactly once; afterwards its landed parts are gone. */
  load(input: LoadInput): Promise<LoadResult>;
  /**
   * Resolves once no load is committing that had passed the fence before, in this process or in one that was stopped
   * there: with the fence closed, nothing is written from then on. Throws `REVOCATION_PENDING` while another process
   * has the file open.
   */
  settleWrites(connectionId: string): Promise<void>;
  /** Removes all that is landed of a connection: for a sync that begins anew and has no pull under way. */
  discardLanded(connectionId: string): Promise<void>;
  /** Removes what was landed and never loaded (7 days), and a pull that is started over. */
  discardPull(connectionId: string, stream: string, pullId: string): Promise<void>;
  sweepLanding(now: Date): Promise<{ parts: number }>;
  /**
   * Days (or wholes) that the file holds, newest pull each: the truth behind the registry's
   * windows.
   */
  coverage(connectionId: string): Promise<Coverage[]>;
  /** Longest click attribution window among the account's ad groups, in days; null when unknown. */
  attributionDays(connectionId: string): Promise<number | null>;
  /** Ids of listed entities that rows of this stream are about: what a report leaves out is asked for by id. */
  entityIds(
    connectionId: string,
    stream: string,
    asked: EntityIdsInput,
  ): Promise<{ ids: string[]; total: number }>;
  /** Ids of living entities of a shop's list, in their order; of those whose time lies in a window of UTC days. */
  listedIds(
    connectionId: string,
    stream: string,
    asked: ListedIdsInput,
  ): Promise<{ ids: string[]; total: number }>;
  account(
    connectionId: string,
  ): Promise<{ timeZone: string; currency: string; createdAt: Date } | undefined>;
  unknownFields(
    connectionId: string,
  ): Promise<{ stream: string; field: string; rows: number; lastSeenAt: Date }[]>;
  quarantine(connectionId: string): Promise<{ stream: string; reason: string; rows: number }[]>;
  /** `parameters` are validated by the report's own schema. */
  report(
    name: 'ad-performance',
    parameters: unknown,
    connections: readonly { id: string; currency: string | null; timeZone: string | null }[],
    asker?: ReportAsker,
  ): Promise<ReportResult>;
  /**
   * The night's rewrite of buyers' fields: a new file under a new key without the rows whose time is over; the old
   * key is destroyed and the old file unlinked.
   */
  rewritePeople(connectionId: string, now: Date): Promise<PeopleRewritten>;
  /** Ends buyers' fields of a connection at once, landed pages included. Idempotent. */
  forgetPeople(connectionId: string): Promise<readonly KeyDestruction[]>;
  /** Connections that have a people file. */
  connectionsWithPeople(): readonly string[];
  /** Ready when an encrypted scratch file holds no plaintext and DuckDB's own HTTP is refused. */
  selfTest(): Promise<void>;
  metrics(): Promise<{ attachedFiles: number; memoryBytes: number }>;
  close(): Promise<void>;
}
