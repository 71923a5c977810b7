/** Where TikTok sends the browser back. Public, so it trusts only a `state` that is bound to this browser's cookie. */
import { randomUUID } from 'node:crypto';
import type { FastifyReply } from 'fastify';
import { sealContexts } from '../../../policy/seals.ts';
import type { ConsentRequest, Platform } from '../../../registry/registry.ts';
import { askWorkflows } from '../../ask-workflows.ts';
import { beginConsent, type ConsentDeps } from '../../begin-consent.ts';
import { takeConsentCookie } from '../../consent-cookie.ts';
import { readTicket } from '../../consent-ticket.ts';
import type { ApiDeps } from '../../deps.ts';
import type { ApiInstance } from '../../instance.ts';
import { type PageName, renderPage } from './page.ts';
import { BeginQuery, beginPath, CallbackQuery, callbackPaths, ReceivedPath } from './schema.ts';

type Deps = ConsentDeps & Pick<ApiDeps, 'workflows'>;

export function oauthCallbackRoutes(app: ApiInstance, deps: Deps): void {
  registerCallbacks(app, deps, 'tiktok-ads');
  registerCallbacks(app, deps, 'tiktok-shop');
}

function registerCallbacks(app: ApiInstance, deps: Deps, platform: Platform): void {
  const callbackPath = callbackPaths[platform];
  app.get(
    callbackPath,
    {
      config: { access: 'public' },
      schema: {
        summary: 'Receives TikTok’s redirect after a consent; answers with a page.',
        tags: ['callbacks'],
        querystring: CallbackQuery,
      },
    },
    async (request, reply) => {
      const { state, error } = request.query;
      const code = request.query.auth_code ?? request.query.code;
      // Begun at TikTok, in its app store, where nobody knows for which workspace: the code is not even read.
      if (platform === 'tiktok-shop' && state === undefined) return sendPage(reply, 'elsewhere');
      const browser = await takeConsentCookie(request, reply, deps.keyring);
      // Without a cookie of ours the registry is not even asked: anyone may call this address.
      if (browser === undefined || state === undefined) return sendPage(reply, 'invalid');
      const consent = await deps.registry.consents.redeem({ state, ...browser });
      if (consent?.platform !== platform) return sendPage(reply, 'invalid');
      // TikTok's shop portal writes `code=null` for a refusal; the ads portal may do so as well.
      if (error !== undefined || code === undefined || code === '' || code === 'null') {
        return sendPage(reply, 'refused');
      }
      const kept = await keepCode(deps, consent, code);
      if (!kept.started) {
        request.log.error({ err: kept.error });
        return sendPage(reply, 'unavailable');
      }
      // A redirect, so that the code does not stay in the browser's address bar and history.
      return reply.redirect(`${callbackPath}/authorisations/${kept.id}`, 303);
    },
  );
  app.get(
    beginPath(platform),
    {
      config: { access: 'public' },
      schema: {
        summary: 'Begins a consent in this browser, by the `beginUrl` of an authorisation.',
        tags: ['callbacks'],
        querystring: BeginQuery,
      },
    },
    async (request, reply) => {
      const consent = await readTicket(deps.keyring, request.query.ticket, deps.clock.now());
      if (consent?.platform !== platform) return sendPage(reply, 'invalid');
      reply.header('cache-control', 'no-store');
      return reply.redirect(await beginConsent(deps, reply, consent), 303);
    },
  );
  app.get(
    `${callbackPath}/authorisations/:id`,
    {
      config: { access: 'public' },
      schema: {
        summary: 'The page after a consent. It says the same for every id.',
        tags: ['callbacks'],
        params: ReceivedPath,
      },
    },
    async (_request, reply) => sendPage(reply, 'received'),
  );
}

/** Key before row; when the workflow cannot be started, the code that nobody would use is destroyed at once. */
async function keepCode(
  deps: Deps,
  consent: ConsentRequest,
  code: string,
): Promise<{ id: string; started: boolean; error?: unknown }> {
  const id = randomUUID();
  const key = await deps.keyring.ensure('authorisation', id);
  const context = sealContexts.authorisationCode(id);
  const sealedCode = await deps.keyring.seal([key], context, Buffer.from(code, 'utf8'));
  const { workspaceId, platform } = consent;
  await deps.registry.authorisations.create({ id, workspaceId, platform, sealedCode });
  try {
    await askWorkflows(deps.workflows.connectAccount({ authorisationId: id, platform }));
    return { id, started: true };
  } catch (error) {
    await deps.registry.authorisations.fail(id, 'WORKFLOWS_UNREACHABLE');
    await deps.keyring.destroy([key]);
    return { id, started: false, error };
  }
}

function sendPage(reply: FastifyReply, name: PageName): FastifyReply {
  const { status, html } = renderPage(name);
  reply.code(status).header('cache-control', 'no-store').type('text/html; charset=utf-8');
  return reply.send(html);
}
