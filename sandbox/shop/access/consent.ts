/** The consent page: a seller picks what the app may do, and is sent back with a code. */
import type { FastifyInstance } from 'fastify';
import {
  checkboxes,
  decisionButtons,
  escapeHtml,
  hiddenField,
  page,
  radioButtons,
} from '../../consent-page.ts';
import type { ShopFace } from '../shop-face.ts';
import { allShopScopes, offeredShopScopes } from './scopes.ts';

/** Today's link, and the older one that names the app by its key. */
const pages = [
  { path: '/open/authorize', name: 'service_id' },
  { path: '/oauth/authorize', name: 'app_key' },
] as const;
type Page = (typeof pages)[number];

export function registerShopConsent(app: FastifyInstance, face: ShopFace): void {
  for (const shown of pages) {
    app.get(shown.path, (request, reply) => {
      const query = new URLSearchParams(request.url.split('?')[1] ?? '');
      const wrong = findFault(shown, query, face);
      reply.type('text/html');
      if (wrong) return reply.code(400).send(page('Cannot continue', escapeHtml(wrong)));
      return reply.send(consentPage(shown, query, face));
    });
    app.post(shown.path, (request, reply) => {
      const form = new URLSearchParams(typeof request.body === 'string' ? request.body : '');
      const wrong = findFault(shown, form, face) ?? findChoiceFault(form, face);
      if (!wrong) return reply.redirect(answerConsent(form, face), 302);
      return reply
        .code(400)
        .type('text/html')
        .send(page('Cannot continue', escapeHtml(wrong)));
    });
  }
}

function findFault({ name }: Page, values: URLSearchParams, { app }: ShopFace): string | null {
  const expected = name === 'app_key' ? app.appKey : app.serviceId;
  return values.get(name) === expected ? null : 'This app is not known.';
}

const allows = (form: URLSearchParams): boolean => form.get('decision') === 'allow';

function findChoiceFault(form: URLSearchParams, { world }: ShopFace): string | null {
  if (!allows(form)) return null;
  if (!world.seller(form.get('seller_id') ?? '')) return 'Pick one of the sellers.';
  const scopes = form.getAll('scopes');
  if (scopes.length === 0) return 'Pick at least one permission, then allow again.';
  return scopes.every((scope) => allShopScopes.includes(scope))
    ? null
    : 'One permission is not known.';
}

/** A start in the app store brings no state, and takes none back. */
function answerConsent(form: URLSearchParams, face: ShopFace): string {
  const { app, authorisations, world, redirectUri } = face;
  const target = new URL(redirectUri);
  target.searchParams.set('app_key', app.appKey);
  if (allows(form)) {
    const seller = world.seller(form.get('seller_id')!)!;
    const code = authorisations.issueCode(seller.id, [...new Set(form.getAll('scopes'))]);
    target.searchParams.set('code', code);
    target.searchParams.set('locale', 'en-GB');
    target.searchParams.set('shop_region', seller.baseRegion);
  } else {
    target.searchParams.set('code', 'null');
    target.searchParams.set('error', 'auth_denied');
  }
  const state = form.get('state');
  if (state !== null) target.searchParams.set('state', state);
  return target.href;
}

function consentPage({ path, name }: Page, query: URLSearchParams, { world }: ShopFace): string {
  const sellers = world.sellers.map(({ id, name: label }) => ({
    id,
    label: `${label}: ${world
      .shopsOf(id)
      .map((shop) => shop.name)
      .join(', ')}`,
  }));
  const state = query.get('state');
  return page(
    'Allow access to your shops',
    `<p>The app asks for access to all shops of a seller.</p>
<form method="post" action="${path}">
${hiddenField(name, query.get(name)!)}
${state === null ? '' : hiddenField('state', state)}
${radioButtons('Seller', 'seller_id', sellers)}
${checkboxes('Permissions', 'scopes', offeredShopScopes)}
${decisionButtons}
</form>`,
  );
}
