/**
 * A shop's token as it is kept: sealed with its authorisation, renewed ahead of its end. The refresh token of before is
 * kept until the new access token has worked once: an answer of TikTok may be lost, or be another's.
 */
import type { ShopToken } from '../connectors/tiktok-shop/client.ts';
import { type Keyring, keyId } from '../keyring/keyring.ts';
import type { Clock } from '../policy/clock.ts';
import { HubError } from '../policy/errors.ts';
import { sealContexts } from '../policy/seals.ts';
import type { Authorisation, Registry } from '../registry/registry.ts';

export interface KeptToken {
  readonly accessToken: string;
  readonly refreshToken: string;
  /** ISO 8601. */
  readonly accessExpiresAt: string;
  readonly refreshExpiresAt: string;
  /** Null once the access token has worked. */
  readonly previousRefreshToken: string | null;
  /** Renewals in a row of which no access token has worked. */
  readonly renewalsInVain: number;
}

export interface ShopTokenDeps {
  readonly registry: Pick<Registry, 'authorisations' | 'obligations'>;
  readonly keyring: Pick<Keyring, 'seal' | 'unseal'>;
  readonly clock: Clock;
  /** Starts the renewal that is owed now. */
  readonly renewAuthorisation: (authorisationId: string) => Promise<void>;
}

/** Access tokens live for seven days: a day leaves time for an outage of TikTok or of this machine. */
const renewAheadMs = 86_400_000;
/** A renewal is one call; then whoever waits goes on. */
const renewalMs = 1_000;
/** Of two renewed tokens neither worked: TikTok keeps renewing what it no longer takes. */
const renewalsInVainMax = 2;

/** What is kept of a token that TikTok gave, and when it is renewed. */
export function keptToken(
  { accessToken, refreshToken, accessExpiresAt, refreshExpiresAt }: ShopToken,
  before?: Pick<KeptToken, 'refreshToken' | 'renewalsInVain'>,
): KeptToken {
  return {
    ...{ accessToken, refreshToken },
    accessExpiresAt: accessExpiresAt.toISOString(),
    refreshExpiresAt: refreshExpiresAt.toISOString(),
    previousRefreshToken: before?.refreshToken ?? null,
    renewalsInVain: before === undefined ? 0 : before.renewalsInVain + 1,
  };
}

/** A token that lives for less than two days is renewed in the middle of its life. */
export function renewalDueAt(accessExpiresAt: Date, now: Date): Date {
  const livesMs = accessExpiresAt.getTime() - now.getTime();
  return new Date(accessExpiresAt.getTime() - Math.min(renewAheadMs, Math.max(0, livesMs / 2)));
}

export const sealToken = (
  { keyring }: Pick<ShopTokenDeps, 'keyring'>,
  authorisationId: string,
  token: KeptToken,
): Promise<Buffer> =>
  keyring.seal(
    [keyId('authorisation', authorisationId)],
    sealContexts.authorisationToken(authorisationId),
    Buffer.from(JSON.stringify(token)),
  );

export async function openShopToken(
  { keyring }: Pick<ShopTokenDeps, 'keyring'>,
  { id, sealedToken }: Authorisation,
): Promise<KeptToken> {
  if (sealedToken === null) throw tokenGone();
  const clear = await keyring.unseal(sealedToken, sealContexts.authorisationToken(id));
  return JSON.parse(clear.toString('utf8'));
}

export const tokenGone = (): HubError =>
  new HubError('CONSENT_ENDED', 'The authorisation holds no token any more.');

/**
 * One call with the shop's access token. Throws `AUTHORISATION_RENEWING` (retryable) while it has to be renewed, having
 * asked for it; `AUTHORISATION_DEAD` when TikTok takes no renewed one either.
 */
export async function withShopToken<T>(
  deps: ShopTokenDeps,
  authorisation: Authorisation,
  work: (accessToken: string) => Promise<T>,
): Promise<T> {
  const token = await openShopToken(deps, authorisation);
  if (Date.parse(token.accessExpiresAt) <= deps.clock.now().getTime()) {
    throw await askForRenewal(deps, authorisation.id, 'expired');
  }
  let result: T;
  try {
    result = await work(token.accessToken);
  } catch (error) {
    if (!(error instanceof HubError) || error.code !== 'ACCESS_TOKEN_REFUSED') throw error;
    throw await afterRefusal(deps, authorisation.id, token, error);
  }
  if (token.previousRefreshToken !== null) await noteThatItWorked(deps, authorisation, token);
  return result;
}

/** What was renewed while the call was under way is not renewed again. */
async function afterRefusal(
  deps: ShopTokenDeps,
  authorisationId: string,
  used: KeptToken,
  refusal: HubError,
): Promise<HubError> {
  const present = await deps.registry.authorisations.find(authorisationId);
  if (present === undefined) return tokenGone();
  const kept = await openShopToken(deps, present);
  if (kept.accessToken !== used.accessToken) return renewing();
  if (kept.renewalsInVain < renewalsInVainMax) {
    return askForRenewal(deps, authorisationId, 'refused');
  }
  const message = 'TikTok takes no access token of this authorisation, not even a renewed one.';
  return new HubError('AUTHORISATION_DEAD', message, { cause: refusal });
}

/** Another call may have noted it, or a renewal replaced it: then nothing is written. */
async function noteThatItWorked(
  deps: ShopTokenDeps,
  { id, sealedToken }: Authorisation,
  token: KeptToken,
): Promise<void> {
  const worked = { ...token, previousRefreshToken: null, renewalsInVain: 0 };
  const to = await sealToken(deps, id, worked);
  await deps.registry.authorisations.replaceToken(id, { from: sealedToken!, to });
}

/** The obligation first: should the workflow not start now, the reconciler starts it. */
async function askForRenewal(
  { registry, clock, renewAuthorisation }: ShopTokenDeps,
  authorisationId: string,
  cause: 'expired' | 'refused',
): Promise<HubError> {
  await registry.obligations.add({
    kind: 'renew-authorisation',
    subjectId: authorisationId,
    ...{ cause, dueAt: clock.now() },
  });
  await renewAuthorisation(authorisationId);
  return renewing();
}

const renewing = (): HubError =>
  new HubError('AUTHORISATION_RENEWING', 'The access token is being renewed; it goes on then.', {
    retryAfterMs: renewalMs,
  });
