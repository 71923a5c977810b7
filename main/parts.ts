/** Where the parts are that npm does not carry: unpacked by `deploy/setup.mjs`, or named by the environment. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Parts {
  /** The Temporal server and its command line. */
  readonly temporal: string;
  /** The time-skipping Temporal server of the tests. */
  readonly temporalTestServer: string;
  /** DuckDB's extension `httpfs`, which brings OpenSSL for encrypted files. */
  readonly httpfs: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

const root = join(import.meta.dirname, '..');

interface PinnedPart {
  name: string;
  version: string;
  variable: string;
  file: string;
}

const pinned: PinnedPart[] = JSON.parse(
  readFileSync(join(root, 'deploy/setup/parts.json'), 'utf8'),
);

/** The environment is an argument: `TEMPORAL_CLI`, `TEMPORAL_TEST_SERVER`, `DUCKDB_HTTPFS`. */
export function findParts(environment: Environment): Parts {
  return {
    temporal: findPart('temporal', environment),
    temporalTestServer: findPart('temporal-test-server', environment),
    httpfs: findPart('httpfs', environment),
  };
}

function findPart(name: string, environment: Environment): string {
  const part = pinned.find((candidate) => candidate.name === name)!;
  const named = environment[part.variable];
  return named || join(root, 'parts', `${part.name}-${part.version}`, part.file);
}
