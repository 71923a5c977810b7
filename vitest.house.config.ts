import { defineConfig } from 'vitest/config';

/** Tests of the repository itself: no services are started, so that `npm run verify` takes seconds. */
export default defineConfig({
  test: { include: ['test/house/**/*.test.ts'], testTimeout: 20_000 },
});
