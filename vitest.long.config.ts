import { defineConfig, mergeConfig } from 'vitest/config';
import base from './vitest.config.ts';

const long = mergeConfig(base, defineConfig({ test: { testTimeout: 1_800_000, maxWorkers: 1 } }));
long.test!.include = ['**/*.long.test.ts'];
long.test!.exclude = ['**/node_modules/**'];
export default long;
