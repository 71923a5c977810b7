/** What both sides of the fence say to PostgreSQL. All times are the server's. */
import type { SessionClient } from '../session.ts';
import type { ProcessIdentity } from './process-identity.ts';

export interface Revocation {
  readonly connectionId: string;
  /** The epoch that holds from now on: whatever began under an older one ends. */
  readonly epoch: number;
}

/** The lock of a connection; `$1` is its id. The seed keeps it apart from other advisory locks. */
export const fenceLock = `hashtextextended($1, 7301)`;

export async function readConsent(
  client: SessionClient,
  connectionId: string,
): Promise<{ epoch: number; open: boolean } | undefined> {
  const { rows } = await client.query<{ epoch: number; open: boolean }>(
    `select epoch, state in ('active', 'paused') as open from connections where id = $1`,
    [connectionId],
  );
  return rows[0];
}

export async function renewLease(
  client: SessionClient,
  holder: {
    holderId: string;
    leaseMs: number;
    callDeadlineMs: number;
    identity: ProcessIdentity | null;
  },
): Promise<void> {
  const { host = null, pid = null, startedAt = null } = holder.identity ?? {};
  await client.query(
    `insert into fence_holders (id, lease_until, call_deadline_ms, host, pid, started_at)
     values ($1, clock_timestamp() + $2::float8 * interval '1 ms', $3, $4, $5, $6)
     on conflict (id) do update set lease_until = excluded.lease_until`,
    [holder.holderId, holder.leaseMs, holder.callDeadlineMs, host, pid, startedAt],
  );
}

export async function acknowledge(
  client: SessionClient,
  holderId: string,
  { connectionId, epoch }: Revocation,
): Promise<void> {
  await client.query(
    `insert into fence_acknowledgements (holder_id, connection_id, epoch) values ($1, $2, $3)
     on conflict (holder_id, connection_id) do update
     set epoch = greatest(fence_acknowledgements.epoch, excluded.epoch)`,
    [holderId, connectionId, epoch],
  );
}
