/** Signing in: password first, factor second, each throttled before it is looked at. */
import { randomUUID } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { throttleRules } from '../../policy/accounts.ts';
import { HubError } from '../../policy/errors.ts';
import { type Device, sealContexts } from '../../policy/seals.ts';
import type { Account } from '../../registry/accounts/accounts.ts';
import type { AccountDeps } from '../deps.ts';
import { emailIndexes } from './email-index.ts';
import { verifyPassword } from './password.ts';
import { openText, passwordHashOf, sealMailTo, sealOf } from './person.ts';
import {
  giveDeviceToken,
  giveSessionToken,
  readDeviceToken,
  readSessionToken,
} from './session-cookie.ts';
import { giveBack, reserve, signInCounters } from './throttle.ts';
import { hashToken } from './tokens.ts';
import { hashBackupCode, stepOf } from './totp.ts';

type Deps = Pick<AccountDeps, 'registry' | 'keyring' | 'clock' | 'realTime'>;

const userAgentMax = 300;

/** Begins a session that waits for its second factor. The one that the browser had before ends. */
export async function signIn(
  deps: Deps,
  request: FastifyRequest,
  reply: FastifyReply,
  { email, password }: { email: string; password: string },
): Promise<{ factor: 'set-up' | 'asked' }> {
  const { registry, keyring, realTime } = deps;
  const account = await registry.accounts.findByEmail(await emailIndexes(keyring, email));
  const device = await knownDevice(deps, request, account);
  const counters = signInCounters({ email, ip: request.ip, device });
  await reserve(deps, counters);
  const hash = account && (await passwordHashOf(keyring, account));
  if (!(await verifyPassword(password, hash)) || account === undefined) {
    throw new HubError('SIGN_IN_REFUSED', 'Check the address and the password, or reset it.');
  }
  await giveBack(deps, counters);
  await endFormer(deps, request);
  const id = randomUUID();
  const from: Device = {
    userAgent: (request.headers['user-agent'] ?? '').slice(0, userAgentMax),
    address: request.ip,
  };
  const context = sealContexts.sessionDevice(id);
  const sealedDevice = await sealOf(keyring, account.id, context, JSON.stringify(from));
  await registry.sessions.begin({
    ...{ id, sealedDevice, accountId: account.id, now: realTime.now() },
    tokenHash: hashToken(giveSessionToken(reply)),
  });
  return { factor: (await registry.factors.find(account.id)) ? 'asked' : 'set-up' };
}

async function endFormer({ registry, realTime }: Deps, request: FastifyRequest): Promise<void> {
  const token = readSessionToken(request);
  const former = token && (await registry.sessions.use(hashToken(token), realTime.now()));
  if (former) await registry.sessions.end(former.accountId, former.id);
}

async function knownDevice(
  { registry }: Deps,
  request: FastifyRequest,
  account: Account | undefined,
): Promise<string | undefined> {
  const token = readDeviceToken(request);
  if (token === undefined || account === undefined) return undefined;
  return (await registry.sessions.devices.isKnown(account.id, hashToken(token)))
    ? token
    : undefined;
}

/** Takes a code of the app or a backup code, each once. @throws HubError `CODE_REFUSED` */
export async function assertFactor(deps: Deps, accountId: string, code: string): Promise<void> {
  const { registry, keyring, realTime } = deps;
  const counters = [{ rule: throttleRules.codeOfAccount, of: accountId }];
  await reserve(deps, counters);
  const factor = await registry.factors.find(accountId);
  if (factor === undefined) throw codeRefused();
  const context = sealContexts.factorSecret(accountId);
  const step = stepOf(await openText(keyring, factor.sealedSecret, context), code, realTime.now());
  const taken =
    step === undefined
      ? await registry.factors.useBackupCode(accountId, hashBackupCode(accountId, code))
      : await registry.factors.useStep(factor.id, step);
  if (!taken) throw codeRefused();
  await giveBack(deps, counters);
}

/** The session is whole from now on, under another token; a device that is new is told of. */
export async function confirmSession(
  deps: Deps,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const { registry, realTime } = deps;
  const { id: accountId, sessionId } = request.account!;
  const account = await registry.accounts.find(accountId);
  if (account === undefined) throw codeRefused();
  const isKnown = (await knownDevice(deps, request, account)) !== undefined;
  const now = realTime.now();
  await registry.sessions.confirm(sessionId, hashToken(giveSessionToken(reply)), now);
  const device = hashToken(giveDeviceToken(request, reply));
  await registry.sessions.devices.remember(accountId, device, now);
  if (!isKnown) await registry.outbox.add(await sealMailTo(deps, account, 'new-device'));
}

export const codeRefused = (): HubError =>
  new HubError(
    'CODE_REFUSED',
    'Use the code that the app shows now, or a backup code not yet used.',
  );
