import type { Clock } from '../policy/clock.ts';
import { HubError } from '../policy/errors.ts';
import type { Connection, Obligation, Registry } from '../registry/registry.ts';
import type {
  AuthorisationCheck,
  EndedConnection,
  ReconcileAuthorisationsActivities,
} from '../workflows/reconcile-authorisations/contract.ts';
import { guarded, type UnexpectedErrorLog } from './failures.ts';
import { type GrantedAccountsDeps, grantedAccounts } from './granted-accounts.ts';

export interface ReconcileAuthorisationsDeps extends GrantedAccountsDeps {
  readonly registry: Registry;
  readonly clock: Clock;
  readonly log?: UnexpectedErrorLog;
}

/** An end is found within fifteen minutes. */
const checkEveryMs = 600_000;
/** Calls of one run, and events of its history. */
const checksMax = 200;

export function createReconcileAuthorisationsActivities(
  deps: ReconcileAuthorisationsDeps,
): ReconcileAuthorisationsActivities {
  const { registry, clock } = deps;
  const tenMinutesAgo = (): Date => new Date(clock.now().getTime() - checkEveryMs);
  return guarded<ReconcileAuthorisationsActivities>(
    {
      async readChecks() {
        const due = await registry.authorisations.toCheck(tenMinutesAgo());
        const checks = due.slice(0, checksMax).map(({ id, platform, connection }) => ({
          ...{ authorisationId: id, platform },
          ...{ connectionId: connection.id, epoch: connection.epoch },
        }));
        return { checks };
      },

      async askForAccounts(check) {
        const { authorisationId } = check;
        // Read before the call: a consent that is renewed meanwhile has another epoch.
        const all = await registry.connections.list({ authorisationId });
        const listed = await listAccounts(deps, check);
        if (listed === undefined) return { ended: [] };
        const gone = all.filter(({ accountId }) => !listed.has(accountId));
        const ids = new Set(gone.filter(isRestricted).map(({ id }) => id));
        const owed = (await pollsOwed(registry)).filter(({ subjectId }) => ids.has(subjectId));
        await registry.obligations.countPolls(idsOf(owed), tenMinutesAgo());
        return { ended: gone.filter(isOpen).map(asEnded) };
      },

      noteChecked: ({ authorisationId }) => registry.authorisations.checked(authorisationId),

      async countPolls() {
        const counted: Obligation[] = [];
        for (const owed of await pollsOwed(registry)) {
          const connection = await registry.connections.find(owed.subjectId);
          if (connection === undefined) continue;
          // While others of the authorisation are open its list is asked for, and counts there.
          const open = await registry.authorisations.openConnections(connection.authorisationId);
          if (open === 0) counted.push(owed);
        }
        await registry.obligations.countPolls(idsOf(counted), tenMinutesAgo());
      },
    },
    deps.log,
  );
}

/** The accounts that TikTok lists; none when the token is dead, undefined when that cannot be known. */
async function listAccounts(
  deps: ReconcileAuthorisationsDeps,
  check: AuthorisationCheck,
): Promise<ReadonlySet<string> | undefined> {
  try {
    return await grantedAccounts(deps, check);
  } catch (error) {
    if (!(error instanceof HubError)) throw error;
    if (error.code === 'AUTHORISATION_DEAD') return new Set();
    // The list itself is outside the scopes; or the connection was closed while it was asked for.
    if (error.code === 'NOT_PERMITTED' || error.code === 'CONSENT_ENDED') return undefined;
    throw error;
  }
}

async function pollsOwed({ obligations }: Registry): Promise<Obligation[]> {
  const owed = await obligations.open({ kind: 'erase-connection' });
  return owed.filter(({ pollsLeft }) => pollsLeft > 0);
}

const idsOf = (rows: readonly { id: string }[]): string[] => rows.map(({ id }) => id);
const isOpen = ({ state }: Connection): boolean => state === 'active' || state === 'paused';
const isRestricted = ({ state }: Connection): boolean => state === 'restricted';
const asEnded = ({ id, epoch }: Connection): EndedConnection => ({ connectionId: id, epoch });
