/** The kill loop of `crash.test.ts` and `crash.long.test.ts`: same method, different length. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { expect } from 'vitest';
import { openTestWarehouse, testStreams } from '../testing.ts';
import { rowsOf } from './testing.ts';

export interface KillRounds {
  readonly folder: string;
  readonly masterKey: Buffer;
  readonly kills: number;
  readonly seed: number;
}

export async function killRounds(rounds: KillRounds): Promise<void> {
  const random = randomFrom(rounds.seed);
  let acknowledged = 0;
  for (let round = 0; round < rounds.kills; round++) {
    const reached = await loadThenKill(rounds, 2 + Math.floor(random() * 3), random());
    expect(reached).toBeGreaterThanOrEqual(acknowledged);
    acknowledged = await checkFile(rounds, reached);
  }
  expect(acknowledged).toBeGreaterThan(rounds.kills);
}

/**
 * Kills the child within the load after the given one; returns the last pull that it acknowledged.
 */
async function loadThenKill(
  rounds: KillRounds,
  loads: number,
  shareOfNext: number,
): Promise<number> {
  const file = new URL('./testing.ts', import.meta.url).pathname;
  const args = [file, 'loop', rounds.folder, rounds.masterKey.toString('hex')];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let last = 0;
  let count = 0;
  let lastAt = performance.now();
  for await (const line of createInterface({ input: child.stdout })) {
    const tookMs = performance.now() - lastAt;
    lastAt = performance.now();
    // A share of what a load takes: random on purpose, to hit any of its steps on a machine of any
    // speed.
    if (++count === loads) setTimeout(() => child.kill('SIGKILL'), tookMs * shareOfNext);
    last = Number(line.split(' ')[0]);
  }
  expect(count).toBeGreaterThanOrEqual(loads);
  return last;
}

/**
 * The file holds exactly one pull, whole, that is the last acknowledged one or the one after it.
 */
async function checkFile(rounds: KillRounds, acknowledged: number): Promise<number> {
  const test = await openTestWarehouse({ streams: testStreams }, rounds);
  try {
    const coverage = await test.warehouse.coverage('c1');
    const pulls = new Set(coverage.map(({ pulledAt }) => pulledAt.getTime() / 1000));
    expect(pulls.size).toBe(1);
    const [number] = [...pulls] as [number];
    expect([acknowledged, acknowledged + 1]).toContain(number);
    const spends = await spendsAsOf(test, undefined);
    expect(spends).toEqual(expected(number));
    expect(await spendsAsOf(test, number - 1)).toEqual(expected(number - 1));
    return number;
  } finally {
    await test.close();
  }

  async function spendsAsOf(
    { warehouse }: typeof test,
    number: number | undefined,
  ): Promise<string[]> {
    const asOf = number === undefined ? {} : { asOf: new Date(number * 1000).toISOString() };
    const report = await warehouse.report(
      'ad-performance',
      { from: '2026-11-01', to: '2026-11-09', groupBy: 'ad', ...asOf },
      [{ id: 'c1', currency: 'EUR', timeZone: null }],
    );
    const rows = await report.read('json');
    await report.close();
    // Each load counts once, and repeated ones not at all.
    expect(report.sources[0]?.dataVersion).toBe([...coverageNumber(report.sources)][0]);
    return rows.map(({ ad_id, spend }) => `${ad_id} ${spend}`).sort();
  }
}

const coverageNumber = (sources: readonly { newestPulledAt: Date | null }[]): number[] =>
  sources.map(({ newestPulledAt }) => newestPulledAt!.getTime() / 1000);

const expected = (number: number): string[] =>
  number === 0
    ? []
    : rowsOf(number)
        .map(({ ad, spend }) => `${ad} ${spend}.0000`)
        .sort();

/** Mulberry32: the same seed gives the same moments. */
export function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
