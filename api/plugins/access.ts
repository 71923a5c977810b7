/** Deny first: a route is open only when it says so, and a route that says nothing fails the start. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { HubError } from '../../policy/errors.ts';
import type { ApiInstance } from '../instance.ts';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Requires `Authorization: Bearer <token>` on everything that is not declared public, unknown addresses included. */
export function requireAccess(app: ApiInstance, bearerToken: string): void {
  const declared: { method: string | string[]; url: string; config?: { access?: unknown } }[] = [];
  app.addHook('onRoute', (route) => {
    declared.push(route);
  });
  // Only here, as plugins such as the documentation's declare their access after the hook above.
  app.addHook('onReady', async () => {
    for (const route of declared) {
      if (route.config?.access !== 'bearer' && route.config?.access !== 'public') {
        throw new Error(`${route.method} ${route.url} declares no access.`);
      }
    }
  });

  const expected = digest(bearerToken);
  app.addHook('onRequest', async (request) => {
    if (request.routeOptions.config.access === 'public') return;
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
