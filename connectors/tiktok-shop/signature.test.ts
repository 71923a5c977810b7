import { expect, test } from 'vitest';
import { type SignedCall, signature } from './signature.ts';

const secret = 'e59af819cc';
const timestamp = '1623812664';

/** A and C stand in TikTok's documents, B in a published library's tests; all were computed anew elsewhere. */
const vectors: readonly [string, string, SignedCall, string][] = [
  [
    'A: no body',
    secret,
    { path: '/authorization/202309/shops', query: { app_key: '29a39d', timestamp } },
    'b596b73e0cc6de07ac26f036364178ab16b0a907af13d43f0a0cd2345f582dc8',
  ],
  [
    'B: one parameter',
    'app_secret',
    { path: '/test-api', query: { foo: 'bar' } },
    'd3cb7fe11ecae942802ceeca67e7cf10120cc12f1517d45fbc1c8cfe5413c80f',
  ],
  [
    'C: a body as it is sent',
    secret,
    {
      path: '/event/202309/webhooks',
      query: {
        app_key: '68xu9ks5p4i8',
        shop_cipher: 'ROW_xkMbgAAAeVAQra0eZWebFQq5aIKt',
        timestamp: '1696909648',
      },
      body: '{"address":"https://partner.tiktokshop.com","event_type":"PACKAGE_UPDATE"}',
    },
    'a75b9c8cd57140cab6dc95bf31c37bd6ffface74210768b6517c0ff81659b0ba',
  ],
  [
    'D: values are signed decoded, names are sorted',
    secret,
    {
      path: '/order/202309/orders/search',
      query: {
        timestamp,
        shop_cipher: 'GCP_XF90igAAAABh00qsWgtvOiGFNqyubMt3',
        page_token:
          '6AsPQsUMvH3RkchNUPPh22NROHkE0D8pmq/N5M1kHYcZmtRyv9aVrNv65W7Q6tFA+7D1ud64MPNz5OaT',
        page_size: '100',
        app_key: '29a39d',
      },
      body: '{"order_status":"UNPAID"}',
    },
    '6b55918cfea8c0a45c2e533b88a5d8c2c379f23ded442d71d9be1fa86d28f73e',
  ],
  [
    'E: a form is not signed',
    secret,
    {
      path: '/product/202309/images/upload',
      query: { app_key: '29a39d', timestamp },
      body: 'bytes of a picture',
      contentType: 'Multipart/Form-Data; boundary=x',
    },
    '2f292aaeecc6a6ce8c7240771265c3342b343f27ef91271fe72a9452d74fa844',
  ],
];

test.each(vectors)('vector %s', (_name, key, call, expected) => {
  expect(signature(key, call)).toBe(expected);
});

test('signature and token are not signed; anything else is', () => {
  const [, , call, expected] = vectors[0]!;
  const signed = (more: Record<string, string>) =>
    signature(secret, { ...call, query: { ...call.query, ...more } });
  expect(signed({ sign: 'x', access_token: 'y' })).toBe(expected);
  expect(signed({ version: '202309' })).not.toBe(expected);
  expect(signature(secret, { ...call, body: '{}' })).not.toBe(expected);
});
