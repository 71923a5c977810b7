import { expect, it } from 'vitest';
import { isSignedBy, type SignedRequest, signRequest } from './signature.ts';

const none = Buffer.alloc(0);
const json = 'application/json';

/** Computed elsewhere, in two languages. */
const vectors: readonly (SignedRequest & { name: string; secret: string; sign: string })[] = [
  {
    name: 'a GET without body',
    secret: 'e59af819cc',
    path: '/authorization/202309/shops',
    query: { app_key: '29a39d', timestamp: '1623812664' },
    contentType: json,
    body: none,
    sign: 'b596b73e0cc6de07ac26f036364178ab16b0a907af13d43f0a0cd2345f582dc8',
  },
  {
    name: 'one parameter',
    secret: 'app_secret',
    path: '/test-api',
    query: { foo: 'bar' },
    contentType: '',
    body: none,
    sign: 'd3cb7fe11ecae942802ceeca67e7cf10120cc12f1517d45fbc1c8cfe5413c80f',
  },
  {
    name: 'a PUT with a body',
    secret: 'e59af819cc',
    path: '/event/202309/webhooks',
    query: {
      app_key: '68xu9ks5p4i8',
      shop_cipher: 'ROW_xkMbgAAAeVAQra0eZWebFQq5aIKt',
      timestamp: '1696909648',
    },
    contentType: json,
    body: Buffer.from('{"address":"https://partner.tiktokshop.com","event_type":"PACKAGE_UPDATE"}'),
    sign: 'a75b9c8cd57140cab6dc95bf31c37bd6ffface74210768b6517c0ff81659b0ba',
  },
  {
    name: 'a page token with + and /',
    secret: 'e59af819cc',
    path: '/order/202309/orders/search',
    query: {
      app_key: '29a39d',
      page_size: '100',
      page_token:
        '6AsPQsUMvH3RkchNUPPh22NROHkE0D8pmq/N5M1kHYcZmtRyv9aVrNv65W7Q6tFA+7D1ud64MPNz5OaT',
      shop_cipher: 'GCP_XF90igAAAABh00qsWgtvOiGFNqyubMt3',
      timestamp: '1623812664',
    },
    contentType: 'application/json; charset=utf-8',
    body: Buffer.from('{"order_status":"UNPAID"}'),
    sign: '6b55918cfea8c0a45c2e533b88a5d8c2c379f23ded442d71d9be1fa86d28f73e',
  },
  {
    name: 'an upload, whose body is not signed',
    secret: 'e59af819cc',
    path: '/product/202309/images/upload',
    query: { app_key: '29a39d', timestamp: '1623812664' },
    contentType: 'multipart/form-data; boundary=x',
    body: Buffer.from('--x--'),
    sign: '2f292aaeecc6a6ce8c7240771265c3342b343f27ef91271fe72a9452d74fa844',
  },
];

it.each(vectors)('signs $name', ({ secret, sign, ...request }) => {
  expect(signRequest(secret, request)).toBe(sign);
  expect(isSignedBy(secret, sign, request)).toBe(true);
});

it('leaves sign and access_token out, and nothing else', () => {
  const { secret, sign, ...request } = vectors[0]!;
  const with_ = { ...request, query: { ...request.query, sign: 'x', access_token: 'y' } };
  expect(signRequest(secret, with_)).toBe(sign);
  const more = { ...request, query: { ...request.query, version: '202309' } };
  expect(signRequest(secret, more)).not.toBe(sign);
});

it('refuses one flipped digit, a short one, and a body with one byte more', () => {
  const { secret, sign, ...request } = vectors[2]!;
  expect(isSignedBy(secret, `b${sign.slice(1)}`, request)).toBe(false);
  expect(isSignedBy(secret, sign.slice(1), request)).toBe(false);
  const longer = { ...request, body: Buffer.concat([request.body, Buffer.from(' ')]) };
  expect(isSignedBy(secret, sign, longer)).toBe(false);
});
