/** Sign-up and the link of its mail. Whether an address has an account shows neither in words nor in time. */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { throttleRules } from '../../../policy/accounts.ts';
import { HubError } from '../../../policy/errors.ts';
import { sealContexts } from '../../../policy/seals.ts';
import {
  EmailAddress,
  emailIndex,
  emailIndexes,
  normaliseAddress,
} from '../../accounts/email-index.ts';
import { assertUncommon, hashPassword, NewPassword } from '../../accounts/password.ts';
import { linkTo, sealMail, sealOf } from '../../accounts/person.ts';
import { networkOf, reserve } from '../../accounts/throttle.ts';
import { hashToken, newToken, Token } from '../../accounts/tokens.ts';
import type { ApiDeps } from '../../deps.ts';
import type { ApiInstance } from '../../instance.ts';
import { problemResponses } from '../../plugins/errors.ts';

type Deps = Pick<ApiDeps, 'registry' | 'keyring' | 'clock' | 'publicUrl'>;

const SignUp = z.strictObject({
  name: z.string().trim().min(1).max(200),
  email: EmailAddress,
  password: NewPassword,
  adult: z.literal(true).describe('The statement to be 18 or older.'),
  policyVersion: z.string().min(1).max(40).describe('The version of the policy that was accepted.'),
});

export function signUpRoutes(app: ApiInstance, deps: Deps): void {
  app.post(
    '/api/v1/sign-up',
    {
      config: { access: 'public' },
      schema: {
        summary:
          'Asks for an account. A mail follows, whatever the address; the answer is always the same.',
        tags: ['accounts'],
        body: SignUp,
        response: { 202: z.object({}), ...problemResponses },
      },
    },
    async (request, reply) => {
      assertUncommon(request.body.password, request.body.email);
      await reserve(deps, [
        { rule: throttleRules.mailOfNetwork, of: networkOf(request.ip) },
        { rule: throttleRules.mailToAddress, of: normaliseAddress(request.body.email) },
      ]);
      await signUp(deps, request.body);
      return reply.code(202).send({});
    },
  );
  app.post(
    '/api/v1/email-verifications',
    {
      config: { access: 'public' },
      schema: {
        summary: 'Confirms an address by the token of the mail’s link, once.',
        tags: ['accounts'],
        body: z.strictObject({ token: Token }),
        response: { 204: z.null(), ...problemResponses },
      },
    },
    async (request, reply) => {
      await reserve(deps, [{ rule: throttleRules.linkOfNetwork, of: networkOf(request.ip) }]);
      const accountId = await deps.registry.accounts.verify(hashToken(request.body.token));
      if (accountId === undefined) {
        throw new HubError('LINK_INVALID', 'Sign up again, or sign in if you have an account.');
      }
      return reply.code(204).send(null);
    },
  );
}

/** The same work whether or not the address has an account: then the mail has no link, and the row is purged. */
async function signUp(deps: Deps, input: z.infer<typeof SignUp>): Promise<void> {
  const { registry, keyring, publicUrl } = deps;
  const { name, email, password, policyVersion } = input;
  const id = randomUUID();
  const passwordHash = await hashPassword(password);
  await keyring.ensure('account', id);
  const existing = await registry.accounts.findByEmail(await emailIndexes(keyring, email));
  const token = newToken();
  const mail =
    existing === undefined
      ? { kind: 'verify-email', link: linkTo(publicUrl, 'verify-email', token) }
      : { kind: 'has-account' };
  await registry.accounts.signUp({
    id,
    emailIndex: await emailIndex(keyring, email),
    sealedName: await sealOf(keyring, id, sealContexts.accountName(id), name),
    sealedEmail: await sealOf(keyring, id, sealContexts.accountEmail(id), email),
    sealedPassword: await sealOf(keyring, id, sealContexts.accountPassword(id), passwordHash),
    policyVersion,
    linkHash: hashToken(token),
    mail: await sealMail(deps, id, mail.kind, { to: email, name, link: mail.link }),
  });
}
