/** Where the parts are that npm does not carry: unpacked by `deploy/setup.mjs`, or named by the operator. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Parts {
  /** The Temporal server and its command line (`TEMPORAL_CLI`). */
  readonly temporalCli: string;
  /** The time-skipping Temporal server of the tests (`TEMPORAL_TEST_SERVER`). */
  readonly temporalTestServer: string;
  /** DuckDB's extension `httpfs`, which brings OpenSSL for encrypted files (`DUCKDB_HTTPFS`). */
  readonly httpfs: string;
}

const root = join(import.meta.dirname, '..');

const pinned: { name: string; version: string; file: string }[] = JSON.parse(
  readFileSync(join(root, 'deploy/setup/parts.json'), 'utf8'),
);

/** What is named (`config.parts`) wins over what set-up unpacked. */
export function findParts(named: Partial<Parts> = {}): Parts {
  return {
    temporalCli: named.temporalCli || unpacked('temporal'),
    temporalTestServer: named.temporalTestServer || unpacked('temporal-test-server'),
    httpfs: named.httpfs || unpacked('httpfs'),
  };
}

function unpacked(name: string): string {
  const part = pinned.find((candidate) => candidate.name === name)!;
  return join(root, 'parts', `${part.name}-${part.version}`, part.file);
}
