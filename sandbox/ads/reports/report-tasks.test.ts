import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHandMadeWorld, firstAccount, secondAccount } from '../../hand-made-world.ts';
import { type Sandbox, startSandbox } from '../../sandbox.ts';
import { get, getRaw, post } from '../../sandbox-client.ts';
import type { ReportQuery } from '../../world.ts';

/** Long enough that a call sees the state before it passes. */
const never = 3_600_000;
const instantly = { queuingMs: 0, processingMs: 0 };

const body = {
  advertiser_id: firstAccount,
  report_type: 'BASIC',
  data_level: 'AUCTION_AD',
  dimensions: ['ad_id', 'stat_time_day'],
  metrics: ['spend', 'impressions'],
  start_date: '2025-01-01',
  end_date: '2026-11-22',
};

let asked: ReportQuery;
const world = createHandMadeWorld({
  rows: 2_500,
  asked: (query) => {
    asked = query;
  },
});
let sandbox: Sandbox;
let token: string;

const start = (taskTiming = instantly) =>
  startSandbox({ world, port: 0, quota: 'none', seed: 1, taskTiming });

beforeAll(async () => {
  sandbox = await start();
  token = sandbox.issueToken().accessToken;
});
afterAll(() => sandbox.close());

async function create(over: Record<string, unknown> = {}, of = sandbox): Promise<string> {
  const { accessToken } = of.issueToken();
  const answer = await post(of, 'report/task/create/', { ...body, ...over }, accessToken);
  expect(answer.message).toBe('OK');
  return String(answer.data.task_id);
}

const about = (taskId: string) => ({ advertiser_id: firstAccount, task_id: taskId });
const check = async (taskId: string, of = sandbox) =>
  (await get(of, 'report/task/check/', about(taskId), of.issueToken().accessToken)).data.status;
const download = (taskId: string, of = sandbox) =>
  getRaw(of, 'report/task/download/', about(taskId), of.issueToken().accessToken);

describe('a task', () => {
  it('has no limit of time, no cut, and leaves deleted ads out', async () => {
    const taskId = await create({ enable_report_title_translation: false });
    expect(await check(taskId)).toBe('SUCCESS');
    const response = await download(taskId);
    expect(response.headers.get('content-type')).toContain('text/csv');
    const lines = (await response.text()).trimEnd().split('\n');
    expect(lines[0]).toBe('ad_id,stat_time_day,spend,impressions');
    expect(lines).toHaveLength(2_501);
    expect(lines[2_500]).toBe('3499,2025-01-01 00:00:00,2499,2499');
    expect(asked).toMatchObject({ newestAdsMax: null, includeDeleted: false });
  });

  it('translates its titles unless told not to', async () => {
    const csv = await (await download(await create())).text();
    expect(csv.split('\n')[0]).toBe('Ad ID,Date,Cost,Impressions');
  });

  it('can be fetched from an address for an hour, without a token', async () => {
    const taskId = await create({ output_format: 'CSV_DOWNLOAD', file_name: 'mine' });
    const { data } = (await (await download(taskId)).json()) as {
      data: { download_url: string; file_name: string };
    };
    expect(data.file_name).toBe('mine.csv');
    const file = await fetch(data.download_url);
    expect((await file.text()).split('\n')).toHaveLength(2_502);
    sandbox.clock.advance(3_600_001);
    expect((await fetch(data.download_url)).status).toBe(403);
  });

  it('shows what was known when it was made', async () => {
    let seen: Date | undefined;
    const dated = await startSandbox({
      world: createHandMadeWorld({
        asked: (_query, now) => {
          seen = now;
        },
      }),
      port: 0,
      quota: 'none',
      seed: 1,
      taskTiming: instantly,
    });
    try {
      const before = dated.clock.now().getTime();
      const taskId = await create({}, dated);
      dated.clock.advance(86_400_000);
      await (await download(taskId, dated)).text();
      expect(seen!.getTime() - before).toBeLessThan(60_000);
    } finally {
      await dated.close();
    }
  });

  it('is queued, then processed, and can be cancelled until it is over', async () => {
    const slow = await start({ queuingMs: never, processingMs: 0 });
    const busy = await start({ queuingMs: 0, processingMs: never });
    try {
      const queued = await create({}, slow);
      expect(await check(queued, slow)).toBe('QUEUING');
      const processed = await create({}, busy);
      expect(await check(processed, busy)).toBe('PROCESSING');
      expect(await (await download(processed, busy)).json()).toMatchObject({ code: 40201 });
      const { accessToken } = busy.issueToken();
      const cancelled = await post(busy, 'report/task/cancel/', about(processed), accessToken);
      expect(cancelled.data).toEqual({ status: 'CANCELED' });
      expect(await check(processed, busy)).toBe('CANCELED');
      expect(await (await download(processed, busy)).json()).toMatchObject({ code: 40200 });
    } finally {
      await Promise.all([slow.close(), busy.close()]);
    }
    const over = await post(sandbox, 'report/task/cancel/', about(await create()), token);
    expect(over.code).toBe(40200);
  });

  it('fails when a fault says so', async () => {
    sandbox.faults.add({ kind: 'task-failed', count: 1 });
    const failed = await create();
    const next = await create();
    expect([await check(failed), await check(next)]).toEqual(['FAILED', 'SUCCESS']);
    expect(await (await download(failed)).json()).toMatchObject({ code: 40200 });
  });

  it('is nobody else’s', async () => {
    const foreign = { advertiser_id: secondAccount, task_id: await create() };
    expect((await get(sandbox, 'report/task/check/', foreign, token)).code).toBe(40007);
  });
});

describe('creating one', () => {
  const status = { field_name: 'ad_status', filter_type: 'IN', filter_value: '["STATUS_ALL"]' };
  const countries = { dimensions: ['ad_id', 'country_code'], metrics: ['reach'] };

  it.each([
    ['a status filter', { filtering: [status] }],
    ['reach by country', countries],
    ['another file type', { output_format: 'XLSX_DOWNLOAD' }],
    ['too long a name', { file_name: 'x'.repeat(256) }],
    ['an unknown metric', { metrics: ['sunshine'] }],
    ['no dates', { start_date: null }],
  ])('refuses %s', async (_what, over) => {
    const answer = await post(sandbox, 'report/task/create/', { ...body, ...over }, token);
    expect(answer.code).toBe(40002);
  });

  it('takes filters by id', async () => {
    const ids = { field_name: 'ad_ids', filter_type: 'IN', filter_value: '["17"]' };
    await (await download(await create({ filtering: [ids] }))).text();
    expect(asked.adIds).toEqual(['17']);
  });
});
