/** Against a local server that answers as TikTok does, and as nobody should. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HubError } from '../../policy/errors.ts';
import { streamByName } from '../../policy/streams/index.ts';
import { wholeWindow } from '../../policy/windows.ts';
import { createEgress, type Egress } from '../egress.ts';
import { createTikTokAdsClient, type PullTarget, type TikTokAdsClient } from './client.ts';

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void;

const accessToken = 'secret-token-3f1c9e0a7b6d4e2f8a5c0b1d';
const secret = 'app-secret-77aa88bb99cc00dd11ee22ff33';
const seen: { method: string; url: URL; headers: IncomingMessage['headers']; body: string }[] = [];
let answer: Answer;
let server: Server;
let egress: Egress;
let client: TikTokAdsClient;
let origin: string;

const target = (stream: string, window = { from: '2026-11-01', to: '2026-11-20' }): PullTarget => ({
  accessToken,
  accountId: '7298110042331234305',
  stream: streamByName(stream)!,
  window,
});
const page = (stream = 'ads_reports_daily', signal?: AbortSignal) =>
  client.pullPage({ ...target(stream), pass: 0, page: 1 }, signal);
const json =
  (value: unknown, headers = {}): Answer =>
  (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json', ...headers });
    response.end(typeof value === 'string' ? value : JSON.stringify(value));
  };
const refusal = (code: number, message: string) =>
  json({ code, message, request_id: 'r1', data: {} });
const ok = (data: unknown, headers = {}) =>
  json({ code: 0, message: 'OK', request_id: 'r1', data }, headers);
const caught = async (work: Promise<unknown>): Promise<HubError> => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(HubError);
  return error as HubError;
};

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      const url = new URL(request.url ?? '/', 'http://server');
      seen.push({ method: request.method ?? '', url, headers: request.headers, body });
      answer(request, response, body);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  egress = createEgress({ allowedHosts: [], exactOrigin: origin });
  client = createTikTokAdsClient({
    egress,
    baseUrl: origin,
    consentBaseUrl: 'http://consent.example',
    appId: 'app-1',
    secret,
    clock: { now: () => new Date('2026-11-24T10:00:00Z') },
  });
});

afterAll(async () => {
  await client.close();
  await egress.close();
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});

const lastQuery = () => Object.fromEntries(seen.at(-1)!.url.searchParams);

describe('what is asked', () => {
  test('a report asks for deleted ads too, for totals on page 1, and sends the token as a header', async () => {
    answer = ok({
      list: [],
      page_info: { page: 1, page_size: 1000, total_number: 0, total_page: 0 },
    });
    await page();
    expect(seen.at(-1)).toMatchObject({ method: 'GET', headers: { 'access-token': accessToken } });
    expect(seen.at(-1)!.url.pathname).toBe('/open_api/v1.3/report/integrated/get/');
    expect(lastQuery()).toMatchObject({
      advertiser_id: '7298110042331234305',
      service_type: 'AUCTION',
      report_type: 'BASIC',
      data_level: 'AUCTION_AD',
      dimensions: '["ad_id","stat_time_day"]',
      start_date: '2026-11-01',
      end_date: '2026-11-20',
      filtering:
        '[{"field_name":"ad_status","filter_type":"IN","filter_value":"[\\"STATUS_ALL\\"]"}]',
      enable_total_metrics: 'true',
      page: '1',
      page_size: '1000',
    });
    await client.pullPage({ ...target('ads_reports_daily'), pass: 0, page: 2 });
    expect(lastQuery()).not.toHaveProperty('enable_total_metrics');
    await page('ads_reports_hourly');
    expect(lastQuery()).not.toHaveProperty('enable_total_metrics');
  });

  test('a lifetime is asked for as one, or as the longest range where TikTok knows none', async () => {
    answer = ok({ list: [] });
    const whole = { pass: 0, page: 1 };
    await client.pullPage({ ...target('ads_reports_lifetime', wholeWindow), ...whole });
    expect(lastQuery()).toMatchObject({ query_lifetime: 'true' });
    expect(lastQuery()).not.toHaveProperty('start_date');
    await client.pullPage({
      ...target('advertisers_audience_reports_lifetime', wholeWindow),
      ...whole,
    });
    expect(lastQuery()).toMatchObject({ start_date: '2025-11-24', end_date: '2026-11-23' });
    expect(lastQuery()).not.toHaveProperty('query_lifetime');
  });

  test('a listing asks for deleted entities and for one pass of buying types', async () => {
    answer = ok({ list: [] });
    await client.pullPage({ ...target('ad_groups', wholeWindow), pass: 1, page: 3 });
    expect(seen.at(-1)!.url.pathname).toBe('/open_api/v1.3/adgroup/get/');
    expect(lastQuery()).toEqual({
      advertiser_id: '7298110042331234305',
      filtering: '{"primary_status":"STATUS_ALL","buying_types":["RESERVATION_TOP_VIEW"]}',
      page: '3',
      page_size: '100',
    });
  });

  test('consent, code, accounts, revocation', async () => {
    const consent = client.consentUrl({ state: 's&1', redirectUri: 'http://localhost:3000/cb' });
    expect(consent).toBe(
      'http://consent.example/portal/auth?app_id=app-1&state=s%261&redirect_uri=http%3A%2F%2Flocalhost%3A3000%2Fcb',
    );
    answer = json(
      '{"code":0,"message":"OK","data":{"access_token":"t","advertiser_ids":[7298110042331234305,"7"],"scope":[10,44]}}',
    );
    expect(await client.exchangeAuthCode('code-1')).toEqual({
      accessToken: 't',
      advertiserIds: ['7298110042331234305', '7'],
      scopes: ['10', '44'],
    });
    expect(JSON.parse(seen.at(-1)!.body)).toEqual({ app_id: 'app-1', secret, auth_code: 'code-1' });
    answer = ok({ list: [{ advertiser_id: '72', advertiser_name: 'Nordlys' }] });
    expect(await client.listAdvertisers(accessToken)).toEqual([
      { advertiserId: '72', name: 'Nordlys' },
    ]);
    answer = ok({ app_id: 'app-1', advertiser_ids: ['72'] });
    await client.revokeToken(accessToken);
    expect(seen.at(-1)).toMatchObject({ method: 'POST' });
    expect(JSON.parse(seen.at(-1)!.body)).toMatchObject({ access_token: accessToken });
  });
});

describe('what is read', () => {
  test('rows are counted, the bytes stay as they came, ids as bare numbers stay exact', async () => {
    const text =
      '{"code":0,"message":"OK","request_id":"r","data":{"list":[{"dimensions":{"ad_id":1714125051115569123}},{"dimensions":{"ad_id":"1"}}],' +
      '"total_metrics":{"spend":"20.000","clicks":69,"reach":"-"},"page_info":{"page":1,"page_size":2,"total_number":5,"total_page":3}}}';
    answer = json(text);
    const pulled = await page();
    expect(pulled).toMatchObject({ rows: 2, totalNumber: 5, totalPages: 3, throttled: false });
    expect(pulled.totalMetrics).toEqual({ spend: '20.000', clicks: '69' });
    expect(pulled.body.toString()).toBe(text);
  });

  test('without page_info no total is known; the header of a cut answer is seen', async () => {
    answer = ok({ list: [{}] }, { 'X-Tt-Ads-Throttle': '1' });
    expect(await page('advertisers')).toMatchObject({
      rows: 1,
      totalNumber: null,
      totalPages: 1,
      totalMetrics: null,
      throttled: true,
    });
  });

  test('an asynchronous report comes in pieces that each begin with the header', async () => {
    answer = ok({ task_id: 'task-1' });
    expect(await client.createReportTask(target('ads_reports_daily'))).toEqual({
      taskId: 'task-1',
    });
    expect(JSON.parse(seen.at(-1)!.body)).toMatchObject({
      dimensions: ['ad_id', 'stat_time_day'],
      output_format: 'CSV_STRING',
      enable_report_title_translation: false,
      start_date: '2026-11-01',
    });
    answer = ok({ status: 'PROCESSING', message: '' });
    const task = { accessToken, accountId: '7298110042331234305', taskId: 'task-1' };
    expect(await client.checkReportTask(task)).toEqual({ status: 'PROCESSING' });

    const row = (n: number) => `${n},"a ""quoted""\ntext ${'x'.repeat(990)}"\n`;
    const rows = Array.from({ length: 9000 }, (_, n) => row(n));
    answer = json(`ad_id,ad_text\n${rows.join('')}`);
    const report = await client.downloadReportTask(task);
    expect(report.rows).toBe(9000);
    expect(report.pieces.length).toBeGreaterThan(1);
    const texts = report.pieces.map((piece) => piece.toString());
    expect(texts.every((text) => text.startsWith('ad_id,ad_text\n') && text.endsWith('"\n'))).toBe(
      true,
    );
    expect(report.pieces.every((piece) => piece.length < 4.1 * 1024 * 1024)).toBe(true);
    expect(texts.map((text) => text.slice('ad_id,ad_text\n'.length)).join('')).toBe(rows.join(''));
  });

  test('a report that TikTok cannot give, or that is cut off, is no report', async () => {
    const task = { accessToken, accountId: '1', taskId: 'task-1' };
    answer = refusal(40201, 'Task is not ready');
    expect((await caught(client.downloadReportTask(task))).code).toBe('TIKTOK_TASK_NOT_READY');
    answer = json('ad_id,ad_text\n1,"cut of');
    expect((await caught(client.downloadReportTask(task))).code).toBe('TIKTOK_ANSWER_UNREADABLE');
    answer = json('');
    expect((await caught(client.downloadReportTask(task))).code).toBe('TIKTOK_ANSWER_UNREADABLE');
  });
});

describe('hostile answers', () => {
  const cases: Record<string, [Answer, HubError['code']]> = {
    'an HTML 502': [
      (_q, response) => response.writeHead(502).end('<html><body>Bad Gateway</body></html>'),
      'TIKTOK_UNAVAILABLE',
    ],
    'an HTML page with 200': [json('<html></html>'), 'TIKTOK_ANSWER_UNREADABLE'],
    'truncated JSON': [json('{"code":0,"data":{"list":[{"a":1},'), 'TIKTOK_ANSWER_UNREADABLE'],
    'a body that breaks off': [
      (_q, response) => {
        response.writeHead(200, { 'content-length': '1000' });
        response.write('{"code":0');
        setImmediate(() => response.destroy());
      },
      'TIKTOK_UNREACHABLE',
    ],
    'a redirect to another host': [
      (_q, response) => response.writeHead(302, { location: 'https://evil.example/x?t=1' }).end(),
      'EGRESS_REFUSED',
    ],
    'a redirect on the same host': [
      (_q, response) => response.writeHead(302, { location: '/elsewhere' }).end(),
      'TIKTOK_UNAVAILABLE',
    ],
    'no envelope': [json([1, 2, 3]), 'TIKTOK_ANSWER_UNREADABLE'],
    'a list that is none': [ok({ list: { a: 1 } }), 'TIKTOK_ANSWER_UNREADABLE'],
    'rows that are none': [ok({ list: [1, 2] }), 'TIKTOK_ANSWER_UNREADABLE'],
    'a total that is none': [
      ok({ list: [], page_info: { total_number: -1, total_page: 1 } }),
      'TIKTOK_ANSWER_UNREADABLE',
    ],
    'an empty body': [json(''), 'TIKTOK_ANSWER_UNREADABLE'],
  };
  test.each(Object.entries(cases))('%s', async (_name, [hostile, code]) => {
    answer = hostile;
    expect((await caught(page())).code).toBe(code);
  });

  test('an answer without end is cut off', async () => {
    answer = (_q, response) => {
      response.writeHead(200);
      const megabyte = Buffer.alloc(1024 * 1024, 0x20);
      const more = () => {
        while (!response.destroyed && response.write(megabyte));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    };
    expect((await caught(page())).code).toBe('TIKTOK_ANSWER_TOO_LARGE');
  });

  test('an abort ends the call with its own reason', async () => {
    const stop = new AbortController();
    const reason = new HubError('STATE_CONFLICT', 'consent ended');
    answer = () => stop.abort(reason);
    await expect(page('ads_reports_daily', stop.signal)).rejects.toBe(reason);
  });
});

describe('refusals', () => {
  const codes: [number, HubError['code'], boolean][] = [
    [20001, 'TIKTOK_UNAVAILABLE', true],
    [40001, 'NOT_PERMITTED', false],
    [40002, 'TIKTOK_REQUEST_REFUSED', false],
    [40016, 'TIKTOK_RATE_LIMITED', true],
    [40067, 'TIKTOK_QUERY_TOO_LARGE', false],
    [40101, 'TIKTOK_APP_REFUSED', false],
    [40105, 'AUTHORISATION_DEAD', false],
    [40110, 'AUTH_CODE_REFUSED', false],
    [40133, 'TIKTOK_RATE_LIMITED', true],
    [40200, 'TIKTOK_TASK_FAILED', false],
    [40201, 'TIKTOK_TASK_NOT_READY', true],
    [40700, 'TIKTOK_UNAVAILABLE', true],
    [50000, 'TIKTOK_UNAVAILABLE', true],
    [51001, 'TIKTOK_UNAVAILABLE', true],
    [60001, 'TIKTOK_MAINTENANCE', true],
    [99999, 'TIKTOK_REQUEST_REFUSED', false],
  ];
  test.each(codes)('%i is %s', async (code, expected, retryable) => {
    answer = refusal(code, 'Words.');
    const error = await caught(page());
    expect({ code: error.code, retryable: error.retryable }).toEqual({ code: expected, retryable });
    expect(error.details).toMatchObject({ tiktokCode: code, requestId: 'r1' });
  });

  test('what TikTok repeats of a request is in no error', async () => {
    const repeated = `Bad ${accessToken} of advertiser 7298110042331234305, mail a.b@c.example, metric cost_per_secondary_goal_result`;
    for (const hostile of [refusal(40002, repeated), json(`{"code":0,"${accessToken}`)]) {
      answer = hostile;
      const error = await caught(page());
      const text = JSON.stringify([error.message, error.details, error.stack, error.cause]);
      expect(text).not.toMatch(/3f1c9e0a|7298110042331234305|a\.b@c|start_date/);
    }
    answer = refusal(40002, repeated);
    expect((await caught(page())).message).toContain('metric cost_per_secondary_goal_result');
    answer = refusal(40101, secret);
    expect((await caught(client.exchangeAuthCode('code-12345678'))).message).not.toContain(secret);
  });
});
