import { expect, test } from 'vitest';
import { runKillLoop } from './kill-loop.ts';

test('a backfill whose processes are killed five times equals the truth', async () => {
  const result = await runKillLoop({ seed: 7, kills: 5, days: 3, ads: 8 });
  expect(result.victims).toHaveLength(5);
  expect(result.comparisons).toHaveLength(2);
  for (const { days, differences } of result.comparisons) {
    expect(differences).toEqual([]);
    expect(days.length).toBeGreaterThan(0);
  }
  expect(result).toMatchObject({
    failedWindows: 0,
    quarantinedRows: 0,
    landedParts: 0,
    leftProcesses: 0,
  });
}, 420_000);
