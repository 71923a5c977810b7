import type { Clock } from '../policy/clock.ts';
import { HubError } from '../policy/errors.ts';
import type { Authorisation, Registry } from '../registry/registry.ts';
import type { ReconcileObligationsActivities } from '../workflows/reconcile-obligations/contract.ts';
import type { WorkflowStarter } from '../workflows/starter.ts';
import { type EndTokenDeps, forgetToken, revokeToken, type TokenEnd } from './end-token.ts';
import { guarded, type UnexpectedErrorLog } from './failures.ts';

/** Who has not chosen within a day starts the consent again: a token is not kept for nothing. */
const choiceMs = 24 * 3_600_000;

export interface ReconcileObligationsDeps extends EndTokenDeps {
  readonly starter: Pick<
    WorkflowStarter,
    'connectAccount' | 'syncConnection' | 'revokeConnection' | 'renewAuthorisation'
  >;
  /** Sets the queues' rates to what tier and pauses ask for now. */
  readonly applyRates: () => Promise<void>;
  readonly log?: UnexpectedErrorLog;
}

export function createReconcileObligationsActivities(
  deps: ReconcileObligationsDeps,
): ReconcileObligationsActivities {
  const { registry, clock, starter, applyRates } = deps;
  return guarded<ReconcileObligationsActivities>(
    {
      applyRates,

      async startOwed() {
        let asked = 0;
        for (const { kind, subjectId } of await registry.obligations.due(clock.now())) {
          if (kind === 'sync-connection') await starter.syncConnection(subjectId);
          else if (kind === 'revoke-connection') await starter.revokeConnection(subjectId);
          else if (kind === 'renew-authorisation') await starter.renewAuthorisation(subjectId);
          else continue;
          asked += 1;
        }
        const unfinished = await unfinishedAuthorisations(registry);
        for (const { id, platform } of unfinished.filter((one) => !isOverdue(one, clock))) {
          await starter.connectAccount({ authorisationId: id, platform });
          asked += 1;
        }
        return { asked };
      },

      async endUnchosen() {
        const unfinished = await unfinishedAuthorisations(registry);
        let ended = 0;
        for (const authorisation of unfinished.filter((one) => isOverdue(one, clock))) {
          const end = await tryToRevoke(deps, authorisation);
          if (end === undefined || end === 'kept') continue;
          await forgetToken(deps, authorisation, end);
          ended += 1;
        }
        return { ended };
      },
    },
    deps.log,
  );
}

/** Whose owner has chosen no account within a day. */
const isOverdue = ({ createdAt }: Authorisation, clock: Clock): boolean =>
  clock.now().getTime() >= createdAt.getTime() + choiceMs;

/** Undefined when TikTok is asked again in a minute; the others are not held up. */
async function tryToRevoke(
  deps: ReconcileObligationsDeps,
  authorisation: Authorisation,
): Promise<TokenEnd | undefined> {
  const owedSince = new Date(authorisation.createdAt.getTime() + choiceMs);
  try {
    return await revokeToken(deps, authorisation, owedSince);
  } catch (error) {
    if (!(error instanceof HubError)) throw error;
    return undefined;
  }
}

/** Consents that were given but have opened nothing yet: their workflow may have been lost with the store. */
async function unfinishedAuthorisations(registry: Registry): Promise<Authorisation[]> {
  const unfinished: Authorisation[] = [];
  for (const { id: workspaceId } of await registry.workspaces.list()) {
    const connections = await registry.connections.list({ workspaceId });
    const used = new Set(connections.map(({ authorisationId }) => authorisationId));
    for (const authorisation of await registry.authorisations.list(workspaceId)) {
      const open = authorisation.state === 'pending' || authorisation.state === 'active';
      if (open && !used.has(authorisation.id)) unfinished.push(authorisation);
    }
  }
  return unfinished;
}
