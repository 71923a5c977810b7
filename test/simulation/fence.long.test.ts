/**
 * Goal: a process that was stopped with its lock's session gone, and goes on after the confirmation, sends nothing and
 * writes nothing. Method: as in `fence.test.ts`; the confirmation waits for its lease and call deadline, over a minute.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test, vi } from 'vitest';
import type { Connection } from '../../registry/registry.ts';
import { askDatabase } from '../databases.ts';
import { startWatchedHub, type WatchedHub } from './watched-hub.ts';

let watched: WatchedHub;
afterEach(() => watched?.close());

const leaseAndDeadlineMs = 65_000;

test('stopped, its session ended, continued after the confirmation', async () => {
  const args = ['--accounts', '2', '--ads', '15', '--days', '90'];
  watched = await startWatchedHub(args, { HUB_BACKFILL_DAYS: '90' });
  const [revoked, other] = (await watched.connections()) as [Connection, Connection];
  const { registry, requests, coverage } = watched;
  await watched.fillFlight([revoked], 4, 5_000);

  watched.hub.signal('SIGSTOP');
  const stoppedAt = Date.now();
  const ended = await askDatabase(
    watched.databaseUrl,
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and application_name = 'hub-fence'`,
  );
  expect(ended).toHaveLength(1);
  const eraseDueAt = new Date(watched.clock.now().getTime() + 85 * 86_400_000);
  await registry.fence.revoke(revoked.id, { cause: 'disconnect', eraseDueAt });
  await registry.fence.confirm(revoked.id);
  const confirmedAt = Date.now();
  expect(confirmedAt - stoppedAt).toBeGreaterThan(leaseAndDeadlineMs - 5_000);
  const held = await coverage(revoked);
  expect(held.length).toBeGreaterThan(4);
  const flying = (await requests(revoked)).filter(
    ({ at, tookMs }) => at <= stoppedAt && stoppedAt < at + tookMs,
  );
  expect(flying.length).toBeGreaterThanOrEqual(4);

  watched.hub.signal('SIGCONT');
  // The process goes on: with the other connection, and with carrying the revocation out.
  await vi.waitFor(async () => {
    const calls = (await requests(other)).filter(({ at }) => at > confirmedAt);
    expect(calls.length).toBeGreaterThan(20);
    const owed = await registry.obligations.open({ subjectId: revoked.id });
    expect(owed.map(({ kind }) => kind)).toEqual(['erase-connection']);
  }, 180_000);
  await delay(5_000);
  expect((await requests(revoked)).filter(({ at }) => at > confirmedAt)).toEqual([]);
  expect(await coverage(revoked)).toEqual(held);
}, 600_000);
