import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createHandMadeWorld, firstAccount, secondAccount } from '../hand-made-world.ts';
import { type Sandbox, startSandbox } from '../sandbox.ts';
import { control, get, getRaw, post } from '../sandbox-client.ts';
import { Faults } from './faults.ts';

let sandbox: Sandbox;
let token: string;

beforeAll(async () => {
  sandbox = await startSandbox({
    world: createHandMadeWorld(),
    port: 0,
    quota: 'none',
    seed: 1,
    taskTiming: { queuingMs: 0, processingMs: 0 },
  });
  token = sandbox.issueToken().accessToken;
});
afterAll(() => sandbox.close());
afterEach(() => sandbox.faults.clear());

const path = 'report/integrated/get/';
const daily = {
  advertiser_id: firstAccount,
  report_type: 'BASIC',
  data_level: 'AUCTION_AD',
  dimensions: ['ad_id', 'stat_time_day'],
  start_date: '2026-11-01',
  end_date: '2026-11-30',
};
const raw = () => getRaw(sandbox, path, daily, token);
const report = (over = {}) => get(sandbox, path, { ...daily, ...over }, token);

describe('where a fault strikes', () => {
  const target = (over = {}) => ({ path: 'a/', advertiserId: '1', ...over });

  it('is told by path, advertiser, count and calls to skip', () => {
    const faults = new Faults(1);
    faults.add({ kind: 'code', path: 'a/', advertiserId: '1', count: 1, skip: 1 });
    const hits = (over = {}) => faults.take('code', target(over)) !== null;
    expect(hits({ path: 'b/' })).toBe(false);
    expect(hits({ advertiserId: '2' })).toBe(false);
    expect([hits(), hits(), hits()]).toEqual([false, true, false]);
    expect(faults.take('slow', target())).toBeNull();
  });

  it('is drawn from the seed', () => {
    const draw = (seed: number) => {
      const faults = new Faults(seed);
      faults.add({ kind: 'code', probability: 0.3 });
      return Array.from({ length: 1_000 }, () => faults.take('code', target()) !== null);
    };
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
    const hit = draw(7).filter(Boolean).length;
    expect(hit).toBeGreaterThan(230);
    expect(hit).toBeLessThan(370);
  });

  it('ends with its time', () => {
    const faults = new Faults(1);
    faults.add({ kind: 'code', forMs: -1 });
    expect(faults.take('code', target())).toBeNull();
  });

  it('an unknown kind is refused', async () => {
    const answer = await control<{ statusCode: number }>(sandbox, 'faults', { kind: 'magic' });
    expect(answer.statusCode).toBe(400);
  });
});

describe('what it does', () => {
  it.each([50_000, 50_002, 51_001, 60_001, 40_067, 40_133])('code %i', async (code) => {
    await control(sandbox, 'faults', { kind: 'code', code, count: 1, path });
    expect((await report()).code).toBe(code);
    expect((await report()).code).toBe(0);
  });

  it('comes after the checks of rights', async () => {
    sandbox.faults.add({ kind: 'code', code: 50_000 });
    const mine = sandbox.issueToken([firstAccount]).accessToken;
    const foreign = { ...daily, advertiser_id: secondAccount };
    expect((await get(sandbox, path, foreign, mine)).code).toBe(40001);
  });

  it('an HTML page with an HTTP error', async () => {
    sandbox.faults.add({ kind: 'http', status: 502 });
    const response = await raw();
    expect(response.status).toBe(502);
    expect(await response.text()).toMatch(/^<html>/);
  });

  it('truncated JSON', async () => {
    sandbox.faults.add({ kind: 'truncate' });
    const text = await (await raw()).text();
    expect(text).toMatch(/^\{"code":0/);
    expect(() => JSON.parse(text)).toThrow(SyntaxError);
  });

  it('a reset connection', async () => {
    sandbox.faults.add({ kind: 'reset', count: 1 });
    await expect(raw()).rejects.toThrow('fetch failed');
    expect((await raw()).status).toBe(200);
  });

  it('a slow answer', async () => {
    sandbox.faults.add({ kind: 'slow', delayMs: 150 });
    const startedAt = performance.now();
    await report();
    expect(performance.now() - startedAt).toBeGreaterThan(140);
  });

  it('a redirect to another host', async () => {
    sandbox.faults.add({ kind: 'redirect', location: 'http://elsewhere.test/' });
    const response = await raw();
    expect(response.status).toBe(302);
    expect(response.headers.get('location')).toBe('http://elsewhere.test/');
  });

  it('pages that move: one row more, and one row twice', async () => {
    sandbox.faults.add({ kind: 'moved' });
    const first = await report();
    const second = await report({ page: 2 });
    expect(first.data.page_info!.total_number).toBe(25);
    expect(second.data.page_info!.total_number).toBe(26);
    expect(second.data.list![0]).toEqual(first.data.list![9]);
    const last = await report({ page: 3 });
    expect(last.data.list).toHaveLength(6);
  });

  it('a row outside its window', async () => {
    sandbox.faults.add({ kind: 'foreign-day' });
    const [first, second] = (await report()).data.list!;
    expect(first!.dimensions).toMatchObject({ stat_time_day: '2025-09-27 00:00:00' });
    expect(second!.dimensions).toMatchObject({ stat_time_day: '2026-11-01 00:00:00' });
  });

  it('an id as a bare number', async () => {
    sandbox.faults.add({ kind: 'bare-id' });
    const text = await (await raw()).text();
    expect(text).toContain('"ad_id":1000,');
    expect(text).toContain('"ad_id":"1001",');
  });

  it('a download that is no CSV', async () => {
    const { accessToken } = sandbox.issueToken();
    const body = { ...daily, advertiser_id: firstAccount };
    const created = await post(sandbox, 'report/task/create/', body, accessToken);
    const task = { advertiser_id: firstAccount, task_id: String(created.data.task_id) };
    sandbox.faults.add({ kind: 'csv-error', count: 1 });
    const download = () => getRaw(sandbox, 'report/task/download/', task, accessToken);
    expect(await (await download()).json()).toMatchObject({ code: 51_037 });
    expect(await (await download()).text()).toMatch(/^Ad ID,Date/);
  });

  it('a shut-out of five minutes, without any quota', async () => {
    sandbox.faults.add({ kind: 'restrict-minute', count: 1 });
    expect([(await report()).code, (await report()).code]).toEqual([40100, 40100]);
    sandbox.appQuota.pass(300_000);
    expect((await report()).code).toBe(0);
  });
});
