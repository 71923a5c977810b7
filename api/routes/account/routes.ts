import { z } from 'zod';
import { sessionLimits, throttleRules } from '../../../policy/accounts.ts';
import { HubError } from '../../../policy/errors.ts';
import { sealContexts } from '../../../policy/seals.ts';
import type { Account } from '../../../registry/accounts/accounts.ts';
import {
  assertUncommon,
  GivenPassword,
  hashPassword,
  NewPassword,
  verifyPassword,
} from '../../accounts/password.ts';
import {
  emailOf,
  nameOf,
  openText,
  passwordHashOf,
  sealMailTo,
  sealOf,
} from '../../accounts/person.ts';
import { giveSessionToken } from '../../accounts/session-cookie.ts';
import { codeRefused, confirmSession } from '../../accounts/sign-in.ts';
import { giveBack, reserve } from '../../accounts/throttle.ts';
import { hashToken } from '../../accounts/tokens.ts';
import {
  Code,
  hashBackupCode,
  newBackupCodes,
  newSecret,
  otpauthUri,
  stepOf,
} from '../../accounts/totp.ts';
import type { AccountDeps } from '../../deps.ts';
import type { ApiInstance, SignedInAccount } from '../../instance.ts';
import { problemResponses } from '../../plugins/errors.ts';

type Deps = Pick<AccountDeps, 'registry' | 'keyring' | 'clock' | 'realTime'>;

const tags = ['account'];

/** One's own account: who it is, its second factor, its password. */
export function accountRoutes(app: ApiInstance, deps: Deps): void {
  app.get(
    '/api/v1/account',
    {
      config: { access: 'session' },
      schema: {
        summary: 'The account that is signed in.',
        tags,
        response: {
          200: z.object({
            id: z.string(),
            name: z.string(),
            email: z.string(),
            backupCodesLeft: z.number().int(),
          }),
          ...problemResponses,
        },
      },
    },
    async (request) => {
      const account = await ownAccount(deps, request.account!);
      return {
        id: account.id,
        name: await nameOf(deps.keyring, account),
        email: await emailOf(deps.keyring, account),
        backupCodesLeft: await deps.registry.factors.backupCodesLeft(account.id),
      };
    },
  );
  factorRoutes(app, deps);
  passwordRoute(app, deps);
}

function factorRoutes(app: ApiInstance, deps: Deps): void {
  const { registry, keyring, realTime } = deps;
  app.post(
    '/api/v1/account/totp',
    {
      config: { access: 'session-begun' },
      schema: {
        summary:
          'A new secret for an authenticator app. It counts once a code of it was confirmed.',
        tags,
        response: { 201: z.object({ secret: z.string(), uri: z.string() }), ...problemResponses },
      },
    },
    async (request, reply) => {
      await assertMayChangeFactor(deps, request.account!);
      const account = await ownAccount(deps, request.account!);
      const secret = newSecret();
      const context = sealContexts.factorSecret(account.id);
      await registry.factors.prepare(
        account.id,
        await sealOf(keyring, account.id, context, secret),
      );
      const uri = otpauthUri(secret, await emailOf(keyring, account));
      return reply.code(201).send({ secret, uri });
    },
  );
  app.post(
    '/api/v1/account/totp/confirmation',
    {
      config: { access: 'session-begun' },
      schema: {
        summary: 'Confirms the new secret by a code of it; backup codes are shown this once.',
        tags,
        body: z.strictObject({ code: Code }),
        response: { 200: z.object({ backupCodes: z.string().array() }), ...problemResponses },
      },
    },
    async (request, reply) => {
      await assertMayChangeFactor(deps, request.account!);
      const account = await ownAccount(deps, request.account!);
      const counters = [{ rule: throttleRules.codeOfAccount, of: account.id }];
      await reserve(deps, counters);
      const factor = await registry.factors.waiting(account.id);
      if (factor === undefined) throw codeRefused();
      const context = sealContexts.factorSecret(account.id);
      const secret = await openText(keyring, factor.sealedSecret, context);
      const step = stepOf(secret, request.body.code, realTime.now());
      if (step === undefined) throw codeRefused();
      const backupCodes = newBackupCodes();
      const confirmed = await registry.factors.confirm({
        ...{ factor, step, keepSession: request.account!.sessionId },
        codeHashes: backupCodes.map((code) => hashBackupCode(account.id, code)),
        mail: await sealMailTo(deps, account, 'factor-changed'),
      });
      if (!confirmed) throw codeRefused();
      await giveBack(deps, counters);
      await confirmSession(deps, request, reply);
      return { backupCodes };
    },
  );
}

function passwordRoute(app: ApiInstance, deps: Deps): void {
  const { registry, keyring, realTime } = deps;
  app.put(
    '/api/v1/account/password',
    {
      config: { access: 'session' },
      schema: {
        summary: 'Changes the password; every other session ends.',
        tags,
        body: z.strictObject({ current: GivenPassword, next: NewPassword }),
        response: { 204: z.null(), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { current, next } = request.body;
      const account = await ownAccount(deps, request.account!);
      assertUncommon(next, await emailOf(keyring, account));
      const counters = [{ rule: throttleRules.codeOfAccount, of: `password ${account.id}` }];
      await reserve(deps, counters);
      if (!(await verifyPassword(current, await passwordHashOf(keyring, account)))) {
        throw new HubError('SIGN_IN_REFUSED', 'The current password is another one.');
      }
      await giveBack(deps, counters);
      const context = sealContexts.accountPassword(account.id);
      const { sessionId } = request.account!;
      await registry.accounts.changePassword({
        id: account.id,
        sealedPassword: await sealOf(keyring, account.id, context, await hashPassword(next)),
        keepSession: sessionId,
        mail: await sealMailTo(deps, account, 'password-changed'),
      });
      await registry.sessions.prove(sessionId, hashToken(giveSessionToken(reply)), realTime.now());
      return reply.code(204).send(null);
    },
  );
}

async function ownAccount({ registry }: Deps, { id }: SignedInAccount): Promise<Account> {
  const account = await registry.accounts.find(id);
  if (account === undefined) throw new HubError('UNAUTHENTICATED', 'Sign in again.');
  return account;
}

/** The first factor is set up right after the password; another one by whoever showed the first, and lately. */
async function assertMayChangeFactor(
  { registry, realTime }: Deps,
  { id, isConfirmed, provedAt }: SignedInAccount,
): Promise<void> {
  if ((await registry.factors.find(id)) === undefined) return;
  if (!isConfirmed) throw new HubError('FACTOR_NEEDED', 'Show the second factor first.');
  if (realTime.now().getTime() - provedAt.getTime() > sessionLimits.provedMs) {
    throw new HubError('PROOF_NEEDED', 'Sign in again, then repeat this within ten minutes.');
  }
}
