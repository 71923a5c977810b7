/** The registry over PostgreSQL. Every part of it heals by itself after the server was killed and started again. */
import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Clock } from '../policy/clock.ts';
import { createAccounts } from './accounts/accounts.ts';
import { createFactors } from './accounts/factors.ts';
import { createLinks } from './accounts/links.ts';
import { createSessions } from './accounts/sessions.ts';
import { createThrottles } from './accounts/throttles.ts';
import { createAuthorisations } from './authorisations.ts';
import { createBuyerLooks } from './buyer-looks.ts';
import { createConnections } from './connections.ts';
import { createConsents } from './consents.ts';
import { type Database, openDatabase } from './database.ts';
import { createEvents } from './events/create-events.ts';
import { holdForRevocation } from './fence/authorisation-lock.ts';
import { confirm } from './fence/confirm.ts';
import { FenceHolder } from './fence/holder.ts';
import { ownIdentity } from './fence/process-identity.ts';
import { revoke } from './fence/revoke.ts';
import { Listener } from './listener.ts';
import { migrateDatabase } from './migrate.ts';
import { notify } from './notify.ts';
import { createObligations } from './obligations.ts';
import { createOutbox } from './outbox.ts';
import { Quota } from './quota.ts';
import type { Registry } from './registry.ts';
import { createTasks } from './tasks.ts';
import { createActivityLog } from './trails/activity.ts';
import { createAuditTrail } from './trails/audit.ts';
import { createWindows } from './windows.ts';
import { createWorkspaces } from './workspaces.ts';

export interface RegistryOptions {
  readonly databaseUrl: string;
  readonly clock: Clock;
  /** How long a process may go on without renewing its word that it is there. */
  readonly leaseMs?: number;
  /** The longest deadline of a call to TikTok: no call outlives its lease by more. */
  readonly callDeadlineMs?: number;
}

/** Events have connections of their own: one appends, one holds the consumer's lock, two serve it. */
const eventPoolMax = 4;
/** Above the sum of lease and call deadline: time for the last answers. */
const patienceExtraMs = 5_000;

/** Migrates, then opens. Sessions for LISTEN and the fence are made when they are first needed. */
export async function openRegistry(options: RegistryOptions): Promise<Registry> {
  const { databaseUrl, clock, leaseMs = 5_000, callDeadlineMs = 30_000 } = options;
  const database = openDatabase(databaseUrl);
  const eventDatabase = openDatabase(databaseUrl, eventPoolMax);
  const listener = new Listener(databaseUrl);
  const quota = new Quota(database, clock);
  try {
    await migrateDatabase(database);
    await listener.listen('quota', () => quota.recheck());
  } catch (error) {
    await listener.close();
    await eventDatabase.destroy();
    await database.destroy();
    throw error;
  }
  const events = createEvents(eventDatabase, clock);
  const holder = new FenceHolder({
    databaseUrl,
    holderId: randomUUID(),
    leaseMs,
    callDeadlineMs,
    identity: ownIdentity(),
  });
  return {
    workspaces: createWorkspaces(database, clock),
    consents: createConsents(database, clock),
    authorisations: createAuthorisations(database, clock, callDeadlineMs),
    connections: createConnections(database, clock),
    obligations: createObligations(database, clock),
    tasks: createTasks(database, clock),
    events,
    buyerLooks: createBuyerLooks(database, clock),
    accounts: createAccounts(database, clock),
    links: createLinks(database, clock),
    sessions: createSessions(database),
    factors: createFactors(database, clock),
    throttles: createThrottles(database),
    outbox: createOutbox(database, clock),
    activity: createActivityLog(database),
    audit: createAuditTrail(database, clock),
    windows: createWindows(database),
    quota: quota.api,
    fence: {
      hold: (connectionId, epoch, work, cancelled) =>
        holder.hold(connectionId, epoch, work, cancelled),
      holdForRevocation: (authorisationId, work) =>
        holdForRevocation(database, authorisationId, callDeadlineMs, work),
      revoke: (connectionId, input) => revoke(database, clock, connectionId, input),
      confirm: (connectionId) =>
        confirm(database, connectionId, leaseMs + callDeadlineMs + patienceExtraMs),
    },
    clock: createStoredClock(database),
    listen: (channel, heard) => listener.listen(channel, heard),
    async ping() {
      await sql`select 1`.execute(database);
    },
    async close() {
      await holder.close();
      await listener.close();
      await events.drained();
      await eventDatabase.destroy();
      await database.destroy();
    },
  };
}

function createStoredClock(database: Database): Registry['clock'] {
  return {
    async offsetMs() {
      const row = await database.selectFrom('clock').select('offsetMs').executeTakeFirst();
      return row?.offsetMs ?? 0;
    },
    async setOffsetMs(offsetMs) {
      await database.transaction().execute(async (transaction) => {
        await transaction
          .insertInto('clock')
          .values({ id: true, offsetMs })
          .onConflict((conflict) => conflict.column('id').doUpdateSet({ offsetMs }))
          .execute();
        await notify(transaction, 'clock', String(offsetMs));
      });
    },
  };
}
