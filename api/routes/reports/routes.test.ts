/** The report over real files, in every format, read back by a reader of that format. */
import { rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { tableFromIPC } from 'apache-arrow';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { HubError } from '../../../policy/errors.ts';
import { streams } from '../../../policy/streams/index.ts';
import { wholeWindow } from '../../../policy/windows.ts';
import type { Connection } from '../../../registry/registry.ts';
import { type ApiHub, authorization, createApiHub } from '../../../test/api-hub.ts';
import type { ReportResult } from '../../../warehouse/warehouse.ts';

const formula = '=HYPERLINK("http://evil.example")';
const bigId = '7001035076276387841';

let hub: ApiHub;
let euros: Connection;
let dollars: Connection;
let restricted: Connection;
beforeAll(async () => {
  hub = await createApiHub();
  euros = await hub.connect('1');
  dollars = await hub.connect('2');
  restricted = await hub.connect('3');
  await load(euros, 'EUR', '10.0001');
  await load(dollars, 'USD', '20.5');
  await load(restricted, 'EUR', '999');
  const eraseDueAt = new Date(Date.now() + 1000);
  await hub.deps.registry.fence.revoke(restricted.id, { cause: 'disconnected', eraseDueAt });
});
afterAll(() => hub.close());

/** One day, one ad; the campaign's name is what a spreadsheet would run. */
async function load(connection: Connection, currency: string, spend: string): Promise<void> {
  const { registry, warehouse } = hub.deps;
  await registry.connections.describe(connection.id, { timeZone: 'Europe/Paris', currency });
  const window = { from: '2026-11-01', to: '2026-11-02' };
  const metrics = { spend, impressions: '1000', clicks: '50', conversion: '5', campaign_id: bigId };
  const report = {
    dimensions: { ad_id: '9', stat_time_day: '2026-11-01 00:00:00' },
    metrics: { ...metrics, adgroup_id: '8' },
  };
  const campaign = { advertiser_id: '1', campaign_id: bigId, campaign_name: formula };
  const pulls = [
    [streams.ads_reports_daily.name, report, window],
    [streams.campaigns.name, campaign, wholeWindow],
  ] as const;
  for (const [stream, record, pulled] of pulls) {
    const pull = { connectionId: connection.id, stream, pullId: `pull-${stream}` };
    const body = Buffer.from(JSON.stringify({ code: 0, data: { list: [record] } }));
    await warehouse.land({ ...pull, part: 1, format: 'json', body });
    const result = await warehouse.load({
      ...pull,
      window: pulled,
      parts: 1,
      pulledAt: new Date('2026-11-03T00:00:00Z'),
      timeZone: 'Europe/Paris',
      totalNumber: 1,
      totalMetrics: null,
      moving: false,
      listsDeleted: true,
      signal: new AbortController().signal,
    });
    expect(result).toMatchObject({ rowsRead: 1, quarantined: 0 });
  }
}

const url = (query: Record<string, string> = {}) =>
  `/api/v1/reports/ad-performance?${new URLSearchParams({
    workspaceId: hub.workspace.id,
    from: '2026-11-01',
    to: '2026-11-03',
    ...query,
  })}`;

const ask = (query: Record<string, string> = {}, accept?: string) =>
  hub.call('GET', url(query), accept === undefined ? {} : { headers: { accept } });

test('JSON: rows by currency, with completeness, freshness and formulas', async () => {
  const response = await ask();
  expect(response.statusCode).toBe(200);
  expect(response.headers['content-type']).toMatch(/^application\/json/);
  const { rows, meta } = response.json();
  expect(rows).toHaveLength(2);
  expect(rows[0]).toMatchObject({
    day: '2026-11-01',
    currency: 'EUR',
    spend: '10.0001',
    clicks: 50,
  });
  expect(rows[1]).toMatchObject({ currency: 'USD', spend: '20.5000', ctr: 5 });
  // Two connections, three days each, of which two were loaded. The restricted one is not there.
  expect(meta.completeness).toEqual({
    asked: 6,
    verified: 0,
    counted: 4,
    moving: 0,
    unverifiable: 0,
    missing: 2,
  });
  expect(
    meta.sources.map((source: { connectionId: string }) => source.connectionId).sort(),
  ).toEqual([euros.id, dollars.id].sort());
  expect(meta.newestPulledAt).toBe('2026-11-03T00:00:00.000Z');
  expect(meta.formulas.ctr).toContain('clicks ÷ impressions');
  expect(meta.notes.join()).toContain('currencies are never added up');
});

test('filters, one connection, and as it was known before', async () => {
  const one = await ask({
    connectionIds: euros.id,
    groupBy: 'campaign',
    campaignIds: `${bigId},7`,
  });
  expect(one.json().rows).toEqual([
    expect.objectContaining({ campaign_id: bigId, campaign_name: formula, spend: '10.0001' }),
  ]);
  expect((await ask({ campaignIds: '7' })).json().rows).toEqual([]);
  const before = await ask({ asOf: '2026-11-02T00:00:00Z' });
  expect(before.json()).toMatchObject({ rows: [], meta: { asOf: '2026-11-02T00:00:00Z' } });
});

test('CSV: names that a spreadsheet would run are texts; figures are left as they are', async () => {
  const response = await ask({ groupBy: 'campaign' }, 'text/csv');
  expect(response.headers['content-type']).toMatch(/^text\/csv/);
  const [header, ...lines] = response.body.trim().split('\n');
  expect(header).toContain('campaign_name,currency,spend');
  expect(lines).toHaveLength(2);
  expect(lines[0]).toContain(`"'=HYPERLINK(""http://evil.example"")"`);
  expect(response.body).not.toMatch(/(^|,)"?=/m);
  expect(response.headers['content-disposition']).toContain('ad-performance.csv');
  expect(response.headers['hub-rows']).toBe('2');
  expect(JSON.parse(String(response.headers['hub-completeness']))).toMatchObject({
    asked: 6,
    missing: 2,
  });
  expect(response.headers['hub-newest-pulled-at']).toBe('2026-11-03T00:00:00.000Z');
});

test('NDJSON: a row a line', async () => {
  const response = await ask({ groupBy: 'campaign' }, 'application/x-ndjson');
  const rows = response.body
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(rows).toHaveLength(2);
  expect(rows[0]).toMatchObject({ campaign_id: bigId, campaign_name: formula });
});

test('Arrow: read back by apache-arrow, ids exact', async () => {
  const response = await ask({ groupBy: 'campaign' }, 'application/vnd.apache.arrow.stream');
  const table = tableFromIPC(response.rawPayload);
  expect(table.numRows).toBe(2);
  expect(table.getChild('campaign_id')!.get(0)).toBe(BigInt(bigId));
  expect([...table.getChild('currency')!].toSorted()).toEqual(['EUR', 'USD']);
});

test('Parquet: read back by DuckDB, money exact', async () => {
  const response = await ask({ groupBy: 'campaign', format: 'parquet' });
  const file = join(tmpdir(), `report-${hub.workspace.id}.parquet`);
  await writeFile(file, response.rawPayload);
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  const reader = await connection.runAndReadAll(
    `select campaign_id::VARCHAR, currency, spend::VARCHAR from '${file}' order by currency`,
  );
  expect(reader.getRows()).toEqual([
    [bigId, 'EUR', '10.0001'],
    [bigId, 'USD', '20.5000'],
  ]);
  connection.closeSync();
  await rm(file);
});

test('what cannot be answered is a problem', async () => {
  const problem = async (query: Record<string, string>, accept?: string) =>
    (await ask(query, accept)).json();
  expect(await problem({}, 'text/html')).toMatchObject({ code: 'NOT_ACCEPTABLE', status: 406 });
  expect(await problem({ from: '2026-11-31' })).toMatchObject({ code: 'REQUEST_INVALID' });
  expect(await problem({ from: '2026-11-09' })).toMatchObject({ code: 'REQUEST_INVALID' });
  expect(await problem({ groupBy: 'person' })).toMatchObject({ code: 'REQUEST_INVALID' });
  expect(await problem({ campaignIds: '1 or 1=1' })).toMatchObject({ code: 'REQUEST_INVALID' });
  expect(await problem({ format: 'xml' })).toMatchObject({ code: 'REQUEST_INVALID' });
  const unknown = '8c0f6a3e-2f0e-4c4c-9a30-0f5f3f1f7a11';
  expect(await problem({ workspaceId: unknown })).toMatchObject({ code: 'NOT_FOUND' });
  expect(await problem({ connectionIds: restricted.id })).toMatchObject({
    code: 'NOT_FOUND',
    details: { unknown: 1 },
  });
});

test('too many rows for JSON, and a result that cannot be written: a problem, and the spool is freed', async () => {
  const close = vi.fn(async () => {});
  const refuse = () => Promise.reject(new HubError('DISK_FULL', 'Free some space.'));
  const result = { rows: 100_001, sources: [], formulas: {}, read: refuse, stream: refuse, close };
  const report = vi.spyOn(hub.deps.warehouse, 'report').mockResolvedValue(result);
  try {
    expect((await ask()).json()).toMatchObject({
      code: 'RESULT_TOO_LARGE',
      details: { rows: 100_001, rowsMax: 100_000 },
    });
    expect(close).toHaveBeenCalledTimes(1);
    const full = await ask({ format: 'csv' });
    expect(full.statusCode).toBe(507);
    expect(full.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(close).toHaveBeenCalledTimes(2);
  } finally {
    report.mockRestore();
  }
});

test('the spool is freed after every answer, and when the client goes away in the middle', async () => {
  const { warehouse } = hub.deps;
  const close = vi.fn();
  const original = warehouse.report.bind(warehouse);
  const report = vi.spyOn(warehouse, 'report').mockImplementation(async (...input) => {
    const result = await original(...input);
    const counted: ReportResult = {
      ...result,
      close: async () => {
        await result.close();
        close();
      },
    };
    return counted;
  });
  try {
    for (const format of ['json', 'csv', 'ndjson', 'parquet', 'arrow']) {
      close.mockClear();
      await ask({ format });
      await vi.waitFor(() => expect(close, format).toHaveBeenCalledTimes(1));
    }
    close.mockClear();
    await hub.app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = hub.app.server.address() as { port: number };
    await new Promise<void>((resolve) => {
      const options = { port, path: url({ format: 'arrow' }), headers: { authorization } };
      const request = http.get(options, (response) => {
        response.destroy();
        resolve();
      });
      request.on('error', () => {});
    });
    await vi.waitFor(() => expect(close).toHaveBeenCalledTimes(1));
  } finally {
    report.mockRestore();
  }
});

test('a client that goes away while its report is made ends it; the hub goes on', async () => {
  const { warehouse } = hub.deps;
  const original = warehouse.report.bind(warehouse);
  const begun = Promise.withResolvers<AbortSignal>();
  const ended = Promise.withResolvers<unknown>();
  const report = vi.spyOn(warehouse, 'report').mockImplementation(async (...input) => {
    const signal = input[3]!.signal!;
    begun.resolve(signal);
    // The statement begins when nobody waits any more: it must not run to its end.
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    return original(...input).finally(() => original(...input).catch(ended.resolve));
  });
  try {
    if (!hub.app.server.listening) await hub.app.listen({ port: 0, host: '127.0.0.1' });
    const { port } = hub.app.server.address() as { port: number };
    const request = http.get({ port, path: url(), headers: { authorization } });
    request.on('error', () => {});
    const signal = await begun.promise;
    expect(signal.aborted).toBe(false);
    hub.logs.length = 0;
    request.destroy();
    await expect(ended.promise).resolves.toMatchObject({ name: 'AbortError' });
    expect(report.mock.calls[0]![3]).toMatchObject({ workspaceId: hub.workspace.id });
  } finally {
    report.mockRestore();
  }
  expect((await ask()).statusCode).toBe(200);
  expect(hub.logs.filter((line) => JSON.parse(line).level >= 50)).toEqual([]);
});
