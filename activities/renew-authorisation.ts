import { Context } from '@temporalio/activity';
import type { ShopToken, TikTokShopClient } from '../connectors/tiktok-shop/client.ts';
import type { Keyring } from '../keyring/keyring.ts';
import type { Clock } from '../policy/clock.ts';
import { HubError } from '../policy/errors.ts';
import type { Authorisation, Registry } from '../registry/registry.ts';
import type {
  RenewAuthorisationActivities,
  RenewAuthorisationResult,
} from '../workflows/renew-authorisation/contract.ts';
import { guarded, type UnexpectedErrorLog } from './failures.ts';
import { type KeptToken, keptToken, openShopToken, renewalDueAt, sealToken } from './shop-token.ts';

export interface RenewAuthorisationDeps {
  readonly registry: Pick<
    Registry,
    'authorisations' | 'connections' | 'obligations' | 'fence' | 'tasks'
  >;
  readonly keyring: Pick<Keyring, 'seal' | 'unseal'>;
  readonly shopClient: Pick<TikTokShopClient, 'refreshToken' | 'listShops'>;
  readonly clock: Clock;
  /** TikTok takes neither token of the authorisation any more: nothing may be fetched under it from now on. */
  readonly onAuthorisationDead: (authorisationId: string) => Promise<void>;
  readonly log?: UnexpectedErrorLog;
}

type Outcome = RenewAuthorisationResult['outcome'];
const kind = 'renew-authorisation';

export function createRenewAuthorisationActivities(
  deps: RenewAuthorisationDeps,
): RenewAuthorisationActivities {
  return guarded<RenewAuthorisationActivities>(
    {
      renewToken: async ({ authorisationId }) => ({ outcome: await renew(deps, authorisationId) }),

      async reportDead({ authorisationId }) {
        await deps.onAuthorisationDead(authorisationId);
        await endObligation(deps, authorisationId);
        await closeTask(deps, authorisationId);
      },
    },
    deps.log,
  );
}

/** Under the consent of one open connection: without one, nothing may be asked of TikTok. */
async function renew(deps: RenewAuthorisationDeps, authorisationId: string): Promise<Outcome> {
  const { registry } = deps;
  const states = ['active', 'paused'] as const;
  const [connection] = await registry.connections.list({ authorisationId, states });
  if (connection === undefined) {
    await endObligation(deps, authorisationId);
    return 'not-owed';
  }
  const cancelled = Context.current().cancellationSignal;
  try {
    return await registry.fence.hold(
      connection.id,
      connection.epoch,
      (signal) =>
        registry.authorisations.holdForRenewal(authorisationId, () =>
          renewOnce(deps, authorisationId, signal),
        ),
      cancelled,
    );
  } catch (error) {
    if (!(error instanceof HubError) || error.code !== 'CONSENT_ENDED') throw error;
    // That connection was closed meanwhile; another one may need the token.
    const message = 'The connection that it was renewed for was closed.';
    throw new HubError('AUTHORISATION_RENEWING', message, { retryAfterMs: 100, cause: error });
  }
}

/** Read again under the lock: whoever held it before may have renewed it. */
async function renewOnce(
  deps: RenewAuthorisationDeps,
  authorisationId: string,
  signal: AbortSignal,
): Promise<Outcome> {
  const { registry, clock } = deps;
  const authorisation = await registry.authorisations.find(authorisationId);
  const [owed] = await registry.obligations.open({ kind, subjectId: authorisationId });
  if (owed === undefined || owed.dueAt > clock.now()) return 'not-owed';
  if (authorisation?.state !== 'active' || authorisation.sealedToken === null) {
    await endObligation(deps, authorisationId);
    return 'not-owed';
  }
  const before = await openShopToken(deps, authorisation);
  signal.throwIfAborted();
  const token = await refresh(deps, before, signal);
  if (token !== null) {
    const kept = keptToken(token, before);
    const renewDueAt = renewalDueAt(token.accessExpiresAt, clock.now());
    await replace(deps, authorisation, kept, renewDueAt);
    await closeTask(deps, authorisationId);
    return 'renewed';
  }
  signal.throwIfAborted();
  if (!(await stillWorks(deps, before, signal))) return 'dead';
  // Tried again when it ends: until then nothing is lost, and a person can still mend it.
  const endsAt = new Date(before.accessExpiresAt);
  await registry.tasks.open({
    kind: 'token-not-renewable',
    subjectId: authorisationId,
    dueAt: endsAt,
  });
  await replace(deps, authorisation, before, endsAt);
  return 'unrenewable';
}

/** With the refresh token, else with the one of before while nothing has worked since. Null when TikTok takes none. */
async function refresh(
  { shopClient }: RenewAuthorisationDeps,
  { refreshToken, previousRefreshToken }: KeptToken,
  signal: AbortSignal,
): Promise<ShopToken | null> {
  for (const one of [refreshToken, previousRefreshToken]) {
    if (one === null) continue;
    signal.throwIfAborted();
    try {
      return await shopClient.refreshToken(one, signal);
    } catch (error) {
      if (!(error instanceof HubError) || error.code !== 'AUTHORISATION_DEAD') throw error;
    }
  }
  return null;
}

async function stillWorks(
  { shopClient, clock }: RenewAuthorisationDeps,
  { accessToken, accessExpiresAt }: KeptToken,
  signal: AbortSignal,
): Promise<boolean> {
  if (Date.parse(accessExpiresAt) <= clock.now().getTime()) return false;
  try {
    await shopClient.listShops(accessToken, signal);
    return true;
  } catch (error) {
    const code = error instanceof HubError ? error.code : undefined;
    if (code === 'ACCESS_TOKEN_REFUSED') return false;
    // Whoever may not list shops is known all the same.
    if (code === 'NOT_PERMITTED') return true;
    throw error;
  }
}

async function replace(
  deps: RenewAuthorisationDeps,
  { id, sealedToken }: Authorisation,
  token: KeptToken,
  renewDueAt: Date,
): Promise<void> {
  const to = await sealToken(deps, id, token);
  let from = sealedToken!;
  // A call may have noted meanwhile that the token of before works; nobody but the holder of the lock renews.
  while (!(await deps.registry.authorisations.replaceToken(id, { from, to, renewDueAt }))) {
    const present = await deps.registry.authorisations.find(id);
    if (present?.state !== 'active' || present.sealedToken === null) return;
    from = present.sealedToken;
  }
}

/** TikTok renews it after all, or it has ended. */
async function closeTask({ registry }: RenewAuthorisationDeps, subjectId: string): Promise<void> {
  const asked = { kind: 'token-not-renewable', subjectId } as const;
  for (const task of await registry.tasks.list(asked)) await registry.tasks.close(task.id);
}

async function endObligation({ registry }: RenewAuthorisationDeps, id: string): Promise<void> {
  for (const owed of await registry.obligations.open({ kind, subjectId: id })) {
    await registry.obligations.done(owed.id);
  }
}
