/**
 * Records of a live ad account, which are not part of the project: `HUB_FIXTURES` names the folder that holds
 * `recorded-ads`. Null where it is not found; tests that need it then skip, and under CI fail.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(process.env.HUB_FIXTURES ?? '', 'recorded-ads');

export const recordedInput: string | null =
  process.env.HUB_FIXTURES !== undefined && existsSync(folder) ? folder : null;

if (recordedInput === null && process.env.CI === 'true') {
  throw new Error('HUB_FIXTURES names no folder with recorded-ads.');
}
