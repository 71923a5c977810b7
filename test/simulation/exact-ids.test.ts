/**
 * Goal: an id of 18 or 19 digits is the same everywhere, whoever writes it down. Method: a whole hub as a process; ids
 * of a shop as the sandbox made them against the hub's lists, one order by a webhook; ids of ads in each format of the
 * report, read by a reader of that format. Not here: shop rows in other formats than JSON, which the API has not.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { tableFromIPC } from 'apache-arrow';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { ConnectionState } from '../../main/hub-client.ts';
import { type ApiHub, createApiHub } from '../api-hub.ts';
import { type HubProcess, startHubProcess } from '../hub-process.ts';
import { parseExactly } from '../sent-values.ts';

const patiently = { timeout: 120_000, interval: 500 };
let home: string;
let hub: HubProcess;
let shop: ConnectionState;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'exact-ids-'));
  const args = ['--accounts', '1', '--ads', '6', '--days', '5', '--no-quota'];
  args.push('--shops', '1', '--products', '5', '--orders', '40');
  const environment = { HUB_BACKFILL_DAYS: '8' };
  hub = await startHubProcess({ dataFolder: join(home, 'data'), args, environment });
  shop = await loaded('tiktok-shop', ['shop_orders', 'shop_products']);
}, 240_000);
afterAll(async () => {
  await hub?.stop();
  await rm(home, { recursive: true, force: true });
}, 60_000);

async function loaded(platform: string, names: readonly string[]): Promise<ConnectionState> {
  return vi.waitFor(async () => {
    const all = await hub.client.connections();
    const found = all.find((one) => one.platform === platform)!;
    for (const name of names) {
      const stream = found.streams.find((one) => one.stream === name);
      expect(stream).toMatchObject({ windows: { planned: 0, failed: 0 } });
      expect(stream!.rows).toBeGreaterThan(0);
    }
    return found;
  }, patiently);
}

/** Numbers stay the texts that they were written as. */
async function sandbox(path: string, body?: object): Promise<Record<string, unknown>[]> {
  const init = body && { method: 'POST', body: JSON.stringify(body) };
  const response = await fetch(new URL(`sandbox/${path}`, hub.sandbox), init);
  const text = await response.text();
  expect(response.status, text).toBe(200);
  return parseExactly(text) as Record<string, unknown>[];
}

async function listed(resource: string): Promise<Record<string, unknown>[]> {
  const filter = JSON.stringify({ workspaceId: shop.workspaceId });
  const query = new URLSearchParams({ filter });
  return hub.client.get(`api/v1/${resource}?${query}`);
}

const idsOf = (rows: readonly Record<string, unknown>[], name: string): unknown[] =>
  [...new Set(rows.map((row) => row[name]))].sort();

/** A double would have changed at least one of them. */
function expectLong(ids: readonly unknown[]): void {
  for (const id of ids) expect(String(id)).toMatch(/^\d{18,19}$/);
  expect(ids.some((id) => BigInt(Number(id)) !== BigInt(String(id)))).toBe(true);
}

test('orders, units and products have their ids in the lists; an order that a webhook brings as well', async () => {
  const { id: created } = (await sandbox('shop/orders/create', {})) as unknown as { id: string };
  await vi.waitFor(
    async () => expect(idsOf(await listed('orders'), 'order_id')).toContain(created),
    {
      timeout: 60_000,
      interval: 500,
    },
  );
  const truth = (await sandbox(`shop/truth/orders?shop=${shop.accountId}`)) as unknown as {
    orders: { id: string; lineItems: { id: string; skuId: string }[] }[];
  };
  expectLong([shop.accountId, ...truth.orders.map(({ id }) => id)]);
  const wanted = truth.orders.map(({ id }) => id).sort();
  await vi.waitFor(
    async () => expect(idsOf(await listed('orders'), 'order_id')).toEqual(wanted),
    patiently,
  );
  const order = truth.orders.find(({ id }) => id === created)!;
  const { lineItems } = await hub.client.get<{ lineItems: Record<string, unknown>[] }>(
    `api/v1/orders/${shop.id}.${created}`,
  );
  expectLong(order.lineItems.flatMap(({ id, skuId }) => [id, skuId]));
  expect(lineItems.map((row) => [row.line_item_id, row.sku_id]).sort()).toEqual(
    order.lineItems.map(({ id, skuId }) => [id, skuId]).sort(),
  );
  const products = await sandbox(`shop/truth/products?shop=${shop.accountId}`);
  const found = (await listed('products')).map(({ product_id }) => product_id).sort();
  expectLong(found);
  const known = JSON.stringify(products);
  for (const id of found) expect(known).toContain(`"${id}"`);
}, 240_000);

test('ads have their ids in every format of the report', async () => {
  // Those of the sandbox's ads are too short to be rounded.
  const api = await createApiHub();
  try {
    await expectExactReports(api);
  } finally {
    await api.close();
  }
}, 120_000);

const adIds = ['7001035076276387841', '7001035076276387843'];

async function loadAds({ connect, deps }: ApiHub): Promise<void> {
  const { id: connectionId } = await connect('7001035076276387999');
  await deps.registry.connections.describe(connectionId, { timeZone: 'UTC', currency: 'EUR' });
  const list = adIds.map((ad_id) => ({
    dimensions: { ad_id, stat_time_day: '2026-11-01 00:00:00' },
    metrics: { spend: '1', campaign_id: '7001035076276387845', adgroup_id: '7001035076276387847' },
  }));
  const pull = { connectionId, stream: 'ads_reports_daily', pullId: 'a-pull' };
  const body = Buffer.from(JSON.stringify({ code: 0, data: { list } }));
  await deps.warehouse.land({ ...pull, part: 1, format: 'json', body });
  await deps.warehouse.load({
    ...{ ...pull, window: { from: '2026-11-01', to: '2026-11-02' }, parts: 1, timeZone: 'UTC' },
    pulledAt: new Date('2026-11-03T00:00:00Z'),
    ...{ totalNumber: 2, totalMetrics: null, moving: false, listsDeleted: true },
    signal: new AbortController().signal,
  });
}

async function expectExactReports(api: ApiHub): Promise<void> {
  expectLong(adIds);
  await loadAds(api);
  const range = { workspaceId: api.workspace.id, from: '2026-11-01', to: '2026-11-01' };
  const path = `/api/v1/reports/ad-performance?${new URLSearchParams({ ...range, groupBy: 'ad' })}`;
  const ask = (accept: string) => api.call('GET', path, { headers: { accept } });
  const json = parseExactly((await ask('application/json')).body) as {
    rows: Record<string, unknown>[];
  };
  expect(idsOf(json.rows, 'ad_id')).toEqual(adIds);
  const csv = (await ask('text/csv')).body.trim().split('\n');
  const column = csv[0]!.split(',').indexOf('ad_id');
  const inCsv = csv.slice(1).map((line) => ({ ad_id: line.split(',')[column] }));
  expect(idsOf(inCsv, 'ad_id')).toEqual(adIds);
  const lines = (await ask('application/x-ndjson')).body.trim().split('\n');
  const inLines = lines.map((line) => parseExactly(line) as Record<string, unknown>);
  expect(idsOf(inLines, 'ad_id')).toEqual(adIds);
  const arrow = (await ask('application/vnd.apache.arrow.stream')).rawPayload;
  const values = [...tableFromIPC(arrow).getChild('ad_id')!];
  expect([...new Set(values.map(String))].sort()).toEqual(adIds);
  const parquet = (await ask('application/vnd.apache.parquet')).rawPayload;
  const file = join(home, 'report.parquet');
  await writeFile(file, parquet);
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const read = await connection.runAndReadAll(
    `select distinct ad_id::VARCHAR as id from '${file}' order by id`,
  );
  expect(read.getRows().flat()).toEqual(adIds);
  connection.closeSync();
}
