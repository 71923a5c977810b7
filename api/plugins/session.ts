/** Who is signed in: the cookie's session becomes `request.account`, asked of the registry at each request. */

import { readSessionToken } from '../accounts/session-cookie.ts';
import { hashToken } from '../accounts/tokens.ts';
import type { AccountDeps } from '../deps.ts';
import type { ApiInstance } from '../instance.ts';

/** Needs the cookie plugin before it, and stands before whatever reads `request.account`. */
export function findSession(
  app: ApiInstance,
  { registry, realTime }: Pick<AccountDeps, 'registry' | 'realTime'>,
): void {
  app.decorateRequest('account', null);
  app.addHook('onRequest', async (request) => {
    if (request.routeOptions.config.access === 'public') return;
    const token = readSessionToken(request);
    if (token === undefined) return;
    const session = await registry.sessions.use(hashToken(token), realTime.now());
    if (session === undefined) return;
    request.account = {
      id: session.accountId,
      sessionId: session.id,
      isConfirmed: session.confirmedAt !== null,
      provedAt: session.provedAt,
    };
  });
}
