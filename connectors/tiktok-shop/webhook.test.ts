import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { createShopWebhook } from './webhook.ts';

/** TikTok's own example, and that of a published client. */
const vectors = [
  {
    appKey: 'abcdef',
    secret: '123',
    body: '{"type":1,"tts_notification_id":"7380066284010030890","shop_id":"7495540735365777507","timestamp":1718305585,"data":{"is_on_hold_order":true,"order_id":"576653688135258178","order_status":"UNPAID","update_time":1718305585}}',
    signature: '5dec0f11ec2f6783b8deee53c9ffbf8d024302f7c7e7fa55a35d17629031ac05',
  },
  {
    appKey: 'fake_app_key',
    secret: 'fake_app_secret',
    body: '{"type":1,"shop_id":"7494726673780148744","timestamp":1664095733,"data":{"order_id":"576684019603311365","order_status":"AWAITING_SHIPMENT","update_time":1664095610}}',
    signature: '21109834de72ec53c9959716d8514ae388ce1f123e5ffdcafc46713fcdf62b27',
  },
] as const;

const webhook = createShopWebhook({ appKey: 'abcdef', secret: '123' });
const bytes = (text: string): Uint8Array => Buffer.from(text);
const read = (envelope: unknown) =>
  webhook.read(bytes(typeof envelope === 'string' ? envelope : JSON.stringify(envelope)));
const shop = { shop_id: '7495540735365777507', timestamp: 1_718_305_585 };

function readEvent(envelope: unknown) {
  const reading = read(envelope);
  if (!('event' in reading)) throw new Error(JSON.stringify(reading));
  return reading.event;
}

test.each(vectors)('the signature of a vector is right: $appKey', (vector) => {
  const reader = createShopWebhook(vector);
  const headers = { authorization: vector.signature };
  expect(reader.verify(headers, bytes(vector.body))).toEqual({ signedAt: null });
});

test('one flipped bit, another secret, a re-serialised body, no header: refused', () => {
  const [{ body, signature }] = vectors;
  const headers = { authorization: signature };
  for (let bit = 0; bit < body.length * 8; bit += 97) {
    const flipped = Buffer.from(body);
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    expect(webhook.verify(headers, flipped)).toBeUndefined();
  }
  const spaced = JSON.stringify(JSON.parse(body), null, 1);
  expect(webhook.verify(headers, bytes(spaced))).toBeUndefined();
  const other = createShopWebhook({ appKey: 'abcdef', secret: '124' });
  expect(other.verify(headers, bytes(body))).toBeUndefined();
  for (const authorization of [
    undefined,
    '',
    signature.toUpperCase(),
    `Bearer ${signature}`,
    `${signature.slice(0, -1)}4`,
  ]) {
    expect(webhook.verify({ authorization }, bytes(body))).toBeUndefined();
  }
  expect(webhook.verify(headers, bytes(body))).toBeDefined();
  expect(webhook.hasSignature({})).toBe(false);
});

test.each([
  [5, { status: 'PRODUCT_STATUS_CHANGED' }],
  [16, { product_types: ['COMBINED_PRODUCT'] }],
  [37, { audit: { status: 'APPROVED' } }],
])('topic %i: a bare product id above 2^53 stays exact', (type, data) => {
  const text = JSON.stringify({ type, ...shop, data: { ...data, product_id: 0 } });
  const event = readEvent(text.replace('"product_id":0', '"product_id":1729592969712207013'));
  expect(event.change).toEqual({ kind: 'products', productIds: ['1729592969712207013'] });
});

test('orders of packages, each once; the end of an authorisation; its date', () => {
  const list = [
    { package_id: '1', order_id_list: ['576461413038785752', '576461413038785753'] },
    { package_id: '2', order_id_list: [576_461_413_038, '576461413038785752'] },
  ];
  const combined = { type: 4, ...shop, data: { sc_type: 'COMBINE', package_list: list } };
  expect(readEvent(combined).change).toEqual({
    kind: 'orders',
    orderIds: ['576461413038785752', '576461413038785753', '576461413038'],
  });
  const six = { type: 6, tts_notification_id: '7627112393057371911', ...shop };
  const ended = readEvent({ ...six, data: { message: 'x' } });
  expect(ended).toMatchObject({
    externalId: '7627112393057371911',
    name: 'seller-deauthorization',
    account: { kind: 'shop', id: shop.shop_id },
    sentAt: new Date(1_718_305_585_000),
    change: { kind: 'authorisation-ended', reason: null },
  });
  expect(
    readEvent({ type: 7, ...shop, data: { message: 'x', expiration_time: '1797984000' } }).change,
  ).toEqual({ kind: 'authorisation-expiring', expiresAt: new Date(1_797_984_000_000) });
  const creator = { type: 20, timestamp: 1, data: { creator_open_id: 'open-1' } };
  expect(readEvent(creator).account).toEqual({ kind: 'open-id', id: 'open-1' });
});

test('without an id the content is the id: equal contents are one event', () => {
  const event = (orderId: string, timestamp = 5) =>
    readEvent({ type: 3, shop_id: '7', timestamp, data: { order_id: orderId, update_time: 5 } });
  expect(event('1').externalId).toBe(event('1', 6).externalId);
  expect(event('1').externalId).not.toBe(event('2').externalId);
});

test('of a message of customer service the envelope alone is kept', () => {
  const data = { content: 'A buyer writes something', conversation_id: '1' };
  const event = readEvent({ type: 14, tts_notification_id: '9', ...shop, data });
  expect(event.change.kind).toBe('none');
  expect(Buffer.from(event.kept).toString()).not.toContain('buyer');
  const again = webhook.read(event.kept);
  expect(again).toMatchObject({ event: { externalId: '9', account: { id: shop.shop_id } } });
});

test.each([
  ['no JSON', '{"type":1', 'unreadable', 'malformed'],
  ['bytes that are no text', '\ud800', 'unreadable', 'malformed'],
  ['another shape', '[1]', 'unreadable', 'malformed'],
  ['no time', { type: 1, data: { order_id: '1' } }, 'unreadable', 'malformed'],
  ['no order', { type: 1, ...shop, data: {} }, 'order-status-change', 'malformed'],
  [
    'an id that is none',
    { type: 1, ...shop, data: { order_id: '1 or 1' } },
    'order-status-change',
    'malformed',
  ],
  ['a topic of tomorrow', { type: 4711, ...shop }, 'type-4711', 'unknown-type'],
  ['a topic that is no number', { type: 'constructor', ...shop }, 'unreadable', 'malformed'],
])('kept apart: %s', (_what, envelope, name, fault) => {
  expect(read(envelope)).toMatchObject({ unreadable: { name, fault } });
});

test('a signature says nothing of another app', () => {
  const body = bytes('{}');
  const sign = (key: string) => createHmac('sha256', '123').update(key).update(body).digest('hex');
  expect(webhook.verify({ authorization: sign('other') }, body)).toBeUndefined();
  expect(webhook.verify({ authorization: sign('abcdef') }, body)).toBeDefined();
});
