/** What holds for every route: access, Host and Origin, bodies, problem documents, logs. Walks the routes that exist. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ApiHub, authorization, createApiHub } from '../test/api-hub.ts';
import { buildApp } from './app.ts';

let hub: ApiHub;
beforeAll(async () => {
  hub = await createApiHub();
  await hub.app.ready();
});
afterAll(() => hub.close());

interface Route {
  method: 'GET' | 'POST';
  url: string;
  isPublic: boolean;
  /** The token of programs does not open it. */
  needsSession: boolean;
}

/** From the document that is made of the routes themselves. */
function routes(): Route[] {
  const { paths } = hub.app.swagger() as {
    paths: Record<string, Record<string, { security?: unknown[] }>>;
  };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { security }]) => ({
      method: method.toUpperCase() as 'GET' | 'POST',
      url: path.replace('{id}', '8c0f6a3e-2f0e-4c4c-9a30-0f5f3f1f7a11'),
      isPublic: security?.length === 0,
      needsSession: JSON.stringify(security).includes('session'),
    })),
  );
}

describe('access', () => {
  test('public are health, callbacks, signing up and in, and nothing else', () => {
    const open = routes().filter(({ isPublic }) => isPublic);
    expect(open.length).toBeGreaterThan(3);
    for (const { url } of open)
      expect(url).toMatch(
        /^\/(healthz|readyz|callbacks\/|api\/v1\/(sign-up|email-verifications|sessions|password-resets(\/confirmation)?)$)/,
      );
  });

  test('every other route refuses no token and a wrong token, and knows the right one', async () => {
    const closed = routes().filter(({ isPublic }) => !isPublic);
    expect(closed.length).toBeGreaterThan(10);
    for (const { method, url, needsSession } of closed) {
      const bad = [
        undefined,
        'Bearer wrong',
        `Basic ${authorization}`,
        `${authorization}x`,
        'Bearer ',
      ];
      for (const header of bad) {
        const response = await hub.app.inject({
          method,
          url,
          headers: header === undefined ? {} : { authorization: header },
        });
        expect(response.statusCode, `${method} ${url} with ${header}`).toBe(401);
        expect(response.json()).toMatchObject({ code: 'UNAUTHENTICATED', status: 401 });
        expect(response.headers['www-authenticate']).toBe('Bearer');
      }
      if (needsSession) continue;
      const response = await hub.call(method, url, method === 'POST' ? { payload: {} } : {});
      expect(response.statusCode, `${method} ${url}`).not.toBe(401);
      expect(response.statusCode, `${method} ${url}`).toBeLessThan(500);
    }
  });

  test('HEAD is open where GET is, and nowhere else', async () => {
    const head = async (url: string) => (await hub.app.inject({ method: 'HEAD', url })).statusCode;
    expect(await head('/healthz')).toBe(200);
    expect(await head('/api/v1/workspaces')).toBe(401);
  });

  test('unknown addresses are not told apart without the token', async () => {
    expect((await hub.app.inject('/api/v1/nothing')).statusCode).toBe(401);
    const response = await hub.call('GET', '/api/v1/nothing?email=a@example.com');
    expect(response.statusCode).toBe(404);
    expect(response.json().code).toBe('NOT_FOUND');
    expect(response.body).not.toContain('example.com');
  });

  test('a route that declares no access fails the start', async () => {
    const app = await buildApp({ ...hub.deps, metrics: undefined, logger: false });
    app.get('/forgotten', async () => 'open');
    await expect(app.ready()).rejects.toThrow('GET /forgotten declares no access.');
    await app.close();
  });

  test('the documentation wants the token, on a demo folder not', async () => {
    expect((await hub.app.inject('/api/docs/')).statusCode).toBe(401);
    const app = await buildApp({ ...hub.deps, metrics: undefined, logger: false, demo: true });
    const page = await app.inject('/api/docs/');
    expect(page.statusCode).toBe(200);
    // Nothing inline: every script and style is a file of this hub.
    expect(page.body).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\son\w+=/);
    expect(page.headers['content-security-policy']).toContain("script-src 'self';");
    expect(page.headers['content-security-policy']).not.toContain('unsafe');
    for (const [, file] of page.body.matchAll(/(?:src|href)="\.([^"]+)"/g)) {
      expect((await app.inject(`/api/docs${file}`)).statusCode, file).toBe(200);
    }
    expect((await app.inject('/api/docs/json')).json().openapi).toBe('3.1.0');
    expect((await app.inject('/api/v1/workspaces')).statusCode).toBe(401);
    await app.close();
  });
});

describe('Host and Origin', () => {
  test.each(['localhost:3000', 'LOCALHOST', '127.0.0.1:3000', '[::1]:3000'])(
    'answers to %s',
    async (host) => {
      expect((await hub.app.inject({ url: '/healthz', headers: { host } })).statusCode).toBe(200);
    },
  );

  test.each([
    'evil.example',
    'localhost.evil.example:3000',
    'localhost@evil.example',
    '127.0.0.1.nip.io',
    'localhost:3000, evil.example',
    'localhost/evil.example',
  ])('refuses the name "%s", whatever else is right', async (host) => {
    const response = await hub.call('GET', '/api/v1/workspaces', { headers: { host } });
    expect(response.statusCode).toBe(421);
    expect(response.json().code).toBe('HOST_REFUSED');
  });

  test('answers to its public name', async () => {
    const publicUrl = new URL('https://hub.example/');
    const app = await buildApp({ ...hub.deps, metrics: undefined, logger: false, publicUrl });
    const ask = (host: string) => app.inject({ url: '/healthz', headers: { host } });
    expect((await ask('hub.example')).statusCode).toBe(200);
    expect((await ask('hub.example')).headers['strict-transport-security']).toContain('max-age=');
    expect((await ask('other.example')).statusCode).toBe(421);
    await app.close();
  });

  test('changes are accepted from its own origin or from programs only', async () => {
    const post = (headers: Record<string, string>) =>
      hub.call('POST', '/api/v1/authorisations', { payload: {}, headers });
    const status = async (headers: Record<string, string>) => (await post(headers)).statusCode;
    // 400 is past the check: the body is empty.
    expect(await status({})).toBe(400);
    expect(await status({ origin: 'http://localhost:3000' })).toBe(400);
    expect(await status({ origin: 'http://127.0.0.1:80', host: '127.0.0.1' })).toBe(400);
    expect(await status({ 'sec-fetch-site': 'same-origin' })).toBe(400);
    for (const origin of ['http://evil.example', 'null', 'http://localhost:4000', 'rubbish']) {
      expect(await status({ origin, host: 'localhost:3000' }), origin).toBe(403);
    }
    expect((await post({ 'sec-fetch-site': 'cross-site' })).json().code).toBe('ORIGIN_REFUSED');
  });
});

describe('bodies', () => {
  const url = '/api/v1/authorisations';
  const send = (payload: string, contentType = 'application/json') =>
    hub.app.inject({
      method: 'POST',
      url,
      headers: { authorization, 'content-type': contentType },
      payload,
    });

  test('too large, not JSON, another type: a problem document that quotes nothing', async () => {
    const secret = 'someone@example.com';
    const cases = [
      [await send(`"${secret.repeat(20_000)}"`), 413, 'BODY_TOO_LARGE'],
      [await send(`{"platform": ${secret}`), 400, 'REQUEST_INVALID'],
      [await send(`{"__proto__": {"x": "${secret}"}}`), 400, 'REQUEST_INVALID'],
      [await send(secret, 'text/plain'), 415, 'MEDIA_TYPE_UNSUPPORTED'],
      [
        await send(`a=${secret}`, 'application/x-www-form-urlencoded'),
        415,
        'MEDIA_TYPE_UNSUPPORTED',
      ],
    ] as const;
    for (const [response, status, code] of cases) {
      expect(response.statusCode).toBe(status);
      expect(response.headers['content-type']).toMatch(/^application\/problem\+json/);
      expect(response.json()).toMatchObject({ status, code, type: `urn:tkos-hub:error:${code}` });
      expect(response.body).not.toContain(secret);
    }
  });

  test('what does not fit is listed, unknown names too', async () => {
    const response = await send(JSON.stringify({ platform: 'other', workspaceId: 'x', more: 1 }));
    expect(response.statusCode).toBe(400);
    const problem = response.json();
    expect(problem.code).toBe('REQUEST_INVALID');
    expect(problem.errors.map((e: { path: string }) => e.path).sort()).toEqual([
      'body',
      'body/platform',
      'body/workspaceId',
    ]);
  });
});

describe('unexpected errors and logs', () => {
  test('an unexpected error says nothing to the client, and no message to the log', async () => {
    const secret = 'row of someone@example.com';
    const app = await buildApp({
      ...hub.deps,
      metrics: undefined,
      health: () => Promise.reject(new Error(secret, { cause: new Error(secret) })),
    });
    hub.logs.length = 0;
    const response = await app.inject('/readyz?email=someone@example.com');
    expect(response.statusCode).toBe(500);
    expect(response.json().code).toBe('INTERNAL');
    expect(response.body).not.toContain('someone');
    const log = hub.logs.join('');
    expect(log).not.toContain('someone');
    // The scan would find: the error is in the log, with where it was thrown.
    expect(log).toContain('app.test.ts');
    expect(log).toContain(response.json().requestId);
    await app.close();
  });

  test('no query, header, cookie, token or address is in a log line', async () => {
    hub.logs.length = 0;
    await hub.app.inject({
      url: '/api/v1/connections?filter=canary-query',
      remoteAddress: '203.0.113.77',
      headers: {
        authorization: 'Bearer canary-token',
        cookie: 'x=canary-cookie',
        'user-agent': 'canary-agent',
        'x-request-id': 'canary-id',
      },
    });
    await hub.call('GET', '/callbacks/oauth/tiktok-ads?auth_code=canary-code&state=canary-state');
    await hub.call('GET', '/canary-address');
    const log = hub.logs.join('');
    expect(log).toContain('/api/v1/connections');
    expect(log).toContain('/callbacks/oauth/tiktok-ads');
    expect(log).not.toMatch(/canary|203\.0\.113\.77/);
  });
});
