/** TikTok's consent page: an advertiser picks accounts and permissions and is sent back with an auth_code. */
import type { FastifyInstance } from 'fastify';
import { checkboxes, decisionButtons, escapeHtml, hiddenField, page } from '../../consent-page.ts';
import type { AdsContext } from '../endpoint.ts';
import { offeredScopes } from './scopes.ts';

interface ConsentContext extends Pick<AdsContext, 'app' | 'world' | 'authorisations'> {
  readonly redirectUris: ReadonlySet<string>;
}

interface ConsentRequest {
  readonly appId: string;
  readonly state: string;
  readonly redirectUri: string;
}

export function registerConsent(app: FastifyInstance, context: ConsentContext): void {
  app.get('/portal/auth', (request, reply) => {
    const query = new URLSearchParams(request.url.split('?')[1] ?? '');
    const wrong = findFault(query, context);
    if (wrong)
      return reply
        .code(400)
        .type('text/html')
        .send(page('Cannot continue', escapeHtml(wrong)));
    return reply.type('text/html').send(consentPage(readRequest(query), context));
  });
  app.post('/portal/auth', (request, reply) => {
    const form = new URLSearchParams(typeof request.body === 'string' ? request.body : '');
    const wrong = findFault(form, context) ?? findChoiceFault(form, context);
    if (wrong)
      return reply
        .code(400)
        .type('text/html')
        .send(page('Cannot continue', escapeHtml(wrong)));
    return reply.redirect(answerConsent(form, context), 302);
  });
}

function readRequest(values: URLSearchParams): ConsentRequest {
  return {
    appId: values.get('app_id') ?? '',
    state: values.get('state') ?? '',
    redirectUri: values.get('redirect_uri') ?? '',
  };
}

function findFault(values: URLSearchParams, { app, redirectUris }: ConsentContext): string | null {
  const { appId, redirectUri } = readRequest(values);
  if (appId !== app.appId) return 'This app is not known.';
  if (!redirectUris.has(redirectUri)) return 'This redirect_uri is not registered for the app.';
  return null;
}

const allows = (form: URLSearchParams) => form.get('decision') === 'allow';

function findChoiceFault(form: URLSearchParams, { world }: ConsentContext): string | null {
  if (!allows(form)) return null;
  const chosen = form.getAll('advertiser_ids');
  const known = world.accounts.map((account) => account.advertiserId);
  if (chosen.length === 0) return 'Pick at least one ad account, then allow again.';
  if (chosen.some((id) => !known.includes(id))) return 'One of the ad accounts is not known.';
  const scopes = form.getAll('scopes').map(Number);
  if (scopes.length === 0) return 'Pick at least one permission, then allow again.';
  const offered = offeredScopes.map((scope) => scope.id);
  return scopes.every((id) => offered.includes(id)) ? null : 'One permission is not known.';
}

function answerConsent(form: URLSearchParams, { authorisations }: ConsentContext): string {
  const { state, redirectUri } = readRequest(form);
  const target = new URL(redirectUri);
  if (allows(form)) {
    const scopes = form.getAll('scopes').map(Number);
    const code = authorisations.issueCode([...new Set(form.getAll('advertiser_ids'))], scopes);
    target.searchParams.set('auth_code', code);
  } else {
    target.searchParams.set('error', 'access_denied');
  }
  target.searchParams.set('state', state);
  return target.href;
}

function consentPage(request: ConsentRequest, { world }: ConsentContext): string {
  const accounts = world.accounts.map((account) => ({
    id: account.advertiserId,
    label: `${account.name} (${account.advertiserId})`,
  }));
  return page(
    'Allow access to your ad accounts',
    `<p>The app ${escapeHtml(request.appId)} asks for access. Pick what it may reach.</p>
<form method="post" action="/portal/auth">
${hiddenField('app_id', request.appId)}
${hiddenField('state', request.state)}
${hiddenField('redirect_uri', request.redirectUri)}
${checkboxes('Ad accounts', 'advertiser_ids', accounts)}
${checkboxes('Permissions', 'scopes', offeredScopes)}
${decisionButtons}
</form>`,
  );
}
