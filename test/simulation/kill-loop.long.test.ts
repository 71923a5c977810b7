import { expect, test } from 'vitest';
import { runKillLoop } from './kill-loop.ts';

test('a backfill whose processes are killed 24 times equals the truth', async () => {
  const result = await runKillLoop({ seed: 20_261_124, kills: 24, days: 20, ads: 20 });
  expect(result.victims).toHaveLength(24);
  expect(new Set(result.victims)).toContain('postgres');
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
});
