/** Against a local server that answers as TikTok does, and as nobody should. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HubError } from '../../policy/errors.ts';
import { streamByName } from '../../policy/streams/index.ts';
import { wholeWindow } from '../../policy/windows.ts';
import { createEgress, type Egress } from '../egress.ts';
import { createTikTokShopClient, type ShopPullTarget, type TikTokShopClient } from './client.ts';
import { signature } from './signature.ts';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const accessToken = 'ROW_secret-token-3f1c9e0a7b6d4e2f8a5c0b1d';
const refreshToken = 'ROW_refresh-1f2e3d4c5b6a79880a9b';
const secret = 'app-secret-77aa88bb99cc00dd11ee22ff33';
const cipher = 'ROW_cipher-0f9e8d7c6b5a4f3e2d1c';
const now = new Date('2026-11-24T10:00:00.900Z');
const seen: { method: string; url: URL; headers: IncomingMessage['headers']; body: string }[] = [];
let answer: Answer;
let server: Server;
let egress: Egress;
let client: TikTokShopClient;

const target = (stream: string, more: Partial<ShopPullTarget> = {}): ShopPullTarget => ({
  ...{ accessToken, cipher, pageToken: null, ids: null },
  stream: streamByName(stream)!,
  window: { from: '2026-11-01', to: '2026-11-20' },
  ...more,
});
const orders = (more: Partial<ShopPullTarget> = {}, signal?: AbortSignal) =>
  client.pullPage(target('shop_orders', more), signal);
const json =
  (value: unknown, status = 200): Answer =>
  (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(typeof value === 'string' ? value : JSON.stringify(value));
  };
const ok = (data: unknown) => json({ code: 0, message: 'Success', request_id: 'r1', data });
const refusal = (code: number, message: string, status = 200) =>
  json({ code, message, request_id: 'r1' }, status);
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
      const url = new URL(request.url ?? '/', 'http://server');
      const body = Buffer.concat(chunks).toString();
      seen.push({ method: request.method ?? '', url, headers: request.headers, body });
      answer(request, response);
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  egress = createEgress({ allowedHosts: [], exactOrigin: origin });
  client = createTikTokShopClient({
    ...{ egress, apiUrl: origin, authUrl: origin, servicesUrl: 'https://services.example' },
    ...{ appKey: 'key-1', secret, serviceId: '7001' },
    clock: { now: () => now },
  });
});

afterAll(async () => {
  await client.close();
  await egress.close();
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});

const last = () => seen.at(-1)!;
const lastQuery = () => Object.fromEntries(last().url.searchParams);
/** As TikTok checks it: over the bytes that came. */
const isSigned = (): boolean => {
  const { url, body, headers } = last();
  const query = lastQuery();
  const contentType = headers['content-type'];
  return query.sign === signature(secret, { path: url.pathname, query, body, contentType });
};

describe('what is asked', () => {
  test('a list of a window: token as header, seconds of UTC days, signed over the body that is sent', async () => {
    answer = ok({ orders: [], next_page_token: '', total_count: 0 });
    await orders();
    expect(last()).toMatchObject({
      method: 'POST',
      headers: { 'x-tts-access-token': accessToken, 'content-type': 'application/json' },
    });
    expect(last().url.pathname).toBe('/order/202309/orders/search');
    expect(lastQuery()).toMatchObject({
      app_key: 'key-1',
      timestamp: '1795514400',
      shop_cipher: cipher,
      page_size: '100',
    });
    expect(lastQuery()).not.toHaveProperty('page_token');
    expect(JSON.parse(last().body)).toMatchObject({
      update_time_ge: Date.parse('2026-11-01T00:00:00Z') / 1000,
      update_time_lt: Date.parse('2026-11-21T00:00:00Z') / 1000,
    });
    expect(isSigned()).toBe(true);
  });

  test('a page token that has to be encoded is signed as it is', async () => {
    answer = ok({ orders: [] });
    await orders({ pageToken: '6AsPQ+8pmq/N5==' });
    expect(lastQuery().page_token).toBe('6AsPQ+8pmq/N5==');
    expect(isSigned()).toBe(true);
  });

  test('ids of another stream, in the path or in the body', async () => {
    answer = ok({ transactions: [] });
    await client.pullPage(target('shop_statement_transactions', { ids: ['7333'] }));
    expect(last().url.pathname).toBe('/finance/202501/statements/7333/statement_transactions');
    expect(isSigned()).toBe(true);
    answer = ok({ inventory: [] });
    const inventory = { window: wholeWindow, ids: ['1', '2'] };
    await client.pullPage(target('shop_inventory', inventory));
    expect(JSON.parse(last().body)).toEqual({ product_ids: ['1', '2'] });
    expect(() => client.pullPage(target('shop_inventory'))).toThrow(RangeError);
  });

  test('orders by their ids, joined by commas, 50 at most', async () => {
    answer = ok({ orders: [{ id: '576912345678901234' }] });
    const page = await client.ordersByIds({ accessToken, cipher, ids: ['1', '2'] });
    expect(page.rows).toBe(1);
    expect(lastQuery().ids).toBe('1,2');
    expect(isSigned()).toBe(true);
    const tooMany = Array.from({ length: 51 }, String);
    expect(() => client.ordersByIds({ accessToken, cipher, ids: tooMany })).toThrow(RangeError);
  });

  test('what is about no shop alone carries no cipher', async () => {
    answer = ok({ shops: [{ id: 7, name: 'A', region: 'GB', cipher: 'c', seller_type: 'NEW' }] });
    expect(await client.listShops(accessToken)).toEqual([
      { id: '7', name: 'A', region: 'GB', cipher: 'c' },
    ]);
    expect(lastQuery()).not.toHaveProperty('shop_cipher');
    await client.pullPage(target('shops', { window: wholeWindow }));
    expect(lastQuery()).not.toHaveProperty('shop_cipher');
    expect(isSigned()).toBe(true);
  });

  test('the consent page', () => {
    expect(client.consentUrl({ state: 's' })).toBe(
      'https://services.example/open/authorize?service_id=7001&state=s',
    );
  });

  test('tokens: unsigned, without headers; ends are absolute seconds', async () => {
    answer = ok({
      access_token: 'ROW_a',
      access_token_expire_in: 1796030403,
      refresh_token: 'ROW_r',
      refresh_token_expire_in: 1826961603,
      open_id: 'o',
      seller_base_region: 'GB',
      user_type: 9,
    });
    const token = await client.exchangeAuthCode('code-1');
    expect(last().url.pathname).toBe('/api/v2/token/get');
    expect(lastQuery()).toEqual({
      ...{ app_key: 'key-1', app_secret: secret },
      ...{ auth_code: 'code-1', grant_type: 'authorized_code' },
    });
    expect(token).toEqual({
      ...{ accessToken: 'ROW_a', accessExpiresAt: new Date(1796030403_000) },
      ...{ refreshToken: 'ROW_r', refreshExpiresAt: new Date(1826961603_000) },
      ...{ openId: 'o', sellerName: '', region: 'GB', scopes: [] },
    });
    await client.refreshToken(refreshToken);
    expect(last().url.pathname).toBe('/api/v2/token/refresh');
    expect(lastQuery()).toMatchObject({
      refresh_token: refreshToken,
      grant_type: 'refresh_token',
    });
    expect(last().headers).not.toHaveProperty('x-tts-access-token');
  });
});

describe('what is answered', () => {
  test('the bytes as they came, rows counted, values never seen before let through', async () => {
    const text =
      '{"code":"0","message":"Success","data":{"orders":[{"id":576912345678901234,"status":"NEVER_SEEN"},{}],"next_page_token":"n","total_count":7,"new":1}}';
    answer = json(text);
    const page = await orders();
    expect(page.body.toString()).toBe(text);
    expect(page).toMatchObject({ rows: 2, totalNumber: 7, nextPageToken: 'n', itemErrors: [] });
  });

  test('rows that stand deeper, in lists of lists', async () => {
    const warehouses = (count: number) => ({ warehouse_inventory: Array(count).fill({}) });
    answer = ok({ inventory: [{ skus: [warehouses(2), warehouses(3)] }, { skus: [] }, {}] });
    const page = await client.pullPage(
      target('shop_inventory', { window: wholeWindow, ids: ['1'] }),
    );
    expect(page).toMatchObject({ rows: 5, totalNumber: null, nextPageToken: null });
  });

  test.each([
    ['no data', null],
    ['an empty object', {}],
    ['a list that is null', { orders: null, next_page_token: '' }],
  ])('%s is an empty page', async (_name, data) => {
    answer = ok(data);
    expect(await orders()).toMatchObject({ rows: 0, nextPageToken: null });
  });

  test('what TikTok refuses of a call that it took is kept', async () => {
    const detail = { sku_id: '1729592969712207013', extra_errors: [] };
    answer = ok({ orders: [{}], errors: [{ code: 12052990, message: 'Failed.', detail }] });
    expect((await orders()).itemErrors).toEqual([
      { code: 12052990, message: 'Failed.', id: '1729592969712207013' },
    ]);
  });

  test.each<[string, Answer]>([
    ['half an answer', json('{"code":0,"data":{"orders":[{"id":')],
    ['nothing', json('')],
    ['a web page', json('<html>')],
    ['rows that are no list', ok({ orders: { id: '1' } })],
    ['rows that are no objects', ok({ orders: ['1'] })],
    ['more to come of a list that is not there', ok({ renamed: [{}], next_page_token: 'n' })],
    ['no code', json({ data: {} })],
  ])('%s cannot be read', async (_name, given) => {
    answer = given;
    expect(await caught(orders())).toMatchObject({ code: 'TIKTOK_ANSWER_UNREADABLE' });
  });
});

describe('what is refused', () => {
  test.each<[number, string, string]>([
    [36009003, 'Internal error.', 'TIKTOK_UNAVAILABLE'],
    [36009007, 'Time out.', 'TIKTOK_UNAVAILABLE'],
    [36009009, 'Invalid path.', 'TIKTOK_REQUEST_REFUSED'],
    [36009033, 'The IP is not on the list.', 'TIKTOK_APP_REFUSED'],
    [36009004, 'Invalid timestamp: older than 5 minutes.', 'TIKTOK_CLOCK_DIFFERS'],
    [36009004, 'Invalid x-tts-access-token.', 'ACCESS_TOKEN_REFUSED'],
    [36009004, 'The access token is no longer valid.', 'ACCESS_TOKEN_REFUSED'],
    [36009004, 'Invalid app_key.', 'TIKTOK_APP_REFUSED'],
    [36009004, 'The sign is missing.', 'TIKTOK_APP_REFUSED'],
    [36009004, 'Unexpected identifier: shop_cipher.', 'TIKTOK_REQUEST_REFUSED'],
    [36009004, 'Invalid shop_id.', 'NOT_PERMITTED'],
    [36009004, 'Invalid parameter page_size: not a number.', 'TIKTOK_REQUEST_REFUSED'],
    [101000, 'The access token does not belong to this shop.', 'NOT_PERMITTED'],
    [105002, 'The access token has expired.', 'ACCESS_TOKEN_REFUSED'],
    [105005, 'Access denied.', 'NOT_PERMITTED'],
    [106001, 'The sign is invalid.', 'TIKTOK_APP_REFUSED'],
    [106013, 'The shop_cipher is missing.', 'TIKTOK_REQUEST_REFUSED'],
    [12052180, 'Too many hits.', 'TIKTOK_QUERY_TOO_LARGE'],
    [10002014, 'Read failed.', 'TIKTOK_UNAVAILABLE'],
    [99, 'Words.', 'TIKTOK_REQUEST_REFUSED'],
  ])('%i “%s” is %s', async (code, message, expected) => {
    answer = refusal(code, message);
    const error = await caught(orders());
    expect(error).toMatchObject({
      code: expected,
      details: { tiktokCode: code, endpoint: '/order/202309/orders/search', requestId: 'r1' },
    });
  });

  test('too many calls, with TikTok’s envelope or without: again in one to two seconds', async () => {
    for (const given of [
      refusal(36009002, 'Too many requests.', 429),
      json('<html>', 429),
      refusal(36009002, 'Too many requests.'),
    ]) {
      answer = given;
      const error = await caught(orders());
      expect(error).toMatchObject({
        code: 'TIKTOK_RATE_LIMITED',
        details: { limit: 'shop-second' },
      });
      expect(error.retryAfterMs).toBeGreaterThanOrEqual(1000);
      expect(error.retryAfterMs).toBeLessThanOrEqual(2000);
    }
  });

  test('overload is TikTok’s matter, whatever its body says', async () => {
    answer = json('<html>busy</html>', 503);
    expect((await caught(orders())).code).toBe('TIKTOK_UNAVAILABLE');
    answer = refusal(77, 'Busy.', 503);
    expect((await caught(orders())).code).toBe('TIKTOK_UNAVAILABLE');
  });

  test('a code that was used and a refresh token that is dead are told apart by what was asked', async () => {
    answer = refusal(36004004, 'Invalid.');
    expect((await caught(client.exchangeAuthCode('c'))).code).toBe('AUTH_CODE_REFUSED');
    expect((await caught(client.refreshToken(refreshToken))).code).toBe('AUTHORISATION_DEAD');
  });

  test('secrets and what stands in queries are in no error', async () => {
    const secrets = [accessToken, refreshToken, secret, cipher, 'code-canary-9a8b7c6d5e4f3a2b'];
    const echo: Answer = (request, response) =>
      json({ code: 36009004, message: `Bad ${secrets.join(' ')} ${request.url}` })(
        request,
        response,
      );
    const reset: Answer = (request) => request.socket.destroy();
    for (const given of [echo, reset, json('<html>'), ok({ access_token: accessToken })]) {
      answer = given;
      const errors = [
        await caught(client.exchangeAuthCode('code-canary-9a8b7c6d5e4f3a2b')),
        await caught(client.refreshToken(refreshToken)),
        ...(given === echo ? [await caught(orders())] : []),
      ];
      for (const error of errors) {
        const text = inspect(error, { depth: 8 });
        expect(text).not.toContain('app_secret=');
        for (const one of secrets) expect(text).not.toContain(one);
      }
    }
  });

  test('a call that is no longer wanted ends at once', async () => {
    const ending = new AbortController();
    answer = () => ending.abort(new Error('no longer wanted'));
    await expect(orders({}, ending.signal)).rejects.toThrow('no longer wanted');
  });
});
