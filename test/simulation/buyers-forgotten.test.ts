/**
 * Goal: a buyer is known while an order needs it and nowhere afterwards, while the order and its money stay.
 * Method: a whole hub as a process; a buyer whose strings hold a word that occurs nowhere else, and whose orders are
 * all over; 31 days pass by its clock. Then every file, log line, table and workflow history is looked through, opened
 * with the hub's own keys where they are sealed. The search finds, before that, what is there to be found.
 */
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createKeyring } from '../../keyring/create.ts';
import { type Keyring, keyId } from '../../keyring/keyring.ts';
import { loadOrCreateMasterKey } from '../../keyring/master-key.ts';
import type { ConnectionState } from '../../main/hub-client.ts';
import { findParts } from '../../main/parts.ts';
import { connectTemporal } from '../../main/temporal/connection.ts';
import type { BuyerTruth } from '../../sandbox/shop/orders/order-truth.ts';
import { purgeExpiredId } from '../../workflows/purge-expired/contract.ts';
import { askDatabase } from '../databases.ts';
import { openFactsFile } from '../facts-file.ts';
import { type HubProcess, startHubProcess } from '../hub-process.ts';

const dayMs = 86_400_000;
const patiently = { timeout: 120_000, interval: 500 };
let home: string;
let data: string;
let hub: HubProcess;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'buyers-forgotten-'));
  data = join(home, 'data');
  const args = ['--accounts', '1', '--ads', '2', '--days', '40', '--no-quota'];
  args.push('--shops', '1', '--products', '6', '--orders', '240');
  const environment = { HUB_BACKFILL_DAYS: '50' };
  hub = await startHubProcess({ dataFolder: data, args, environment });
}, 180_000);
afterAll(async () => {
  await hub?.stop();
  await rm(home, { recursive: true, force: true });
}, 60_000);

test('a buyer’s word is in the people file before its time is over and nowhere after it', async () => {
  const shop = await shopWithOrders();
  await control('orders/stop', {});
  const { canary, orders } = await endedCanary(shop);
  const path = `api/v1/orders/${shop.id}.${orders[0]!.id}`;
  const buyer = await hub.client.get<Record<string, string>>(`${path}/buyer?reason=legal`);
  const words = [canary, buyer.user_id!, buyer.buyer_email!, buyer.phone_number, buyer.name]
    .filter((word) => word !== undefined && word !== null && word.length > 4)
    .map(String);
  expect(words.length).toBeGreaterThan(3);
  const before = await withoutBuyers(orders, shop);
  const kept = await onCopy(shop, ({ people }) => people);
  expect(kept.filter((row) => row.includes(canary))).toHaveLength(orders.length);
  expect(await visible([shop.id])).toEqual(['history', 'postgres', 'table', 'temporal']);
  const note = join(data, 'spill', 'a-note');
  await writeFile(note, JSON.stringify(buyer));
  expect(await visible(words)).toEqual(['spill']);
  await rm(note);
  expect(await visible(words)).toEqual([]);

  const over = new Date(Date.now() + (await clockOffset()) + 31 * dayMs);
  await hub.client.post('api/v1/demo/clock', { now: over.toISOString() });
  await purged(over);
  await vi.waitFor(async () => {
    const response = await fetch(new URL(`${path}/buyer?reason=legal`, hub.url), {
      headers: { authorization: `Bearer ${hub.bearerToken}` },
    });
    expect(response.status).toBe(404);
  }, patiently);
  // What was asked for again meanwhile brings nobody back.
  await loaded(over);
  expect(await visible(words)).toEqual([]);
  expect(await withoutBuyers(orders, shop)).toEqual(before);
  await hub.stop();
  expect(await visibleInFiles(words)).toEqual([]);
  const after = await onCopy(shop, (files) => files);
  for (const word of words) {
    expect(after.people.filter((row) => row.includes(word))).toEqual([]);
    expect(after.facts.filter((row) => row.includes(word))).toEqual([]);
  }
  // The search reads what is in both.
  expect(after.people.length).toBeGreaterThan(0);
  expect(after.facts.filter((row) => row.includes(orders[0]!.id)).length).toBeGreaterThan(1);
  expect(after.firstKeyIsKept).toBe(false);
  expect(after.landed).toEqual([]);
  expect(hub.output.length).toBeGreaterThan(3);
  for (const word of words) expect(hub.output.join('\n')).not.toContain(word);
}, 400_000);

const shopNow = async (): Promise<ConnectionState | undefined> =>
  (await hub.client.connections()).find(({ platform }) => platform === 'tiktok-shop');

async function shopWithOrders(): Promise<ConnectionState> {
  return vi.waitFor(async () => {
    const shop = await shopNow();
    const orders = shop?.streams.find(({ stream }) => stream === 'shop_orders');
    expect(orders).toMatchObject({ state: 'idle', windows: { planned: 0, failed: 0 } });
    expect(orders!.windows.loaded).toBeGreaterThan(0);
    return shop!;
  }, patiently);
}

/** Orders were asked for after that instant, and nothing is under way. */
async function loaded(after: Date): Promise<void> {
  await vi.waitFor(async () => {
    const shop = await shopWithOrders();
    expect(shop.streams.filter(({ state }) => state !== 'idle')).toEqual([]);
    const [row] = await askRegistry(
      `select count(*)::int as n from windows
       where stream = 'shop_orders' and pulled_at >= '${after.toISOString()}'`,
    );
    expect(row!.n).toBeGreaterThan(0);
  }, patiently);
}

const control = async <T>(path: string, body?: object): Promise<T> => {
  const init = body && { method: 'POST', body: JSON.stringify(body) };
  const response = await fetch(new URL(`sandbox/shop/${path}`, hub.sandbox), init);
  expect(response.status).toBe(200);
  return (await response.json()) as T;
};

async function clockOffset(): Promise<number> {
  const { now } = await hub.client.get<{ now: string }>('api/v1/demo/clock');
  return Date.parse(now) - Date.now();
}

/** One whose orders have all come to their end, at least one of them with a clear name. */
async function endedCanary(shop: ConnectionState) {
  const all = await control<BuyerTruth[]>(`truth/buyers?shop=${shop.accountId}`);
  const ended = all.filter(({ orders }) => orders.every(({ closedAt }) => closedAt !== null));
  for (const { canary, orders } of ended) {
    if (canary === null) continue;
    const path = `api/v1/orders/${shop.id}.${orders[0]!.id}/buyer?reason=legal`;
    const answer = await hub.client.get<object>(path).catch(() => ({}));
    if (JSON.stringify(answer).includes(canary)) return { canary, orders };
  }
  throw new Error('No buyer of this shop can be looked for.');
}

/** The orders with their units and money, as the API shows them. */
const withoutBuyers = (orders: BuyerTruth['orders'], shop: ConnectionState): Promise<unknown[]> =>
  Promise.all(orders.map(({ id }) => hub.client.get(`api/v1/orders/${shop.id}.${id}`)));

/** Where any of the words can be read by someone without the keys, or in what the keys open of histories. */
async function visible(words: readonly string[]): Promise<string[]> {
  await askRegistry('checkpoint');
  const rows = await tableRows();
  const histories = await decodedHistories();
  const holds = (text: string): boolean => words.some((word) => text.includes(word));
  return [
    ...(await visibleInFiles(words)),
    ...(rows.some(holds) ? ['table'] : []),
    ...(histories.some(holds) ? ['history'] : []),
  ].sort();
}

/** Folders of the hub with a file that holds one of the words; what TikTok's stand-in keeps is not the hub's. */
async function visibleInFiles(words: readonly string[]): Promise<string[]> {
  const needles = words.map((word) => Buffer.from(word));
  const found = new Set<string>();
  for await (const file of filesBelow(data)) {
    const [top] = file.slice(data.length + 1).split('/');
    if (top!.startsWith('sandbox')) continue;
    const bytes = await readFile(file).catch(() => Buffer.alloc(0));
    if (needles.some((needle) => bytes.includes(needle))) found.add(top!);
  }
  return [...found].sort();
}

/** A hub that runs makes and removes files meanwhile. */
async function* filesBelow(folder: string): AsyncGenerator<string> {
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (entry.isFile()) yield path;
  }
}

async function askRegistry(sql: string): Promise<Record<string, unknown>[]> {
  const kept = (name: string) => readFile(join(data, 'postgres', name), 'utf8');
  const url = `postgres://hub:${(await kept('password')).trim()}@127.0.0.1:${await kept('port')}/hub`;
  return askDatabase(url, sql);
}

/** Every row of every table as text. */
async function tableRows(): Promise<string[]> {
  const tables = await askRegistry(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname not in ('pg_catalog', 'information_schema')`,
  );
  const rows: string[] = [];
  for (const { name } of tables) {
    const found = await askRegistry(`select t::text as text from ${name} t`);
    rows.push(...found.map(({ text }) => String(text)));
  }
  return rows;
}

/** Every history that the workflow store still has, each payload unsealed. */
async function decodedHistories(): Promise<string[]> {
  await using opened = new AsyncDisposableStack();
  const keyring = await copiedKeyring(opened);
  const port = (await readFile(join(data, 'temporal', 'temporal.db.port'), 'utf8')).trim();
  const link = await connectTemporal({ address: `127.0.0.1:${port}`, keyring });
  opened.defer(() => link.close());
  const [codec] = link.dataConverter.payloadCodecs!;
  const texts: string[] = [];
  const unseal = async (value: unknown): Promise<void> => {
    if (value === null || typeof value !== 'object') return;
    if (!('metadata' in value && 'data' in value)) {
      await Promise.all(Object.values(value).map(unseal));
      return;
    }
    const [plain] = await codec!.decode([value as never]);
    texts.push(Buffer.from(plain!.data ?? []).toString());
  };
  for await (const { workflowId, runId } of link.client.workflow.list()) {
    const history = await link.client.workflow.getHandle(workflowId, runId).fetchHistory();
    texts.push(workflowId);
    await unseal(history);
  }
  return texts;
}

async function purged(at: Date): Promise<void> {
  await using opened = new AsyncDisposableStack();
  const keyring = await copiedKeyring(opened);
  const port = (await readFile(join(data, 'temporal', 'temporal.db.port'), 'utf8')).trim();
  const link = await connectTemporal({ address: `127.0.0.1:${port}`, keyring });
  opened.defer(() => link.close());
  const handle = link.client.workflow.getHandle(purgeExpiredId(at.toISOString().slice(0, 10)));
  const result = await vi.waitFor(async () => handle.result(), patiently);
  expect(result).toMatchObject({ rewritten: 1, failed: 0 });
}

async function copiedKeyring(opened: AsyncDisposableStack): Promise<Keyring> {
  const copy = await mkdtemp(join(tmpdir(), 'buyers-keys-'));
  opened.defer(() => rm(copy, { recursive: true, force: true }));
  await cp(`${data}-keys`, copy, { recursive: true });
  const keyring = await createKeyring({
    dirs: [join(copy, 'a'), join(copy, 'b')],
    masterKey: await loadOrCreateMasterKey(join(copy, 'master.key'), { create: false }),
    clock: { now: () => new Date() },
  });
  opened.defer(() => keyring.close());
  return keyring;
}

interface Opened {
  /** Rows of all tables as text. */
  readonly people: readonly string[];
  readonly facts: readonly string[];
  readonly firstKeyIsKept: boolean;
  /** Sealed pages of this shop. */
  readonly landed: readonly string[];
}

/** What someone reads who takes the machine now, keys and all. */
async function onCopy<T>({ id }: ConnectionState, read: (files: Opened) => T): Promise<T> {
  await using opened = new AsyncDisposableStack();
  const copy = await mkdtemp(join(tmpdir(), 'buyers-files-'));
  opened.defer(() => rm(copy, { recursive: true, force: true }));
  await cp(join(data, 'warehouse'), copy, { recursive: true });
  const keyring = await copiedKeyring(opened);
  const rowsIn = async (kind: string): Promise<string[]> => {
    const names = await readdir(copy);
    const name = names.find((one) => one.startsWith(`${id}.${kind}`) && one.endsWith('.duckdb'))!;
    const key = await keyring.unwrap(keyId('file', name.slice(0, -'.duckdb'.length)));
    const { httpfs } = findParts();
    const file = await openFactsFile({ path: join(copy, name), key, httpfs });
    opened.defer(() => file.close());
    const tables = await file.query(`select schema_name || '."' || table_name || '"' as name
      from duckdb_tables() where database_name = 'facts'`);
    const rows = await Promise.all(
      tables.map((table) => file.query(`select t::VARCHAR as text from ${table.name} t`)),
    );
    return rows.flat().map(({ text }) => text!);
  };
  const landed: string[] = [];
  for (const folder of ['landing', 'quarantine']) {
    for await (const file of filesBelow(join(data, folder, id))) landed.push(file);
  }
  return read({
    people: await rowsIn('people'),
    facts: await rowsIn('facts'),
    firstKeyIsKept: keyring.has(keyId('file', `${id}.people.1`)),
    landed,
  });
}
