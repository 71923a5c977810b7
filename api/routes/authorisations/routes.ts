import { z } from 'zod';
import { HubError } from '../../../policy/errors.ts';
import { type GrantedAccount, sealContexts } from '../../../policy/seals.ts';
import type { Authorisation as AuthorisationRow } from '../../../registry/registry.ts';
import { askWorkflows } from '../../ask-workflows.ts';
import { beginConsent, type ConsentDeps } from '../../begin-consent.ts';
import { makeTicket } from '../../consent-ticket.ts';
import type { ApiDeps } from '../../deps.ts';
import type { ApiInstance } from '../../instance.ts';
import { problemResponses } from '../../plugins/errors.ts';
import { beginPath } from '../oauth-callback/schema.ts';
import {
  Authorisation,
  AuthorisationPath,
  BeginAuthorisation,
  BegunAuthorisation,
  ChooseAccounts,
  ChosenAccounts,
} from './schema.ts';

type Deps = ConsentDeps & Pick<ApiDeps, 'workflows'>;

/** Beginning a consent, seeing what TikTok granted, and choosing among it. */
export function authorisationRoutes(app: ApiInstance, deps: Deps): void {
  app.post(
    '/api/v1/authorisations',
    {
      config: { access: 'bearer' },
      schema: {
        summary: 'Begins a consent at TikTok.',
        tags: ['authorisations'],
        body: BeginAuthorisation,
        response: { 201: BegunAuthorisation, ...problemResponses },
      },
    },
    async (request, reply) => {
      if (!(await deps.registry.workspaces.find(request.body.workspaceId))) {
        throw new HubError('NOT_FOUND', 'Name a workspace of GET /api/v1/workspaces.');
      }
      const consentUrl = await beginConsent(deps, reply, request.body);
      const begin = new URL(beginPath(request.body.platform), deps.publicUrl);
      const ticket = await makeTicket(deps.keyring, request.body, deps.clock.now());
      begin.searchParams.set('ticket', ticket);
      reply.code(201).header('cache-control', 'no-store');
      return reply.send({ consentUrl, beginUrl: begin.href });
    },
  );
  app.get(
    '/api/v1/authorisations/:id',
    {
      config: { access: 'bearer' },
      schema: {
        summary: 'One authorisation and the accounts that it reaches.',
        tags: ['authorisations'],
        params: AuthorisationPath,
        response: { 200: Authorisation, ...problemResponses },
      },
    },
    async (request) => present(deps, await find(deps, request.params.id)),
  );
  app.get(
    '/api/v1/authorisations',
    {
      config: { access: 'bearer' },
      schema: {
        summary: 'Authorisations of a workspace.',
        tags: ['authorisations'],
        querystring: z.strictObject({ workspaceId: z.uuid() }),
        response: { 200: z.array(Authorisation), ...problemResponses },
      },
    },
    async (request) => {
      const rows = await deps.registry.authorisations.list(request.query.workspaceId);
      return Promise.all(rows.map((row) => present(deps, row)));
    },
  );
  app.post(
    '/api/v1/authorisations/:id/connections',
    {
      config: { access: 'bearer' },
      schema: {
        summary: 'Connects the chosen accounts.',
        tags: ['authorisations'],
        params: AuthorisationPath,
        body: ChooseAccounts,
        response: { 202: ChosenAccounts, ...problemResponses },
      },
    },
    async (request, reply) => {
      const row = await find(deps, request.params.id);
      const accountIds = [...new Set(request.body.accountIds)];
      const granted = new Set((await grantedAccounts(deps, row))?.map((a) => a.accountId));
      if (row.state !== 'active') {
        throw new HubError('STATE_CONFLICT', 'Wait until the authorisation is active.', {
          details: { state: row.state },
        });
      }
      const foreign = accountIds.filter((id) => !granted.has(id)).length;
      if (foreign > 0) {
        throw new HubError('REQUEST_INVALID', 'Choose among the accounts of the authorisation.', {
          details: { notGranted: foreign },
        });
      }
      await askWorkflows(deps.workflows.chooseAccounts({ authorisationId: row.id, accountIds }));
      return reply.code(202).send({ accepted: accountIds.length });
    },
  );
}

async function find(deps: Deps, id: string): Promise<AuthorisationRow> {
  const row = await deps.registry.authorisations.find(id);
  if (!row) throw new HubError('NOT_FOUND', 'No authorisation has this id.');
  return row;
}

async function grantedAccounts(
  deps: Deps,
  row: AuthorisationRow,
): Promise<GrantedAccount[] | null> {
  if (row.sealedAccounts === null) return null;
  try {
    const context = sealContexts.authorisationAccounts(row.id);
    const clear = await deps.keyring.unseal(row.sealedAccounts, context);
    return JSON.parse(clear.toString('utf8')) as GrantedAccount[];
  } catch (error) {
    // The key goes before the row does: between the two there is nothing left to show.
    if (error instanceof HubError && error.code === 'KEY_GONE') return null;
    throw error;
  }
}

async function present(deps: Deps, row: AuthorisationRow): Promise<z.input<typeof Authorisation>> {
  const accounts = await grantedAccounts(deps, row);
  return {
    id: row.id,
    workspaceId: row.workspaceId,
    platform: row.platform,
    state: row.state,
    scopes: [...row.scopes],
    errorCode: row.errorCode,
    accounts: accounts?.map((a) => ({ accountId: a.accountId, name: a.name })) ?? null,
    createdAt: row.createdAt.toISOString(),
  };
}
