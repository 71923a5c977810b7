/**
 * Goal: what a live account really sent arrives field for field. Method: its recorded records are served as accounts,
 * synced, and read back from the encrypted files, where each field is held against the recorded line, read without
 * loss. `-` was never recorded: a generated account shows it. Not modelled: streams that nobody recorded.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { streams } from '../../policy/streams/index.ts';
import { createGeneratedWorld } from '../../sandbox/generator/create-generated-world.ts';
import { createRecordedWorld } from '../../sandbox/recorded.ts';
import type { FactsFile, TextRow } from '../facts-file.ts';
import { recordedInput } from '../recorded-input.ts';
import { type RunningHub, startRunningHub } from '../running-hub.ts';
import { expectedRow, keyOf, parseExactly, storedRow } from '../sent-values.ts';
import { reportQuery } from './against-truth.ts';

let hub: RunningHub | undefined;
afterEach(() => hub?.close());

const recorded = ['advertisers', 'campaigns', 'ad_groups', 'ads', 'ads_reports_daily'] as const;
const rowsOf = { advertisers: 3, campaigns: 4, ad_groups: 3, ads: 4, ads_reports_daily: 4 };

function readRecords(folder: string, name: string): Record<string, unknown>[] {
  const lines = readFileSync(join(folder, `${name}.jsonl`), 'utf8')
    .trim()
    .split('\n');
  return lines.map((line) => parseExactly(line) as Record<string, unknown>);
}

test('records of a live account arrive field for field', async ({ skip }) => {
  if (recordedInput === null) return skip('HUB_FIXTURES names no folder with recorded-ads');
  const world = createRecordedWorld(recordedInput);
  // Reports were recorded half a year before the newest entities.
  hub = await startRunningHub({ world, backfillDays: 170, backfillHourDays: 0 });
  const connections = await hub.connect();
  await hub.caughtUp(
    connections.map(({ id }) => id),
    { streams: recorded },
  );
  expect(hub.unexpected).toEqual([]);
  for (const { id } of connections) expect(await hub.warehouse.quarantine(id)).toEqual([]);
  for (const { id } of connections) expect(await hub.warehouse.unknownFields(id)).toEqual([]);

  const files: FactsFile[] = [];
  for (const { id } of connections) files.push(await hub.openFacts(id));
  try {
    for (const name of recorded) {
      const stream = streams[name];
      const stored: TextRow[] = [];
      for (const file of files) stored.push(...(await file.rows(stream)));
      const expected = readRecords(recordedInput, name).map((one) => expectedRow(stream, one));
      const inOrder = (rows: TextRow[]) =>
        rows.toSorted((a, b) => (keyOf(stream, a) < keyOf(stream, b) ? -1 : 1));
      expect(inOrder(stored.map((row) => storedRow(stream, row)))).toEqual(inOrder(expected));
      expect(stored).toHaveLength(rowsOf[name]);
    }
    await expectFieldsThatOnlyRecordsHave(files);
    await expectNoContacts(files, readRecords(recordedInput, 'advertisers'));
  } finally {
    for (const file of files) await file.close();
  }
});

/** Names that TikTok's documentation does not list; and one id above 2^53, digit for digit. */
async function expectFieldsThatOnlyRecordsHave(files: readonly FactsFile[]): Promise<void> {
  const all = async (sql: string) => (await Promise.all(files.map((f) => f.query(sql)))).flat();
  const categories = await all('select category_id, keywords from ad_groups');
  expect(categories.map(({ category_id }) => category_id)).toContain('0');
  expect(categories.map(({ keywords }) => keywords)).toContain(null);
  expect(await all('select landing_page_urls from ads')).toHaveLength(4);
  const goals = await all(
    'select secondary_goal_result_rate, cost_per_secondary_goal_result from ads_reports_daily',
  );
  expect(goals).toHaveLength(4);
  const accounts = await all('select advertiser_id::VARCHAR as id from advertisers order by id');
  expect(accounts.map(({ id }) => id)).toContain('7001035076276387841');
}

/** First that a search finds what is kept, then that it finds no contact. */
async function expectNoContacts(
  files: readonly FactsFile[],
  accounts: readonly Record<string, unknown>[],
): Promise<void> {
  const text: string[] = [];
  for (const file of files) {
    text.push(JSON.stringify(await file.query('select * from advertisers')));
  }
  const found = (name: string) =>
    accounts
      .filter((one) => typeof one[name] === 'string' && one[name] !== '')
      .map((one) => one[name] as string);
  expect(found('name').length).toBe(3);
  for (const name of found('name')) expect(text.join()).toContain(name);
  const contacts = ['contacter', 'email', 'telephone_number', 'cellphone_number'].flatMap(found);
  expect(contacts.length).toBeGreaterThan(5);
  for (const contact of contacts) expect(text.join()).not.toContain(contact);
}

test('`-` arrives as null, and its row with all its figures', async () => {
  const world = createGeneratedWorld({ seed: 7, accounts: 1, ads: 12, days: 3 });
  hub = await startRunningHub({ world, backfillDays: 2, backfillHourDays: 0 });
  const [connection] = await hub.connect();
  const stream = streams.ads_reports_daily;
  await hub.caughtUp([connection!.id], { streams: [stream.name as 'ads_reports_daily'] });
  const query = reportQuery(stream, connection!.accountId, {
    from: '2026-11-22',
    to: '2026-11-24',
  });
  const answer = world.report(query, hub.sandbox.clock.now());
  const sent = answer.rows(0, answer.total);
  const dashes = sent.flatMap(({ metrics }) =>
    Object.entries(metrics).flatMap(([name, value]) => (value === '-' ? [name] : [])),
  );
  expect(new Set(dashes).size).toBeGreaterThan(0);
  expect(await hub.warehouse.quarantine(connection!.id)).toEqual([]);
  const file = await hub.openFacts(connection!.id);
  try {
    const stored = (await file.rows(stream)).map((row) => storedRow(stream, row));
    const expected = sent.map((row) => expectedRow(stream, parseExactly(JSON.stringify(row))));
    const byKey = (rows: TextRow[]) => Object.fromEntries(rows.map((r) => [keyOf(stream, r), r]));
    expect(byKey(stored)).toEqual(byKey(expected));
    expect(stored).toHaveLength(sent.length);
    const dashed = sent.find(({ metrics }) => metrics[dashes[0]!] === '-')!;
    const row = byKey(stored)[keyOf(stream, expectedRow(stream, dashed))]!;
    expect(row[dashes[0]!]).toBeNull();
    expect(Number(row.spend)).toBeGreaterThan(0);
  } finally {
    await file.close();
  }
});
