/** The connection pool and the tables as kysely sees them: camelCase here, snake_case in PostgreSQL. */
import {
  CamelCasePlugin,
  type Generated,
  Kysely,
  PostgresDialect,
  type PostgresPoolClient,
} from 'kysely';
import pg from 'pg';
import { HubError } from '../policy/errors.ts';
import type { Priority } from '../policy/windows.ts';
import type { AccountTables } from './accounts/tables.ts';
import type { BuyerLook } from './buyer-looks.ts';
import type {
  Authorisation,
  Completeness,
  ConnectionState,
  ObligationKind,
  PauseKind,
  Platform,
  Task,
  WindowRecord,
} from './registry.ts';

export interface Tables extends AccountTables {
  workspaces: { id: string; name: string; createdAt: Date };
  consentRequests: {
    id: string;
    workspaceId: string;
    platform: Platform;
    stateHash: Buffer;
    nonceHash: Buffer;
    createdAt: Date;
  };
  authorisations: {
    id: string;
    workspaceId: string;
    platform: Platform;
    /** JSON text going in, a list coming out. */
    scopes: import('kysely').ColumnType<string[], string, string>;
    state: Authorisation['state'];
    sealedCode: Buffer | null;
    sealedToken: Buffer | null;
    sealedAccounts: Buffer | null;
    errorCode: string | null;
    openIdIndex: Generated<Buffer | null>;
    revokeCalledAt: Generated<Date | null>;
    checkedAt: Generated<Date | null>;
    createdAt: Date;
  };
  connections: {
    id: string;
    workspaceId: string;
    authorisationId: string;
    platform: Platform;
    accountId: string;
    sealedName: Buffer | null;
    sealedCipher: Generated<Buffer | null>;
    state: ConnectionState;
    epoch: number;
    timeZone: string | null;
    currency: string | null;
    createdAt: Date;
  };
  consents: {
    id: string;
    connectionId: string;
    epoch: number;
    given: boolean;
    cause: string;
    at: Date;
  };
  obligations: {
    id: string;
    kind: ObligationKind;
    subjectId: string;
    cause: string;
    dueAt: Date;
    doneAt: Date | null;
    pollsLeft: Generated<number>;
    polledAt: Generated<Date | null>;
    createdAt: Date;
  };
  tasks: {
    id: string;
    kind: Task['kind'];
    subjectId: string;
    dueAt: Date;
    /** JSON text going in, an object coming out. */
    details: import('kysely').ColumnType<Task['details'], string, string>;
    createdAt: Date;
    closedAt: Date | null;
  };
  windows: {
    connectionId: string;
    stream: string;
    fromDay: string;
    toDay: string;
    state: WindowRecord['state'];
    priority: Priority;
    completeness: Completeness | null;
    rows: number | null;
    pulledAt: Date | null;
    error: string | null;
  };
  buyerLooks: BuyerLook;
  quotaSlots: { app: string; nextSlotAt: Date };
  quotaPauses: { app: string; kind: PauseKind; until: Date };
  reportTaskCounts: { app: string; day: string; tasks: number };
  fenceHolders: {
    id: string;
    leaseUntil: Date;
    callDeadlineMs: number;
    /** Which process it is, where that can be said (see `fence/process-identity.ts`). */
    host: string | null;
    pid: number | null;
    startedAt: string | null;
  };
  fenceAcknowledgements: { holderId: string; connectionId: string; epoch: number };
  clock: { id: boolean; offsetMs: number };
}

export type Database = Kysely<Tables>;

/** Pool of one process; far below PostgreSQL's 100, so that several processes fit. */
const poolMax = 10;
const connectTimeoutMs = 5_000;
/** No statement of the registry is long; one that is stuck must not hold a connection for ever. */
const statementTimeoutMs = 30_000;

const int8 = 20;
const date = 1082;

/** Whole numbers as numbers (ours stay below 2^53), dates as they are written. */
const types = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (oid === int8) return (text: string) => safeInteger(text);
    if (oid === date) return (text: string) => text;
    return pg.types.getTypeParser(oid, format as 'text');
  },
} as pg.CustomTypesConfig;

function safeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError('A stored integer is above 2^53.');
  return value;
}

export function clientConfig(databaseUrl: string, applicationName: string): pg.ClientConfig {
  return {
    connectionString: databaseUrl,
    application_name: applicationName,
    connectionTimeoutMillis: connectTimeoutMs,
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: statementTimeoutMs,
    keepAlive: true,
    types,
  };
}

export function openDatabase(databaseUrl: string, max = poolMax): Database {
  const pool = new pg.Pool({ ...clientConfig(databaseUrl, 'hub-registry'), max });
  // A server that stops breaks idle connections: the pool drops them and connects anew when asked.
  pool.on('error', () => undefined);
  // One that is in use tells its query; without a listener the event would end the process all the same.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return new Kysely<Tables>({
    dialect: new PostgresDialect({
      pool: {
        options: {},
        connect: () => connect(pool),
        end: () => pool.end(),
      },
    }),
    plugins: [new CamelCasePlugin()],
  });
}

async function connect(pool: pg.Pool): Promise<PostgresPoolClient> {
  try {
    const client = await pool.connect().catch((error: unknown) => {
      throw connectError(error);
    });
    return Object.assign(Object.create(client) as PostgresPoolClient, {
      query: (...args: unknown[]) =>
        (client.query as (...args: unknown[]) => Promise<never>)
          .apply(client, args)
          .catch((error: unknown) => {
            throw registryError(error);
          }),
      release: () => client.release(),
    });
  } catch (error) {
    throw registryError(error);
  }
}

/** Whatever keeps a connection from being made passes by itself, but for a wrong name, password or database. */
export function connectError(error: unknown): HubError {
  const code = String((error as { code?: unknown } | undefined)?.code);
  if (/^(28|3D)/.test(code)) {
    return new HubError(
      'CONFIGURATION_INVALID',
      'PostgreSQL refuses the name, password or database. Check DATABASE_URL.',
      { cause: error },
    );
  }
  return new HubError('REGISTRY_UNAVAILABLE', 'PostgreSQL cannot be reached; it is tried again.', {
    retryAfterMs: 1_000,
    cause: error,
  });
}

/** SQLSTATE classes 08 (connection), 53 (resources), 57 (operator); without one the socket itself failed. */
export function registryError(error: unknown): unknown {
  if (error instanceof HubError) return error;
  const code = (error as { code?: unknown } | undefined)?.code;
  const stated = typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code);
  if (stated && !/^(08|53|57)/.test(code)) return error;
  if (!stated && !(error instanceof Error)) return error;
  if (error instanceof TypeError || error instanceof RangeError) return error;
  return new HubError('REGISTRY_UNAVAILABLE', 'PostgreSQL cannot be reached; it is tried again.', {
    retryAfterMs: 1_000,
    cause: error,
  });
}
