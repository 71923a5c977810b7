import { z } from 'zod';
import { HubError } from '../../../policy/errors.ts';
import { type Device, sealContexts } from '../../../policy/seals.ts';
import { openText } from '../../accounts/person.ts';
import { clearSession } from '../../accounts/session-cookie.ts';
import { assertFactor, confirmSession, signIn } from '../../accounts/sign-in.ts';
import { Code } from '../../accounts/totp.ts';
import type { AccountDeps } from '../../deps.ts';
import type { ApiInstance } from '../../instance.ts';
import { problemResponses } from '../../plugins/errors.ts';
import { Session, SignedIn, SignIn } from './schema.ts';

type Deps = Pick<AccountDeps, 'registry' | 'keyring' | 'clock' | 'realTime'>;

const tags = ['sessions'];

/** Signing in and out, and the sessions of one's own account. */
export function sessionRoutes(app: ApiInstance, deps: Deps): void {
  app.post(
    '/api/v1/sessions',
    {
      config: { access: 'public' },
      schema: {
        summary:
          'Signs in by password. Until the second factor is shown the session opens nothing.',
        tags,
        body: SignIn,
        response: { 201: SignedIn, ...problemResponses },
      },
    },
    async (request, reply) =>
      reply.code(201).send(await signIn(deps, request, reply, request.body)),
  );
  app.post(
    '/api/v1/sessions/current/factor',
    {
      config: { access: 'session-begun' },
      schema: {
        summary: 'Shows the second factor: a code of the app, or a backup code.',
        tags,
        body: z.strictObject({ code: Code }),
        response: { 204: z.null(), ...problemResponses },
      },
    },
    async (request, reply) => {
      await assertFactor(deps, request.account!.id, request.body.code);
      await confirmSession(deps, request, reply);
      return reply.code(204).send(null);
    },
  );
  ownSessionRoutes(app, deps);
}

function ownSessionRoutes(app: ApiInstance, { registry, keyring, realTime }: Deps): void {
  app.get(
    '/api/v1/sessions',
    {
      config: { access: 'session' },
      schema: {
        summary: 'Where this account is signed in; the last seen first.',
        tags,
        response: { 200: Session.array(), ...problemResponses },
      },
    },
    async (request) => {
      const account = request.account!;
      const sessions = await registry.sessions.list(account.id, realTime.now());
      return Promise.all(
        sessions.map(async ({ id, sealedDevice, createdAt, lastSeenAt }) => ({
          id,
          ...(JSON.parse(
            await openText(keyring, sealedDevice, sealContexts.sessionDevice(id)),
          ) as Device),
          createdAt: createdAt.toISOString(),
          lastSeenAt: lastSeenAt.toISOString(),
          current: id === account.sessionId,
        })),
      );
    },
  );
  app.delete(
    '/api/v1/sessions/current',
    {
      config: { access: 'session-begun' },
      schema: { summary: 'Signs out.', tags, response: { 204: z.null(), ...problemResponses } },
    },
    async (request, reply) => {
      await registry.sessions.end(request.account!.id, request.account!.sessionId);
      clearSession(reply);
      return reply.code(204).send(null);
    },
  );
  app.delete(
    '/api/v1/sessions/:id',
    {
      config: { access: 'session' },
      schema: {
        summary: 'Ends one of the account’s sessions.',
        tags,
        params: z.strictObject({ id: z.uuid() }),
        response: { 204: z.null(), ...problemResponses },
      },
    },
    async (request, reply) => {
      if (!(await registry.sessions.end(request.account!.id, request.params.id))) {
        throw new HubError('NOT_FOUND', 'This account has no such session.');
      }
      return reply.code(204).send(null);
    },
  );
}
