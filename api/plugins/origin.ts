/**
 * Which names this hub answers to. A page on another site can point its own name at 127.0.0.1 (DNS rebinding) and
 * would then be of the same origin as the hub: only the Host header tells, so it is checked before anything else.
 */
import { HubError } from '../../policy/errors.ts';
import type { ApiInstance } from '../instance.ts';

const loopbackNames = new Set(['localhost', '127.0.0.1', '[::1]']);
const readingMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Refuses foreign Host headers, and foreign origins on everything that changes state. */
export function requireOwnOrigin(app: ApiInstance, publicUrl: URL): void {
  app.addHook('onRequest', async (request) => {
    const host = request.raw.headers.host ?? '';
    const name = /^(\[[0-9a-f:]+\]|[a-z0-9.-]+)(?::\d{1,5})?$/i.exec(host)?.[1]?.toLowerCase();
    if (name === undefined || !(loopbackNames.has(name) || name === publicUrl.hostname)) {
      throw new HubError('HOST_REFUSED', `Call this hub as ${publicUrl.origin}.`);
    }
    if (readingMethods.has(request.method)) return;
    const { origin } = request.headers;
    const foreignOrigin =
      origin !== undefined &&
      origin !== publicUrl.origin &&
      !(URL.canParse(origin) && new URL(origin).host === host.toLowerCase());
    const site = request.headers['sec-fetch-site'];
    const foreignSite = site === 'cross-site' || site === 'same-site';
    if (foreignOrigin || foreignSite) {
      throw new HubError('ORIGIN_REFUSED', `Changes are accepted from ${publicUrl.origin} only.`);
    }
  });
}
