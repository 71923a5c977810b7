import type { Clock } from '../policy/clock.ts';
import type { Authorisation, Registry } from '../registry/registry.ts';
import type { ReconcileObligationsActivities } from '../workflows/reconcile-obligations/contract.ts';
import type { WorkflowStarter } from '../workflows/starter.ts';
import { guarded, type UnexpectedErrorLog } from './failures.ts';

export interface ReconcileObligationsDeps {
  readonly registry: Registry;
  readonly clock: Clock;
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
        for (const { id, platform } of await unfinishedAuthorisations(registry)) {
          await starter.connectAccount({ authorisationId: id, platform });
          asked += 1;
        }
        return { asked };
      },
    },
    deps.log,
  );
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
