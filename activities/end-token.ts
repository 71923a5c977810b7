/** How a token ends: TikTok is asked to take it back, then nothing of it is left here. */
import type { TikTokAdsClient } from '../connectors/tiktok-ads/client.ts';
import { type Keyring, keyId } from '../keyring/keyring.ts';
import type { Clock } from '../policy/clock.ts';
import { HubError } from '../policy/errors.ts';
import type { Authorisation, Registry } from '../registry/registry.ts';
import { inSlot, openToken, type TikTokCallDeps } from './tiktok-call.ts';

export interface EndTokenDeps extends TikTokCallDeps {
  readonly registry: Registry;
  readonly keyring: Keyring;
  readonly client: Pick<TikTokAdsClient, 'revokeToken'>;
  readonly clock: Clock;
}

/** `kept`: an open connection needs it. `unrevoked`: there is no call for it, or none that succeeds in time. */
export type TokenEnd = 'revoked' | 'dead' | 'kept' | 'unrevoked';

/** So long TikTok may be asked; then the token is destroyed here whatever it answers. */
const patienceMs = 24 * 3_600_000;

/** One call to TikTok. Fails when it may succeed later and less than a day has passed since `owedSince`. */
export async function revokeToken(
  deps: EndTokenDeps,
  authorisation: Authorisation,
  owedSince: Date,
): Promise<TokenEnd> {
  const { registry, clock } = deps;
  const { id, platform, sealedToken } = authorisation;
  if (sealedToken === null) return 'dead';
  // TikTok Shop has no such call: there a token ends by age, or when the seller removes the app.
  if (platform === 'tiktok-shop') return 'unrevoked';
  try {
    const accessToken = await openToken(deps, authorisation);
    await inSlot(deps, (cancelled) =>
      registry.fence.holdForRevocation(id, async (signal) => {
        const both = AbortSignal.any([signal, cancelled]);
        await registry.authorisations.noteRevokeCall(id);
        await deps.client.revokeToken(accessToken, both);
        // Before the lock is given up: no connection opens on a token that is gone.
        await registry.authorisations.end(id);
      }),
    );
    return 'revoked';
  } catch (error) {
    const code = error instanceof HubError ? error.code : undefined;
    if (code === 'AUTHORISATION_DEAD' || code === 'KEY_GONE') return 'dead';
    if (code === 'AUTHORISATION_IN_USE') return 'kept';
    if (clock.now().getTime() - owedSince.getTime() >= patienceMs) return 'unrevoked';
    throw error;
  }
}

/** A token that TikTok could have taken back and did not is told to a person before it is destroyed. */
export async function forgetToken(
  { registry, keyring, clock }: EndTokenDeps,
  { id, platform, sealedToken }: Authorisation,
  end: TokenEnd,
): Promise<void> {
  if (end === 'unrevoked' && platform === 'tiktok-ads' && sealedToken !== null) {
    const dueAt = new Date(clock.now().getTime() + patienceMs);
    await registry.tasks.open({ kind: 'token-may-be-valid', subjectId: id, dueAt });
  }
  await registry.authorisations.end(id);
  await keyring.destroy([keyId('authorisation', id)]);
}
