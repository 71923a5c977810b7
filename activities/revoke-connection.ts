import type { TikTokAdsClient } from '../connectors/tiktok-ads/client.ts';
import { type Keyring, keyId } from '../keyring/keyring.ts';
import { HubError } from '../policy/errors.ts';
import type { Registry } from '../registry/registry.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import type { RevokeConnectionActivities } from '../workflows/revoke-connection/contract.ts';
import { guarded, type UnexpectedErrorLog } from './failures.ts';
import { findConnection, inSlot, openToken, type TikTokCallDeps } from './tiktok-call.ts';

export interface RevokeConnectionDeps extends TikTokCallDeps {
  readonly registry: Registry;
  readonly keyring: Keyring;
  readonly warehouse: Pick<Warehouse, 'settleWrites'>;
  readonly client: Pick<TikTokAdsClient, 'revokeToken'>;
  readonly log?: UnexpectedErrorLog;
}

export function createRevokeConnectionActivities(
  deps: RevokeConnectionDeps,
): RevokeConnectionActivities {
  const { registry, keyring, warehouse } = deps;

  /** The authorisation, when no open connection needs it any more. */
  const orphaned = async (connectionId: string) => {
    const { authorisationId } = await findConnection(registry, connectionId);
    const open = await registry.authorisations.openConnections(authorisationId);
    return open > 0 ? undefined : registry.authorisations.find(authorisationId);
  };

  return guarded<RevokeConnectionActivities>(
    {
      async confirmFence({ connectionId }) {
        await registry.fence.confirm(connectionId);
        await warehouse.settleWrites(connectionId);
      },

      async revokeToken({ connectionId }) {
        const authorisation = await orphaned(connectionId);
        if (authorisation === undefined) return { token: 'kept' };
        if (authorisation.sealedToken === null) return { token: 'dead' };
        // TikTok Shop has no such call: there a token ends by age, or when the seller removes the app.
        if (authorisation.platform === 'tiktok-shop') return { token: 'unrevoked' };
        try {
          const accessToken = await openToken(deps, authorisation);
          await inSlot(deps, (cancelled) =>
            registry.fence.holdForRevocation(authorisation.id, async (signal) => {
              const both = AbortSignal.any([signal, cancelled]);
              await deps.client.revokeToken(accessToken, both);
              // Before the lock is given up: no connection opens on a token that is gone.
              await registry.authorisations.end(authorisation.id);
            }),
          );
          return { token: 'revoked' };
        } catch (error) {
          const code = error instanceof HubError ? error.code : undefined;
          if (code === 'AUTHORISATION_DEAD' || code === 'KEY_GONE') return { token: 'dead' };
          if (code === 'AUTHORISATION_IN_USE') return { token: 'kept' };
          throw error;
        }
      },

      async forgetToken({ connectionId }) {
        const authorisation = await orphaned(connectionId);
        if (authorisation === undefined) return;
        await registry.authorisations.end(authorisation.id);
        await keyring.destroy([keyId('authorisation', authorisation.id)]);
      },

      async endRevocation({ connectionId }) {
        const owed = await registry.obligations.open({
          kind: 'revoke-connection',
          subjectId: connectionId,
        });
        for (const { id } of owed) await registry.obligations.done(id);
      },
    },
    deps.log,
  );
}
