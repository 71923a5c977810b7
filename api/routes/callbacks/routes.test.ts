import { createHmac } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createDevelopersWebhook } from '../../../connectors/tiktok-developers/webhook.ts';
import { createShopWebhook } from '../../../connectors/tiktok-shop/webhook.ts';
import { sealContexts } from '../../../policy/seals.ts';
import { type ApiHub, createApiHub } from '../../../test/api-hub.ts';
import { askDatabase } from '../../../test/databases.ts';

const shop = { appKey: 'app', secret: 'shop secret' };
const developers = { clientKey: 'client', secret: 'developers secret' };
const hourMs = 3_600_000;
let hub: ApiHub;

beforeAll(async () => {
  hub = await createApiHub({
    webhooks: [createShopWebhook(shop), createDevelopersWebhook(developers)],
  });
  await hub.app.listen({ port: 0, host: '127.0.0.1' });
});
afterAll(() => hub.close());
beforeEach(() => {
  hub.time.offsetMs = 0;
});

const hmac = (secret: string, ...parts: (string | Buffer)[]): string =>
  parts.reduce((mac, part) => mac.update(part), createHmac('sha256', secret)).digest('hex');
const seconds = (ageMs = 0): number => Math.floor((Date.now() - ageMs) / 1000);

interface Sent {
  readonly status: number;
  readonly body: string;
}

/** Over a real socket, as TikTok does. */
function post(path: string, body: Buffer | string, headers: Record<string, string>): Promise<Sent> {
  const { port } = hub.app.server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      { port, host: '127.0.0.1', path, method: 'POST', headers },
      (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk) => chunks.push(chunk));
        answer.on('end', () =>
          resolve({ status: answer.statusCode!, body: Buffer.concat(chunks).toString() }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

const postShop = (body: Buffer | string, signature = hmac(shop.secret, shop.appKey, body)) =>
  post('/callbacks/tiktok-shop', body, {
    authorization: signature,
    'content-type': 'application/json',
  });
const postDevelopers = (body: string, time = String(seconds())) =>
  post('/callbacks/tiktok-developers', body, {
    'tiktok-signature': `t=${time},s=${hmac(developers.secret, `${time}.`, body)}`,
  });

let lastId = 7_380_066_284_010_030_000n;
const nextId = (): bigint => {
  lastId += 1n;
  return lastId;
};
const orderEvent = (input: object = {}): string =>
  JSON.stringify({
    type: 1,
    tts_notification_id: String(nextId()),
    shop_id: '7495540735365777507',
    timestamp: seconds(),
    data: { order_id: '576653688135258178', order_status: 'UNPAID', update_time: seconds() },
    ...input,
  });
const removedEvent = (): string =>
  JSON.stringify({
    client_key: 'client',
    event: 'authorization.removed',
    create_time: seconds(),
    user_openid: `open-${nextId()}`,
    content: '{"reason":1}',
  });

const rows = () => hub.deps.registry.events.list({ offset: 0, limit: 1_000 });
const total = async (): Promise<number> => (await rows()).total;
async function metric(line: string): Promise<number> {
  const text = await hub.deps.metrics.metrics();
  const found = text.split('\n').find((one) => one.startsWith(`${line} `));
  return found === undefined ? 0 : Number(found.slice(line.length + 1));
}

test('an event is durable, sealed and answered with an empty 200; twice is once', async () => {
  const body = orderEvent();
  expect(await postShop(body)).toEqual({ status: 200, body: '' });
  const [event] = (await rows()).rows;
  expect(event).toMatchObject({ source: 'tiktok-shop', kind: 'order-status-change', attempts: 0 });
  const stored = await askDatabase(
    hub.databaseUrl,
    `select sealed_body, events::text as text from events where id = '${event!.id}'`,
  );
  const sealed = stored[0]!.sealed_body as Buffer;
  expect(stored[0]!.text).not.toContain('576653688135258178');
  expect(stored[0]!.text).not.toContain('7495540735365777507');
  const opened = await hub.deps.keyring.unseal(sealed, sealContexts.eventBody(event!.id));
  expect(opened.toString()).toBe(body);
  const before = await total();
  expect(await postShop(body)).toEqual({ status: 200, body: '' });
  expect(await total()).toBe(before);
  expect(await metric('hub_events_duplicate_total{source="tiktok-shop"}')).toBe(1);
});

test('a forged, changed or unsigned event changes nothing and is counted', async () => {
  const before = await total();
  const body = orderEvent();
  const right = hmac(shop.secret, shop.appKey, body);
  const flipped = Buffer.from(body);
  flipped[40]! ^= 1;
  const spaced = JSON.stringify(JSON.parse(body), null, 1);
  const refusedBefore = await metric(
    'hub_events_refused_total{source="tiktok-shop",reason="signature"}',
  );
  const answers = [
    await postShop(flipped, right),
    await postShop(spaced, right),
    await postShop(body, hmac('other secret', shop.appKey, body)),
    await postShop(body, ''),
    await post('/callbacks/tiktok-shop', body, {}),
    await post('/callbacks/tiktok-developers', body, { authorization: right }),
  ];
  for (const { status, body: answer } of answers) {
    expect(status).toBe(401);
    expect(JSON.parse(answer).code).toBe('CALLBACK_REFUSED');
  }
  expect(await total()).toBe(before);
  expect(await metric('hub_events_refused_total{source="tiktok-shop",reason="signature"}')).toBe(
    refusedBefore + 5,
  );
  expect((await postShop(body, right)).status).toBe(200);
});

test('a shop’s event may be 24 hours old, a developers’ one 80; older ones are replays', async () => {
  const before = await total();
  const minuteMs = 60_000;
  const shopAt = (ageMs: number) => postShop(orderEvent({ timestamp: seconds(ageMs) }));
  expect((await shopAt(24 * hourMs + minuteMs)).status).toBe(401);
  expect(
    (await postDevelopers(removedEvent(), String(seconds(80 * hourMs + minuteMs)))).status,
  ).toBe(401);
  expect(await total()).toBe(before);
  expect((await shopAt(24 * hourMs - minuteMs)).status).toBe(200);
  expect(
    (await postDevelopers(removedEvent(), String(seconds(80 * hourMs - minuteMs)))).status,
  ).toBe(200);
  expect(await metric('hub_events_refused_total{source="tiktok-shop",reason="age"}')).toBe(1);
});

test('a replay within seven days has no second effect, however it is signed anew', async () => {
  const body = removedEvent();
  await postDevelopers(body);
  const before = await total();
  hub.time.offsetMs = 3 * 24 * hourMs;
  expect((await postDevelopers(body, String(seconds() + 3 * 86_400))).status).toBe(200);
  expect(await total()).toBe(before);
});

test('what is signed and unusable is kept apart and shown, never answered with a fault', async () => {
  const sent = [
    '{"type":1,',
    '',
    orderEvent({ type: 4711 }),
    orderEvent({ data: { order_id: null } }),
    Buffer.from([0xff, 0xfe, 0x00]),
    '{"__proto__":{"type":1},"constructor":1}',
    orderEvent({ type: 1e300 }),
    orderEvent({ tts_notification_id: '1\u0000' }),
  ];
  for (const body of sent) expect((await postShop(body)).status).toBe(200);
  const answer = await hub.call('GET', '/api/v1/events?state=set-aside&source=tiktok-shop');
  expect(answer.statusCode).toBe(200);
  expect(answer.headers['content-range']).toBe(`events 0-${sent.length - 1}/${sent.length}`);
  const listed = answer.json() as { kind: string; outcome: string; state: string }[];
  expect(listed.map(({ kind, outcome }) => `${kind} ${outcome}`).sort()).toEqual([
    'order-status-change malformed',
    'type-4711 unknown-type',
    ...Array(6).fill('unreadable malformed'),
  ]);
  expect(Object.keys(listed[0]!).sort()).toEqual([
    'attempts',
    'connectionId',
    'id',
    'kind',
    'outcome',
    'receivedAt',
    'sentAt',
    'source',
    'state',
  ]);
  expect((await hub.call('GET', '/api/v1/events?state=set-aside&range=[1,2]')).json()).toHaveLength(
    2,
  );
  const unauthenticated = await hub.app.inject({ method: 'GET', url: '/api/v1/events' });
  expect(unauthenticated.statusCode).toBe(401);
});

test('five megabytes are refused unread and counted; what comes next passes', async () => {
  const before = await total();
  const large = orderEvent({ data: { order_id: '1', text: 'x'.repeat(5_000_000) } });
  const answer = await postShop(large).catch(() => ({ status: 413 }));
  expect(answer.status).toBe(413);
  expect(await metric('hub_events_refused_total{source="tiktok-shop",reason="size"}')).toBe(1);
  const fits = orderEvent({ data: { order_id: '1', text: 'x'.repeat(64_000) } });
  expect((await postShop(fits)).status).toBe(200);
  expect(await total()).toBe(before + 1);
});

test('200 forged events at once change nothing, and the honest ones between them all pass', async () => {
  const before = await total();
  const honest = Array.from({ length: 50 }, () => orderEvent());
  const forged = Array.from({ length: 200 }, () =>
    postShop(orderEvent(), hmac('guess', shop.appKey, 'x')),
  );
  const answers = await Promise.all([...forged, ...honest.map((body) => postShop(body))]);
  expect(answers.slice(0, 200).map(({ status }) => status)).toEqual(Array(200).fill(401));
  expect(answers.slice(200).map(({ status }) => status)).toEqual(Array(50).fill(200));
  expect(await total()).toBe(before + 50);
});

test('nothing of an event stands in the log or the figures', async () => {
  const canary = 'open-canary-4711';
  const body = JSON.stringify({ ...JSON.parse(removedEvent()), user_openid: canary });
  await postDevelopers(body);
  await post('/callbacks/tiktok-developers', body, { 'tiktok-signature': 't=1,s=2' });
  expect(hub.logs.length).toBeGreaterThan(0);
  expect(hub.logs.join('\n')).not.toContain(canary);
  const figures = await hub.deps.metrics.metrics();
  expect(figures).not.toContain(canary);
  expect(figures).toMatch(/hub_events\{state="waiting"\} \d+/);
  expect(figures).toMatch(/hub_events_lag_seconds \d/);
});

test('without its secret a sender’s address does not exist', async () => {
  const other = await createApiHub();
  const answer = await other.app.inject({ method: 'POST', url: '/callbacks/tiktok-shop' });
  expect(answer.statusCode).toBe(401);
  const known = await other.call('POST', '/callbacks/tiktok-shop');
  expect(known.statusCode).toBe(404);
  await other.close();
});
