/** Kill loops over a shop's two files; `shop.test.ts` and `shop.long.test.ts` differ in length only. */
import { spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { expect } from 'vitest';
import { select, shopStreams } from '../../records/testing.ts';
import { openTestWarehouse, type TestWarehouse } from '../../testing.ts';
import { type KillRounds, randomFrom } from '../kill-rounds.ts';
import { endedOrders, loadOrders, orders } from './testing.ts';

/** Kills within the step after the given one, at a random share of what a step takes; returns the last one done. */
async function runThenKill(
  rounds: KillRounds,
  mode: 'loads' | 'rewrites',
  from: number,
  steps: number,
  shareOfNext: number,
): Promise<number> {
  const file = new URL('./testing.ts', import.meta.url).pathname;
  const args = [file, mode, rounds.folder, rounds.masterKey.toString('hex'), String(from)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let last = from - 1;
  let count = 0;
  let lastAt = performance.now();
  for await (const line of createInterface({ input: child.stdout })) {
    const tookMs = performance.now() - lastAt;
    lastAt = performance.now();
    if (++count === steps) setTimeout(() => child.kill('SIGKILL'), tookMs * shareOfNext);
    last = Number(line);
  }
  expect(count).toBeGreaterThanOrEqual(steps);
  return last;
}

const opened = (rounds: KillRounds): Promise<TestWarehouse> =>
  openTestWarehouse({ streams: shopStreams }, rounds);

/** Each file holds one pull, whole; when the pull that was under way is loaded again, both hold that one, once. */
export async function killLoads(rounds: KillRounds): Promise<void> {
  const random = randomFrom(rounds.seed);
  let done = 0;
  for (let round = 0; round < rounds.kills; round++) {
    const steps = 2 + Math.floor(random() * 2);
    done = await runThenKill(rounds, 'loads', done + 1, steps, random());
    const test = await opened(rounds);
    try {
      const known = await numbers(test);
      for (const number of known) expect([done, done + 1]).toContain(number);
      expect(known[1]).toBeGreaterThanOrEqual(known[0]);
      await loadOrders(test, ++done);
      expect(await numbers(test)).toEqual([done, done]);
      await expectOnce(test, done);
    } finally {
      await test.close();
    }
  }
}

/** Number of the pull that the facts file shows, and that of the people file. */
async function numbers(test: TestWarehouse): Promise<[number, number]> {
  const facts = await select(
    test,
    'c1',
    'facts',
    `select min(total_amount)::INTEGER, max(total_amount)::INTEGER, count(*), count(distinct order_id),
       (select count(*) from {file}.shop_order_line_items where known_to is null)
     from {file}.shop_orders where known_to is null`,
  );
  const [number] = facts[0]!.split(' ').map(Number);
  expect(facts).toEqual([`${number} ${number} ${orders} ${orders} ${orders * 2}`]);
  const people = await select(
    test,
    'c1',
    'people',
    `select max(name), count(distinct name), count(*), count(distinct order_id)
     from {file}.shop_order_buyers`,
  );
  const name = Number(/^pull (\d+)/.exec(people[0]!)?.[1]);
  expect(people).toEqual([`pull ${name} 1 ${orders} ${orders}`]);
  return [number!, name];
}

async function expectOnce(test: TestWarehouse, pulls: number): Promise<void> {
  for (const file of ['facts', 'people'] as const) {
    const sql = `select count(*), count(distinct pull_id) from "${file}_c1".book.pulls`;
    expect(await select(test, 'c1', file, sql)).toEqual([`${pulls} ${pulls}`]);
  }
}

/**
 * After each kill the next start has one file and one key, and the file has every row that it should. Returns how
 * many kills left something to clear away.
 */
export async function killRewrites(rounds: KillRounds): Promise<number> {
  const random = randomFrom(rounds.seed);
  const first = await opened(rounds);
  await first.warehouse.create('c1', 'tiktok-shop');
  await loadOrders(first, 1);
  await first.close();
  const generations = new Set<string>();
  let interrupted = 0;
  for (let round = 0; round < rounds.kills; round++) {
    await runThenKill(rounds, 'rewrites', 1, 1 + Math.floor(random() * 2), random());
    const left = await readdir(first.options.folder);
    if (left.filter((name) => /\.people\..*(duckdb|new)$/.test(name)).length > 1) interrupted++;
    const test = await opened(rounds);
    try {
      const keys = test.keyring.list().filter(({ keyId }) => keyId.startsWith('file:c1.people.'));
      expect(keys).toHaveLength(1);
      const files = await readdir(test.options.folder);
      const people = files.filter((name) => name.includes('.people.') && !name.endsWith('.wal'));
      expect(people).toEqual([`${keys[0]!.owner}.duckdb`]);
      const sql = `select count(*), count(*) filter (status = 'COMPLETED') from {file}.shop_order_buyers`;
      expect(await select(test, 'c1', 'people', sql)).toEqual([`${orders} ${endedOrders}`]);
      generations.add(keys[0]!.owner);
    } finally {
      await test.close();
    }
  }
  expect(generations.size).toBeGreaterThan(1);
  return interrupted;
}
