import { expect, test } from 'vitest';
import { createDevelopersWebhook } from './webhook.ts';

const time = '1633174587';
const body = Buffer.from(
  '{"client_key":"bwo2m45353a6k85","event":"authorization.removed","create_time":1615338610,"user_openid":"act.example12345","content":"{\\"reason\\": 1 }"}',
);
const signature = 'ce7b4e5704c9b20ca36f26527eca2b14bc60538ca8c0b9243e154bf90960aedd';
const webhook = createDevelopersWebhook({
  clientKey: 'bwo2m45353a6k85',
  secret: 'client_secret_example',
});
const headers = (t = time, s = signature) => ({ 'tiktok-signature': `t=${t},s=${s}` });
const read = (envelope: object) => webhook.read(Buffer.from(JSON.stringify(envelope)));
const envelope = {
  client_key: 'bwo2m45353a6k85',
  event: 'authorization.removed',
  create_time: 1_615_338_610,
  user_openid: 'act.example12345',
  content: '{"reason": 1}',
};

test('the vector is right, and says when it was signed', () => {
  expect(webhook.verify(headers(), body)).toEqual({ signedAt: new Date(1_633_174_587_000) });
});

test('another time, one flipped bit, a re-serialised body, a header of another form: refused', () => {
  expect(webhook.verify(headers('1633174588'), body)).toBeUndefined();
  for (let bit = 0; bit < body.length * 8; bit += 53) {
    const flipped = Buffer.from(body);
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    expect(webhook.verify(headers(), flipped)).toBeUndefined();
  }
  const again = Buffer.from(JSON.stringify(JSON.parse(body.toString()), null, 1));
  expect(webhook.verify(headers(), again)).toBeUndefined();
  for (const wrong of [
    {},
    { 'tiktok-signature': signature },
    { 'tiktok-signature': `s=${signature}` },
    headers(time, signature.toUpperCase()),
    headers(`${time},t=1`),
  ]) {
    expect(webhook.verify(wrong, body)).toBeUndefined();
  }
});

test('the content is parsed a second time', () => {
  expect(webhook.read(body)).toMatchObject({
    event: {
      name: 'authorization.removed',
      account: { kind: 'open-id', id: 'act.example12345' },
      sentAt: new Date(1_615_338_610_000),
      change: { kind: 'authorisation-ended', reason: 1 },
    },
  });
});

test('what is of no concern is kept without its content', () => {
  const reading = read({ ...envelope, event: 'video.publish.completed', content: '{"a":"text"}' });
  if (!('event' in reading)) throw new Error('unreadable');
  expect(reading.event.change).toEqual({ kind: 'none' });
  expect(Buffer.from(reading.event.kept).toString()).not.toContain('text');
});

test.each([
  ['content that is no JSON', { ...envelope, content: 'reason' }, 'unreadable', 'malformed'],
  ['no reason', { ...envelope, content: '{}' }, 'unreadable', 'malformed'],
  ['another app', { ...envelope, client_key: 'other' }, 'authorization.removed', 'malformed'],
  ['an event of tomorrow', { ...envelope, event: 'a.b' }, 'a.b', 'unknown-type'],
  ['a name of objects', { ...envelope, event: 'constructor' }, 'constructor', 'unknown-type'],
  ['a name that is none', { ...envelope, event: 'A\u0000' }, 'unreadable', 'malformed'],
])('kept apart: %s', (_what, sent, name, fault) => {
  expect(read(sent)).toMatchObject({ unreadable: { name, fault } });
});
