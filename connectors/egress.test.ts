import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { HubError } from '../policy/errors.ts';
import { createEgress, type Egress, type EgressOptions } from './egress.ts';
import { isPublicAddress } from './public-address.ts';

const open: { server?: Server; egress?: Egress }[] = [];
afterEach(async () => {
  for (const { server, egress } of open.splice(0)) {
    server?.closeAllConnections();
    await egress?.close();
    await new Promise((done) => (server ? server.close(done) : done(undefined)));
  }
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  open.push({ server });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function egressFor(options: EgressOptions): Egress {
  const egress = createEgress(options);
  open.push({ egress });
  return egress;
}

const get = (egress: Egress, url: string, more = {}) =>
  egress.request({
    method: 'GET',
    url: new URL(url),
    deadlineMs: 5_000,
    bodyBytesMax: 1_000,
    ...more,
  });
const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'sent',
    (error: unknown) => (error instanceof HubError ? error.code : error),
  );

test('the sandbox’s exact origin is reached, no other port or scheme of it', async () => {
  const origin = await serve((_request, response) => response.end('hello'));
  const egress = egressFor({ allowedHosts: [], exactOrigin: `${origin}/` });
  expect((await get(egress, `${origin}/a?b=1`)).body.toString()).toBe('hello');
  const other = await serve((_request, response) => response.end('secret'));
  expect(await codeOf(get(egress, other))).toBe('EGRESS_REFUSED');
  expect(await codeOf(get(egress, origin.replace('127.0.0.1', 'localhost')))).toBe(
    'EGRESS_REFUSED',
  );
});

test('hosts that are not named, plain HTTP and other ports are refused', async () => {
  const egress = egressFor({ allowedHosts: ['business-api.tiktok.com', '127.0.0.1', '[::1]'] });
  for (const url of [
    'https://evil.example/',
    'https://business-api.tiktok.com.evil.example/',
    'http://business-api.tiktok.com/',
    'https://business-api.tiktok.com:8443/',
    'https://127.0.0.1/',
    'https://[::1]/',
  ]) {
    expect(await codeOf(get(egress, url)), url).toBe('EGRESS_REFUSED');
  }
});

test('a name that is allowed and leads inside is refused after DNS', async () => {
  const egress = egressFor({ allowedHosts: ['localhost'] });
  expect(await codeOf(get(egress, 'https://localhost/'))).toBe('EGRESS_REFUSED');
});

test('addresses inside are told from public ones', () => {
  const inside =
    '0.0.0.0 10.1.2.3 100.64.0.1 127.0.0.1 169.254.169.254 172.16.0.1 172.31.255.255 192.168.1.1 198.18.0.1 ' +
    '224.0.0.1 255.255.255.255 :: ::1 ::ffff:10.0.0.1 ::ffff:8.8.8.8 64:ff9b::a00:1 fe80::1 fc00::1 fd12::1 ' +
    'ff02::1 2001:db8::1 2002:a00:1::1 2001::1 no-address';
  const outside = '8.8.8.8 100.63.255.255 172.32.0.1 192.167.1.1 2606:4700::1111 2a00:1450::1';
  expect(inside.split(' ').filter(isPublicAddress)).toEqual([]);
  expect(outside.split(' ').filter((one) => !isPublicAddress(one))).toEqual([]);
});

test('a call has one deadline over the whole answer', async () => {
  const origin = await serve((_request, response) => {
    response.writeHead(200);
    const drip = setInterval(() => response.write('x'), 20);
    response.on('close', () => clearInterval(drip));
  });
  const egress = egressFor({ allowedHosts: [], exactOrigin: origin });
  const error = await get(egress, `${origin}/?token=abc`, { deadlineMs: 200 }).catch((e) => e);
  expect(error).toMatchObject({ code: 'TIKTOK_UNREACHABLE', retryable: true });
  expect(error.message).toContain('no answer within 200 ms');
  expect(error.message).not.toContain('abc');
});

test('no answer at all, an aborted call, a closed port', async () => {
  const stop = new AbortController();
  const origin = await serve(() => stop.abort(new Error('stopped')));
  const egress = egressFor({ allowedHosts: [], exactOrigin: origin });
  await expect(get(egress, origin, { signal: stop.signal })).rejects.toThrow('stopped');
  await expect(
    get(egress, origin, { signal: AbortSignal.abort(new Error('before')) }),
  ).rejects.toThrow('before');
  const closed = egressFor({ allowedHosts: [], exactOrigin: 'http://127.0.0.1:1' });
  expect(await codeOf(get(closed, 'http://127.0.0.1:1/'))).toBe('TIKTOK_UNREACHABLE');
});

test('after a refused redirect the connection is of use again', async () => {
  const origin = await serve((request, response) => {
    if (request.url !== '/away') return response.end('here');
    return response.writeHead(302, { location: '//other.example/?q=1' }).end('x'.repeat(100_000));
  });
  const egress = egressFor({ allowedHosts: [], exactOrigin: origin });
  expect(await codeOf(get(egress, `${origin}/away`))).toBe('EGRESS_REFUSED');
  expect((await get(egress, origin)).body.toString()).toBe('here');
});

test('a signal that is seen to have ended only when asked still stops the call before it is sent', async () => {
  let received = 0;
  const origin = await serve((_request, response) => {
    received += 1;
    response.end('hello');
  });
  const egress = egressFor({ allowedHosts: [], exactOrigin: origin });
  // As after SIGCONT: no event fires, but whoever asks is told.
  let ended = false;
  const signal = new AbortController().signal;
  Object.defineProperty(signal, 'aborted', { get: () => ended });
  Object.defineProperty(signal, 'reason', { value: new Error('ended') });
  await get(egress, origin, { signal });
  expect(received).toBe(1);
  const connecting = get(egress, origin, { signal });
  ended = true;
  await expect(connecting).rejects.toThrow('ended');
  expect(received).toBe(1);
});
