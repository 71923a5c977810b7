/** The story of `ninety-days.test.ts` with more ads, more hours, and a week of syncs. */
import { test } from 'vitest';
import {
  expectTrouble,
  expectTruthAtEachInstant,
  pullAtEachInstant,
  type Size,
} from './ninety-days.ts';

const size: Size = {
  seed: 29,
  ads: 60,
  hourDays: 5,
  instants: [
    '2026-10-25T20:31:00Z',
    '2026-10-26T11:31:00Z',
    '2026-10-26T13:31:00Z',
    '2026-10-28T16:31:00Z',
    '2026-11-02T16:31:00Z',
  ],
  withinMs: 600_000,
};

test('every figure of larger accounts equals the truth, as known at each instant', async () => {
  const told = await pullAtEachInstant(size);
  try {
    expectTrouble(told);
    await expectTruthAtEachInstant(told, size);
  } finally {
    await told.hub.close();
  }
}, 3_600_000);
