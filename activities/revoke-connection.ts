import type { Warehouse } from '../warehouse/warehouse.ts';
import type { RevokeConnectionActivities } from '../workflows/revoke-connection/contract.ts';
import { type EndTokenDeps, forgetToken, revokeToken } from './end-token.ts';
import { guarded, type UnexpectedErrorLog } from './failures.ts';
import { findConnection } from './tiktok-call.ts';

export interface RevokeConnectionDeps extends EndTokenDeps {
  readonly warehouse: Pick<Warehouse, 'settleWrites'>;
  readonly log?: UnexpectedErrorLog;
}

export function createRevokeConnectionActivities(
  deps: RevokeConnectionDeps,
): RevokeConnectionActivities {
  const { registry, warehouse } = deps;
  const revocationOf = (subjectId: string) => ({ kind: 'revoke-connection', subjectId }) as const;

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
        const [owed] = await registry.obligations.open(revocationOf(connectionId));
        const owedSince = owed?.dueAt ?? deps.clock.now();
        return { token: await revokeToken(deps, authorisation, owedSince) };
      },

      async forgetToken({ connectionId, token }) {
        const authorisation = await orphaned(connectionId);
        if (authorisation !== undefined) await forgetToken(deps, authorisation, token);
      },

      async endRevocation({ connectionId }) {
        const owed = await registry.obligations.open(revocationOf(connectionId));
        for (const { id } of owed) await registry.obligations.done(id);
      },
    },
    deps.log,
  );
}
