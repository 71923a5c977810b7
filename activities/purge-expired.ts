import { type Keyring, keyId } from '../keyring/keyring.ts';
import { activityDays } from '../policy/activity.ts';
import { buyerLookDays } from '../policy/buyer-looks.ts';
import type { Clock } from '../policy/clock.ts';
import type { Registry } from '../registry/registry.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import type { PurgeExpiredActivities } from '../workflows/purge-expired/contract.ts';
import { guarded, type UnexpectedErrorLog } from './failures.ts';

export interface PurgeExpiredDeps {
  readonly registry: Pick<
    Registry,
    | 'connections'
    | 'obligations'
    | 'events'
    | 'buyerLooks'
    | 'activity'
    | 'accounts'
    | 'links'
    | 'sessions'
    | 'throttles'
  >;
  readonly warehouse: Pick<
    Warehouse,
    'connectionsWithPeople' | 'rewritePeople' | 'forgetPeople' | 'sweepLanding'
  >;
  readonly keyring: Pick<Keyring, 'list' | 'destroy'>;
  readonly clock: Clock;
  readonly log?: UnexpectedErrorLog;
}

const dayMs = 86_400_000;
const eventDays = 7;
/** One day more than rows that were set aside are kept: what is sealed under a day's key longest. */
const dayKeyDays = 31;
const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10);

export function createPurgeExpiredActivities(deps: PurgeExpiredDeps): PurgeExpiredActivities {
  const { registry, warehouse, keyring, clock } = deps;
  return guarded<PurgeExpiredActivities>(
    {
      listBuyersFiles: async () => ({ connectionIds: warehouse.connectionsWithPeople() }),

      async expireBuyers({ connectionId }) {
        if (await hasEnded(deps, connectionId)) {
          await warehouse.forgetPeople(connectionId);
          return { done: 'forgotten' };
        }
        await warehouse.rewritePeople(connectionId, clock.now());
        return { done: 'rewritten' };
      },

      async expireFiles() {
        await warehouse.sweepLanding(clock.now());
      },

      async expireEvents() {
        const now = clock.now().getTime();
        await registry.events.purge(new Date(now - eventDays * dayMs));
        await registry.buyerLooks.purge(new Date(now - buyerLookDays * dayMs));
        await registry.activity.purge(dayOf(now - activityDays * dayMs));
        // Ahead of its first row, which would else have to wait for it.
        await registry.activity.prepare(dayOf(now));
        await registry.activity.prepare(dayOf(now + dayMs));
        await purgeOfAccounts(deps);
      },

      async expireDayKeys() {
        const now = clock.now().getTime();
        const [dayEnd, activityEnd] = [
          dayOf(now - dayKeyDays * dayMs),
          dayOf(now - activityDays * dayMs),
        ];
        const over = keyring
          .list()
          .filter(
            ({ purpose, owner }) =>
              (purpose === 'day' && owner < dayEnd) ||
              (purpose === 'activity-day' && owner <= activityEnd),
          );
        if (over.length > 0) await keyring.destroy(over.map(({ keyId }) => keyId));
      },
    },
    deps.log,
  );
}

/** Sign-ups that nobody verified, with their keys; links, sessions and counts that are over. */
async function purgeOfAccounts({
  registry,
  keyring,
}: Pick<PurgeExpiredDeps, 'registry' | 'keyring'>): Promise<void> {
  const accountIds = await registry.accounts.unverified();
  if (accountIds.length > 0) {
    // Keys first: killed in between, the next night finds the rows again.
    await keyring.destroy(accountIds.map((id) => keyId('account', id)));
    await registry.accounts.removeUnverified(accountIds);
  }
  await registry.links.purge();
  // Sessions and tries run by real time.
  await registry.sessions.purge(new Date());
  await registry.throttles.purge();
}

/**
 * Buyers' fields go within a day of a disconnection. An authorisation that was only found dead may be given again for
 * three days, and nothing of it goes earlier.
 */
async function hasEnded(
  { registry }: Pick<PurgeExpiredDeps, 'registry'>,
  connectionId: string,
): Promise<boolean> {
  const connection = await registry.connections.find(connectionId);
  if (connection === undefined || connection.state === 'ended') return true;
  if (connection.state !== 'restricted') return false;
  const erasures = await registry.obligations.open({
    kind: 'erase-connection',
    subjectId: connectionId,
  });
  return !erasures.some(({ cause }) => cause === 'authorisation-dead');
}
