import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/*.long.test.ts'],
    globalSetup: ['test/services.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Two cores, and each file may hold a DuckDB instance or a Temporal worker.
    maxWorkers: 2,
  },
});
