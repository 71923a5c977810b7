/** Deny first: a route is open only when it says so, and a route that says nothing fails the start. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { HubError } from '../../policy/errors.ts';
import type { Access, ApiInstance } from '../instance.ts';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

const accesses: ReadonlySet<unknown> = new Set<Access>([
  'bearer',
  'public',
  'session',
  'session-begun',
]);

/** Requires `Authorization: Bearer <token>` on everything that is not declared public, unknown addresses included. */
export function requireAccess(app: ApiInstance, bearerToken: string): void {
  const declared: { method: string | string[]; url: string; config?: { access?: unknown } }[] = [];
  app.addHook('onRoute', (route) => {
    declared.push(route);
  });
  // Only here, as plugins such as the documentation's declare their access after the hook above.
  app.addHook('onReady', async () => {
    for (const route of declared) {
      if (!accesses.has(route.config?.access)) {
        throw new Error(`${route.method} ${route.url} declares no access.`);
      }
    }
  });

  const expected = digest(bearerToken);
  app.addHook('onRequest', async (request) => {
    const { access } = request.routeOptions.config;
    if (access === 'public') return;
    if (access === 'session' || access === 'session-begun') return requireSession(request, access);
    const token = /^Bearer ([!-~]{1,512})$/i.exec(request.headers.authorization ?? '')?.[1];
    // Digests have one length, so the comparison takes the same time whatever was sent.
    if (token === undefined || !timingSafeEqual(digest(token), expected)) {
      throw new HubError(
        'UNAUTHENTICATED',
        'Send the header `Authorization: Bearer <token>` with the token that the start printed.',
      );
    }
  });
}

function requireSession(request: FastifyRequest, access: 'session' | 'session-begun'): void {
  if (request.account === null) throw new HubError('UNAUTHENTICATED', 'Sign in.');
  if (access === 'session' && !request.account.isConfirmed) {
    throw new HubError('FACTOR_NEEDED', 'Show the second factor, or set one up.');
  }
}
