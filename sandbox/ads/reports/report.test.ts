import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHandMadeWorld, firstAccount } from '../../hand-made-world.ts';
import { type Sandbox, startSandbox } from '../../sandbox.ts';
import { get, getRaw } from '../../sandbox-client.ts';
import type { ReportQuery } from '../../world.ts';

let sandbox: Sandbox;
let token: string;
let asked: ReportQuery;

beforeAll(async () => {
  const world = createHandMadeWorld({
    asked: (query) => {
      asked = query;
    },
  });
  sandbox = await startSandbox({ world, port: 0, quota: 'none', seed: 1 });
  token = sandbox.issueToken().accessToken;
});
afterAll(() => sandbox.close());

const daily = {
  advertiser_id: firstAccount,
  report_type: 'BASIC',
  data_level: 'AUCTION_AD',
  dimensions: ['ad_id', 'stat_time_day'],
  metrics: ['spend', 'ad_name'],
  start_date: '2026-11-01',
  end_date: '2026-11-30',
};
const report = (over: Record<string, unknown> = {}, sandboxOf = sandbox) =>
  get(sandboxOf, 'report/integrated/get/', { ...daily, ...over }, token);
const filter = (field: string, type: string, value: unknown) => ({
  filtering: [{ field_name: field, filter_type: type, filter_value: value }],
});

describe('a report', () => {
  it('asks the world once and gives its rows page by page', async () => {
    const { data } = await report({ page: 2, page_size: 20 });
    expect(asked).toEqual({
      advertiserId: firstAccount,
      reportType: 'BASIC',
      dataLevel: 'AUCTION_AD',
      dimensions: ['ad_id', 'stat_time_day'],
      metrics: ['spend', 'ad_name'],
      from: '2026-11-01',
      to: '2026-11-30',
      lifetime: false,
      includeDeleted: false,
      newestAdsMax: 20_000,
      mergeRepeatedHour: false,
    });
    expect(data.page_info).toEqual({ page: 2, page_size: 20, total_number: 25, total_page: 2 });
    expect(data.list).toHaveLength(5);
    expect(data.list![0]).toEqual({
      dimensions: { ad_id: '1020', stat_time_day: '2026-11-01 00:00:00' },
      metrics: { spend: '20', ad_name: 'ad, "20"' },
    });
  });

  it('has spend and impressions by default, ten rows a page, a page past the end is empty', async () => {
    const { metrics: _metrics, ...rest } = daily;
    const answer = await get(sandbox, 'report/integrated/get/', rest, token);
    expect(asked.metrics).toEqual(['spend', 'impressions']);
    expect(answer.data.list).toHaveLength(10);
    expect((await report({ page: 9 })).data.list).toEqual([]);
  });

  it('asks for deleted entities and single ids when the filters say so', async () => {
    await report(filter('ad_status', 'IN', '["STATUS_ALL"]'));
    expect(asked.includeDeleted).toBe(true);
    await report(filter('campaign_ids', 'IN', '["1783345120044001"]'));
    expect(asked.campaignIds).toEqual(['1783345120044001']);
    expect(asked.includeDeleted).toBe(false);
  });

  it('orders and filters by metrics, which need not be shown', async () => {
    const ordered = await report({ order_field: 'clicks', page_size: 2 });
    expect(ordered.data.list!.map((row) => row.metrics)).toEqual([
      { spend: '24', ad_name: 'ad, "24"' },
      { spend: '23', ad_name: 'ad, "23"' },
    ]);
    const ascending = await report({ order_field: 'spend', order_type: 'ASC', page_size: 1 });
    expect(ascending.data.list![0]).toMatchObject({ metrics: { spend: '0' } });
    const some = await report(filter('spend', 'BETWEEN', '["3","5"]'));
    expect(some.data.page_info).toMatchObject({ total_number: 3 });
  });

  it('adds totals on page 1 only', async () => {
    const totals = { enable_total_metrics: true };
    expect((await report(totals)).data.total_metrics).toEqual({ spend: '300.000' });
    expect((await report({ ...totals, page: 2 })).data).not.toHaveProperty('total_metrics');
    expect((await report()).data).not.toHaveProperty('total_metrics');
    const country = { ...totals, dimensions: ['ad_id', 'country_code'] };
    expect((await report(country)).code).toBe(40002);
  });

  it('comes in one piece with CHUNK, and empty for a reservation', async () => {
    expect((await report({ query_mode: 'CHUNK' })).data.list).toHaveLength(25);
    const reserved = await report({ service_type: 'RESERVATION' });
    expect(reserved.code).toBe(0);
    expect(reserved.data).toMatchObject({ list: [], page_info: { total_number: 0 } });
  });

  it('over a lifetime takes no dates and no time', async () => {
    const lifetime = { query_lifetime: true, dimensions: ['ad_id'] };
    expect((await report(lifetime)).code).toBe(0);
    expect(asked).toMatchObject({ lifetime: true, from: null, to: null });
  });
});

const hourly = { dimensions: ['ad_id', 'stat_time_hour'] };
const account = { data_level: 'AUCTION_ADVERTISER' };
const audience = { report_type: 'AUDIENCE', dimensions: ['ad_id', 'stat_time_day', 'age'] };

describe('windows', () => {
  it.each([
    [daily, 'start_date', '2026-10-31', 'max time span is 30 days when use stat_time_day'],
    [hourly, 'start_date', '2026-11-29', 'max time span is 1 day when use stat_time_hour'],
    [{ dimensions: ['ad_id'] }, 'start_date', '2025-11-30', 'max time span is 365 days'],
    [daily, 'start_date', '2026-02-30', 'start_date'],
    [daily, 'end_date', '2026-10-01', 'end_date'],
    [daily, 'end_date', '', 'end_date'],
  ])('refuse %j with %s %s: %s', async (shape, name, value, message) => {
    const answer = await report({ ...shape, [name]: value });
    expect(answer.code).toBe(40002);
    expect(answer.message).toContain(message);
  });

  it('take the longest range allowed', async () => {
    expect((await report()).code).toBe(0);
    expect((await report({ ...hourly, start_date: '2026-11-30' })).code).toBe(0);
    const year = { dimensions: ['ad_id'], start_date: '2025-12-01' };
    expect((await report(year)).code).toBe(0);
  });
});

describe('parameters', () => {
  it.each([
    ['an unknown type', { report_type: 'OTHER' }],
    ['a type that is not served', { report_type: 'TT_SHOP' }],
    ['several advertisers', { advertiser_ids: [firstAccount] }],
    ['an unknown level', { data_level: 'AUCTION_VIDEO' }],
    ['no dimension', { dimensions: [] }],
    ['an unknown dimension', { dimensions: ['ad_id', 'weather'] }],
    ['an audience dimension in BASIC', { dimensions: ['ad_id', 'age'] }],
    ['an id that does not fit the level', { dimensions: ['campaign_id'] }],
    ['two times', { dimensions: ['ad_id', 'stat_time_day', 'stat_time_hour'] }],
    ['an audience report by hour', { ...audience, dimensions: ['ad_id', 'age', 'stat_time_hour'] }],
    ['an audience report of nobody', { ...audience, dimensions: ['ad_id', 'stat_time_day'] }],
    ['an audience report over a lifetime', { ...audience, query_lifetime: true }],
    ['an audience report in CHUNK', { ...audience, query_mode: 'CHUNK' }],
    ['days over a lifetime', { query_lifetime: true }],
    ['countries over a lifetime', { query_lifetime: true, dimensions: ['ad_id', 'country_code'] }],
    ['an order by a name', { order_field: 'ad_name' }],
    ['an unknown order', { order_field: 'spend', order_type: 'UP' }],
    ['an unknown mode', { query_mode: 'OTHER' }],
    ['too long a page', { page_size: 1001 }],
    ['a filter that is an object', { filtering: { ad_ids: ['1'] } }],
    ['a filter of an unknown type', filter('spend', 'LIKE', '1')],
    ['a filter value that is no list', filter('ad_ids', 'IN', '1')],
    ['a filter value that is no string', filter('ad_ids', 'IN', ['1'])],
    ['a filter on an unknown metric', filter('sunshine', 'GREATER_THAN', '1')],
  ])('refuse %s', async (_what, over) => {
    expect((await report(over)).code).toBe(40002);
  });

  it.each([
    [{ metrics: ['spend', 'sunshine'] }, "invalid metric fields: ['sunshine']"],
    [{ metrics: ['cash_spend'] }, "invalid metric fields: ['cash_spend']"],
    [{ ...account, dimensions: ['advertiser_id'], metrics: ['ad_name'] }, 'Conflict occurs.'],
    [{ ...audience, dimensions: ['ad_id', 'age', 'platform'] }, 'Conflict occurs.'],
  ])('refuse %j: %s', async (over, message) => {
    const answer = await report(over);
    expect(answer.code).toBe(40002);
    expect(answer.message).toContain(message);
  });

  it('take what they should', async () => {
    const money = { ...account, dimensions: ['advertiser_id'], metrics: ['cash_spend'] };
    expect((await report(money)).code).toBe(0);
    expect((await report(audience)).code).toBe(0);
    const both = { ...audience, dimensions: ['ad_id', 'age', 'gender'] };
    expect((await report(both)).code).toBe(0);
  });
});

describe('size', () => {
  it('says in a header that older ads were left out, or refuses with 40067', async () => {
    const world = createHandMadeWorld({ cut: true });
    const small = await startSandbox({
      world,
      port: 0,
      quota: 'none',
      seed: 1,
      reportRowsMax: 24,
    });
    const wide = await startSandbox({ world, port: 0, quota: 'none', seed: 1 });
    try {
      const path = 'report/integrated/get/';
      const { accessToken } = wide.issueToken();
      const throttled = await getRaw(wide, path, daily, accessToken);
      expect(throttled.headers.has('x-tt-ads-throttle')).toBe(true);
      const full = await getRaw(sandbox, path, daily, token);
      expect(full.headers.has('x-tt-ads-throttle')).toBe(false);
      const refused = await get(small, path, daily, small.issueToken().accessToken);
      expect(refused.code).toBe(40067);
    } finally {
      await Promise.all([small.close(), wide.close()]);
    }
  });
});
