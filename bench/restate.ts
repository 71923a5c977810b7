/** Restating the last week of a million-row account. */
import { stat } from 'node:fs/promises';
import { DuckDBConnection } from '@duckdb/node-api';
import { openTestWarehouse, type TestWarehouse } from '../warehouse/testing.ts';
import { csvPiecesOf, dayOf, loadSeconds, median, pagesOf, show, stream } from './rows/ad-rows.ts';

async function benchRestate(test: TestWarehouse): Promise<void> {
  const ads = 11_112;
  const id = 'restated';
  await test.warehouse.create(id);
  const days = [...Array(90).keys()];
  for (let from = 0; from < 90; from += 30) {
    const part = days.slice(from, from + 30);
    const window = { from: dayOf(part[0]!), to: dayOf(part.at(-1)!) };
    await loadSeconds(test, id, csvPiecesOf(ads, part), window, ads * part.length, 'csv');
  }
  await test.warehouse.close();
  const fresh = (await stat(`${test.options.folder}/${id}.facts.duckdb`)).size;
  await test.open();
  const week = days.slice(-7);
  const window = { from: dayOf(week[0]!), to: dayOf(week.at(-1)!) };
  const transactions = watchTransactions();
  const seconds: number[] = [];
  const transactionMs: number[] = [];
  const checkpointMs: number[] = [];
  for (let round = 1; round <= 6; round++) {
    const bodies = pagesOf(ads, week, round);
    seconds.push((await loadSeconds(test, id, bodies, window, ads * 7)).seconds);
    transactionMs.push(transactions.lastMs);
    const begun = performance.now();
    await test.warehouse.create(id);
    const reading = test.warehouse.coverage(id).then(() => performance.now() - begun);
    checkpointMs.push(await reading);
  }
  const found = median(transactionMs);
  show(
    'restate 7 of 90 days of 1,000,080 rows, a third changed',
    `${Math.round(found)} ms`,
    'transaction under 300 ms',
    found < 300,
  );
  console.log(`     whole load with 78 pages parsed: ${Math.round(median(seconds) * 1000)} ms`);
  console.log(`     longest read right after it: ${Math.round(Math.max(...checkpointMs))} ms`);
  console.log(
    `     checkpoints: ${transactions.checkpointMs.map(Math.round).join(', ') || 'none'} ms`,
  );
  await test.warehouse.close();
  const { size } = await stat(`${test.options.folder}/${id}.facts.duckdb`);
  console.log(
    `     file: ${(fresh / 1e6).toFixed(1)} MB before, ${(size / 1e6).toFixed(1)} MB after`,
  );
  await test.open();
}

/** Times statements as they pass: a transaction from BEGIN to the end of COMMIT. */
function watchTransactions(): { lastMs: number; checkpointMs: number[] } {
  const watched = { lastMs: 0, checkpointMs: [] as number[] };
  let begunAt = 0;
  const run = DuckDBConnection.prototype.run;
  DuckDBConnection.prototype.run = async function (this: DuckDBConnection, sql, ...values) {
    const startedAt = performance.now();
    if (sql === 'begin') begunAt = startedAt;
    const result = await run.call(this, sql, ...values);
    if (sql === 'commit') watched.lastMs = performance.now() - begunAt;
    if (sql.startsWith('checkpoint')) watched.checkpointMs.push(performance.now() - startedAt);
    return result;
  };
  return watched;
}

const test = await openTestWarehouse({ streams: [stream], memoryLimitMb: 4096 });
try {
  await benchRestate(test);
} finally {
  await test.close();
}
