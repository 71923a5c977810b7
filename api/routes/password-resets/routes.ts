/** A forgotten password: the mail goes out after the answer, so that its time tells nothing. */
import { z } from 'zod';
import { throttleRules } from '../../../policy/accounts.ts';
import { HubError } from '../../../policy/errors.ts';
import { sealContexts } from '../../../policy/seals.ts';
import { EmailAddress, emailIndexes, normaliseAddress } from '../../accounts/email-index.ts';
import { assertUncommon, hashPassword, NewPassword } from '../../accounts/password.ts';
import { linkTo, sealMailTo, sealOf } from '../../accounts/person.ts';
import { networkOf, reserve } from '../../accounts/throttle.ts';
import { hashToken, newToken, Token } from '../../accounts/tokens.ts';
import type { ApiDeps } from '../../deps.ts';
import type { ApiInstance } from '../../instance.ts';
import { problemResponses } from '../../plugins/errors.ts';

type Deps = Pick<ApiDeps, 'registry' | 'keyring' | 'clock' | 'publicUrl'>;

const tags = ['accounts'];

export function passwordResetRoutes(app: ApiInstance, deps: Deps): void {
  const underWay = new Set<Promise<void>>();
  app.addHook('onClose', async () => {
    await Promise.all(underWay);
  });
  app.post(
    '/api/v1/password-resets',
    {
      config: { access: 'public' },
      schema: {
        summary: 'Asks for a link to choose another password. The answer is always the same.',
        tags,
        body: z.strictObject({ email: EmailAddress }),
        response: { 202: z.object({}), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { email } = request.body;
      await reserve(deps, [
        { rule: throttleRules.mailOfNetwork, of: networkOf(request.ip) },
        { rule: throttleRules.mailToAddress, of: normaliseAddress(email) },
      ]);
      const sent = sendLink(deps, email)
        .catch((error: unknown) => request.log.error({ err: error }))
        .finally(() => underWay.delete(sent));
      underWay.add(sent);
      return reply.code(202).send({});
    },
  );
  app.post(
    '/api/v1/password-resets/confirmation',
    {
      config: { access: 'public' },
      schema: {
        summary: 'Another password by the token of the mail’s link, once. Every session ends.',
        tags,
        body: z.strictObject({ token: Token, password: NewPassword }),
        response: { 204: z.null(), ...problemResponses },
      },
    },
    async (request, reply) => {
      await reserve(deps, [{ rule: throttleRules.linkOfNetwork, of: networkOf(request.ip) }]);
      await resetPassword(deps, request.body);
      return reply.code(204).send(null);
    },
  );
}

async function sendLink(deps: Deps, email: string): Promise<void> {
  const { registry, keyring, publicUrl } = deps;
  const account = await registry.accounts.findByEmail(await emailIndexes(keyring, email));
  if (account === undefined) return;
  const token = newToken();
  const link = linkTo(publicUrl, 'reset-password', token);
  await registry.links.send({
    kind: 'reset-password',
    accountId: account.id,
    tokenHash: hashToken(token),
    mail: await sealMailTo(deps, account, 'reset-password', link),
  });
}

async function resetPassword(
  deps: Deps,
  { token, password }: { token: string; password: string },
): Promise<void> {
  const { registry, keyring } = deps;
  const linkHash = hashToken(token);
  const id = await registry.links.find('reset-password', linkHash);
  const account = id === undefined ? undefined : await registry.accounts.find(id);
  if (account === undefined) throw linkInvalid();
  assertUncommon(password);
  const context = sealContexts.accountPassword(account.id);
  const isReset = await registry.accounts.resetPassword({
    linkHash,
    sealedPassword: await sealOf(keyring, account.id, context, await hashPassword(password)),
    mail: await sealMailTo(deps, account, 'password-changed'),
  });
  if (!isReset) throw linkInvalid();
}

const linkInvalid = (): HubError => new HubError('LINK_INVALID', 'Ask for another link.');
