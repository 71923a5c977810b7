import { readdirSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { tableFromIPC } from 'apache-arrow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEngine, rowsOf } from '../engine.ts';
import {
  dailyRow,
  openTestWarehouse,
  pullInto,
  type TestWarehouse,
  testStreams,
} from '../testing.ts';
import type { ReportResult } from '../warehouse.ts';
import { AdPerformanceRow } from './ad-performance.ts';

let test: TestWarehouse;

const eur = { id: 'eur', currency: 'EUR', timeZone: null };
const usd = { id: 'usd', currency: 'USD', timeZone: null };
const euro2 = { id: 'euro2', currency: 'EUR', timeZone: null };
const all: { id: string; currency: string | null; timeZone: null }[] = [eur, usd, euro2];

/** Small enough to add up by hand: 3 accounts, Sunday the 1st to Monday the 9th. */
beforeAll(async () => {
  test = await openTestWarehouse({ streams: testStreams });
  const { warehouse } = test;
  for (const { id } of all) await warehouse.create(id);
  const big = '1783345233410059999';
  const row = (ad: number | string, day: string, spend: string, more = {}) =>
    dailyRow(ad, day, { spend, ...more });
  await pullInto(warehouse, {
    connectionId: 'eur',
    at: 1,
    rows: [
      row(big, '2026-11-01', '10.005'),
      row(big, '2026-11-02', '20.01', { impressions: '300', clicks: '7', conversion: '2' }),
      row(2, '2026-11-02', '5', { adgroup_id: '22', clicks: '0', conversion: '0' }),
    ],
  });
  await pullInto(warehouse, {
    connectionId: 'euro2',
    at: 2,
    totalNumber: 9,
    rows: [
      row(5, '2026-11-02', '1', { campaign_id: '12' }),
      row(5, '2026-11-09', '-', { campaign_id: '12', impressions: '0', clicks: '-' }),
      row(6, '2026-12-02', '1'),
    ],
  });
  await pullInto(warehouse, {
    connectionId: 'usd',
    at: 3,
    window: { from: '2026-11-02', to: '2026-11-03' },
    rows: [row(7, '2026-11-02', '100')],
  });
  const names = { stream: 'campaigns', connectionId: 'eur' };
  const campaign = (name: string) => ({ campaign_id: '11', campaign_name: name });
  await pullInto(warehouse, { ...names, at: 1, rows: [campaign('Old')] });
  await pullInto(warehouse, { ...names, at: 2, rows: [campaign('Spring, "sale"')] });
});
afterAll(() => test.close());

async function rowsFor(
  parameters: Record<string, unknown>,
  connections = all,
): Promise<Record<string, unknown>[]> {
  const report = await open(parameters, connections);
  const rows = await report.read('json');
  await report.close();
  return rows;
}

const open = (parameters: Record<string, unknown>, connections = all): Promise<ReportResult> =>
  test.warehouse.report(
    'ad-performance',
    { from: '2026-11-01', to: '2026-11-30', ...parameters },
    connections,
  );

const brief = (rows: Record<string, unknown>[], ...names: string[]): string[] =>
  rows.map((row) => names.map((name) => row[name]).join(' '));

describe('ad performance', () => {
  it('by day: golden rows', async () => {
    expect(await rowsFor({ groupBy: 'day' }, [eur])).toEqual([
      {
        day: '2026-11-01',
        currency: 'EUR',
        spend: '10.0050',
        impressions: 100,
        clicks: 10,
        conversions: 1,
        ctr: 10,
        cpc: 1.0005,
        cpm: 100.05,
        conversion_rate: 10,
        cost_per_conversion: 10.005,
      },
      {
        day: '2026-11-02',
        currency: 'EUR',
        spend: '25.0100',
        impressions: 400,
        clicks: 7,
        conversions: 2,
        ctr: 1.75,
        cpc: 3.572857,
        cpm: 62.525,
        conversion_rate: 28.5714,
        cost_per_conversion: 12.505,
      },
    ]);
  });

  it('never adds two currencies, and knows no ratio without a base', async () => {
    const days = await rowsFor({ groupBy: 'day' });
    expect(brief(days, 'day', 'currency', 'spend')).toEqual([
      '2026-11-01 EUR 10.0050',
      '2026-11-02 EUR 26.0100',
      '2026-11-02 USD 100.0000',
      '2026-11-09 EUR 0.0000',
    ]);
    expect(days[3]).toMatchObject({ ctr: null, cpc: null, cpm: null, conversion_rate: null });
  });

  it('by ISO week, campaign, ad group and ad', async () => {
    expect(brief(await rowsFor({ groupBy: 'week' }), 'week', 'currency', 'spend')).toEqual([
      '2026-10-26 EUR 10.0050',
      '2026-11-02 EUR 26.0100',
      '2026-11-02 USD 100.0000',
      '2026-11-09 EUR 0.0000',
    ]);
    const campaigns = await rowsFor({ groupBy: 'campaign' });
    expect(brief(campaigns, 'connection_id', 'campaign_id', 'campaign_name', 'spend')).toEqual([
      'eur 11 Spring, "sale" 35.0150',
      'euro2 12  1.0000',
      'usd 11  100.0000',
    ]);
    const groups = await rowsFor({ groupBy: 'adgroup', order: 'spend' }, [eur]);
    expect(brief(groups, 'adgroup_id', 'campaign_name', 'spend')).toEqual([
      '21 Spring, "sale" 30.0150',
      '22 Spring, "sale" 5.0000',
    ]);
    const ads = await rowsFor({ groupBy: 'ad', order: 'spend', limit: 2 });
    expect(brief(ads, 'ad_id', 'spend')).toEqual(['7 100.0000', '1783345233410059999 30.0150']);
  });

  it('takes filters, and the same sums come from days and from single ads', async () => {
    expect(brief(await rowsFor({ adgroupIds: ['22'] }), 'day', 'spend')).toEqual([
      '2026-11-02 5.0000',
    ]);
    expect(await rowsFor({ adIds: ['2'] })).toEqual(await rowsFor({ adgroupIds: ['22'] }));
    expect(brief(await rowsFor({ campaignIds: ['12'], to: '2026-11-08' }), 'spend')).toEqual([
      '1.0000',
    ]);
    expect(await rowsFor({ asOf: '2027-01-01T00:00:00+01:00' })).toEqual(await rowsFor({}));
    expect(brief(await rowsFor({ asOf: '2026-11-24T01:30:00Z' }), 'day', 'spend')).toEqual([
      '2026-11-01 10.0050',
      '2026-11-02 25.0100',
    ]);
  });

  it.each(['day', 'week', 'campaign', 'adgroup', 'ad'] as const)(
    'gives rows of the declared form by %s',
    async (groupBy) => {
      const rows = await rowsFor({ groupBy });
      expect(rows.length).toBeGreaterThan(0);
      for (const row of rows) AdPerformanceRow[groupBy].parse(row);
    },
  );

  it('says for each source how fresh and how complete it is', async () => {
    const missing = { id: 'not-made-yet', currency: null, timeZone: null };
    const report = await open({}, [...all, missing]);
    await report.close();
    const days = { asked: 30, verified: 0, counted: 0, moving: 0, unverifiable: 0, missing: 0 };
    const at = (hour: number) => new Date(Date.UTC(2026, 10, 24, hour));
    expect(report.sources).toEqual([
      {
        connectionId: 'eur',
        newestPulledAt: at(1),
        oldestPulledAt: at(1),
        days: { ...days, counted: 30 },
        quarantined: 0,
        dataVersion: 3,
      },
      {
        connectionId: 'usd',
        newestPulledAt: at(3),
        oldestPulledAt: at(3),
        days: { ...days, counted: 2, missing: 28 },
        quarantined: 0,
        dataVersion: 1,
      },
      {
        connectionId: 'euro2',
        newestPulledAt: at(2),
        oldestPulledAt: at(2),
        days: { ...days, moving: 30 },
        quarantined: 1,
        dataVersion: 1,
      },
      {
        connectionId: 'not-made-yet',
        newestPulledAt: null,
        oldestPulledAt: null,
        days: { ...days, missing: 30 },
        quarantined: 0,
        dataVersion: 0,
      },
    ]);
    expect(report.formulas.ctr).toBe('100 × clicks ÷ impressions (%)');
  });

  it('refuses parameters that it does not know or that make no range', async () => {
    for (const bad of [
      { from: '2026-12-01' },
      { groupBy: 'shop' },
      { ads: [] },
      { adIds: ["1'"] },
    ]) {
      await expect(open(bad)).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
    }
  });

  it('is empty, not wrong, without connections', async () => {
    expect(await rowsFor({}, [])).toEqual([]);
    expect(await rowsFor({ groupBy: 'ad' }, [])).toEqual([]);
  });
});

describe('results', () => {
  const bytesOf = async (readable: Readable): Promise<Buffer> => {
    const chunks: Buffer[] = [];
    for await (const chunk of readable) chunks.push(Buffer.from(chunk));
    return Buffer.concat(chunks);
  };

  it('are the same in every format, and leave no file behind', async () => {
    const report = await open({ groupBy: 'ad' });
    const rows = await report.read('json');
    const spends = rows.map(({ spend }) => spend);
    expect(report.rows).toBe(rows.length);
    const lines = (await bytesOf(await report.stream('ndjson'))).toString().trim().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual(rows);
    const [header, ...csv] = (await bytesOf(await report.stream('csv')))
      .toString()
      .trim()
      .split('\n');
    expect(header).toBe(Object.keys(rows[0]!).join(','));
    expect(csv[0]).toContain('1783345233410059999');
    expect(csv[0]).toContain('"Spring, ""sale"""');
    const table = tableFromIPC(await bytesOf(await report.stream('arrow')));
    expect(table.numRows).toBe(rows.length);
    expect(table.schema.fields.map(({ name }) => name)).toEqual(Object.keys(rows[0]!));
    const column = (name: string) => [...table.getChild(name)!];
    expect(column('ad_id').map(String)).toEqual(rows.map(({ ad_id }) => ad_id));
    expect(column('campaign_name')).toEqual(rows.map(({ campaign_name }) => campaign_name));
    expect(column('ctr')).toEqual(rows.map(({ ctr }) => ctr));
    expect(column('spend').map(decimalText)).toEqual(spends);
    expect(await parquetSpends(await bytesOf(await report.stream('parquet')))).toEqual(spends);
    expect(readdirSync(test.options.spillFolder)).toEqual([]);
    await report.close();
  });

  it('survive their files: a slow reader holds no connection back', async () => {
    const report = await open({ groupBy: 'day' });
    await test.warehouse.close().catch(() => {});
    await report.close();
    await test.open();
  });

  const decimalText = (value: Uint32Array): string => {
    const whole = BigInt(value[0]!) + (BigInt(value[1]!) << 32n);
    return `${whole / 10_000n}.${String(whole % 10_000n).padStart(4, '0')}`;
  };

  async function parquetSpends(bytes: Buffer): Promise<string[]> {
    const { writeFileSync } = await import('node:fs');
    const file = `${test.folder}/result.parquet`;
    writeFileSync(file, bytes);
    const engine = await openEngine({ ...test.options, spillFolder: `${test.folder}/spill-3` });
    const rows = await engine.using((connection) =>
      rowsOf(connection, `select spend::VARCHAR as spend from '${file}'`),
    );
    engine.close();
    return rows.map(({ spend }) => String(spend));
  }
});
