/** Where the parts are that npm does not carry: unpacked by `deploy/setup.mjs`, or named by the operator. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { HubError } from '../policy/errors.ts';

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

const variables: Readonly<Record<keyof Parts, string>> = {
  temporalCli: 'TEMPORAL_CLI',
  temporalTestServer: 'TEMPORAL_TEST_SERVER',
  httpfs: 'DUCKDB_HTTPFS',
};

/** Throws `CONFIGURATION_INVALID` naming all of these parts that are no files. */
export function requireParts(parts: Parts, needed: readonly (keyof Parts)[]): void {
  const missing = needed.filter(
    (name) => !statSync(parts[name], { throwIfNoEntry: false })?.isFile(),
  );
  if (missing.length === 0) return;
  const list = missing.map((name) => `  - ${variables[name]}: there is no file ${parts[name]}`);
  throw new HubError(
    'CONFIGURATION_INVALID',
    `Parts are missing. Run npm run setup, or correct what names them:\n${list.join('\n')}`,
  );
}

function unpacked(name: string): string {
  const part = pinned.find((candidate) => candidate.name === name)!;
  return join(root, 'parts', `${part.name}-${part.version}`, part.file);
}
