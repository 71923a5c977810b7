/**
 * Goal: after a revocation is confirmed nothing is fetched and nothing is written, and the token opens nothing at
 * either end. Method: answers are slowed down so that some twenty calls are in flight; the sandbox's request log,
 * the connection's file and the keyring are read after the confirmation. Not modelled here: killed and stopped
 * processes, which the fence's own tests cover.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { keyId } from '../../keyring/keyring.ts';
import type { Connection } from '../../registry/registry.ts';
import { createGeneratedWorld } from '../../sandbox/generator/create-generated-world.ts';
import { revokeConnectionId } from '../../workflows/revoke-connection/contract.ts';
import { type RunningHub, startRunningHub } from '../running-hub.ts';

let hub: RunningHub;
beforeAll(async () => {
  const world = createGeneratedWorld({ seed: 8, accounts: 3, ads: 20, days: 12 });
  hub = await startRunningHub({ world });
});
afterAll(() => hub?.close());

const dayMs = 86_400_000;
/** Longer than the test waits for a confirmation: what is in flight then was not just about to end. */
const slowMs = 3_000;

async function revoke({ id }: Connection): Promise<number> {
  const eraseDueAt = new Date(hub.sandbox.clock.now().getTime() + 85 * dayMs);
  const clickedAt = performance.now();
  await hub.registry.fence.revoke(id, { cause: 'disconnect', eraseDueAt });
  await hub.starter.revokeConnection(id);
  await hub.starter.revokeConfirmed(id);
  return performance.now() - clickedAt;
}

const requestsOf = ({ accountId }: Connection) =>
  hub.sandbox.requests.since().filter(({ advertiserId }) => advertiserId === accountId);

test('revoked while calls are in flight', async () => {
  const connections = await hub.connect();
  const [revoked, ...others] = connections as [Connection, ...Connection[]];
  await vi.waitFor(() => expect(requestsOf(revoked).length).toBeGreaterThan(6), 30_000);
  const rule = hub.sandbox.faults.add({ kind: 'slow', delayMs: slowMs });
  await vi.waitFor(async () => {
    const { streams = [] } = (await hub.starter.progress(revoked.id)) ?? {};
    expect(streams.filter(({ state }) => state === 'pulling').length).toBeGreaterThan(2);
  }, 30_000);

  const tookMs = await revoke(revoked);
  const confirmedAt = Date.now();
  const coverage = await hub.warehouse.coverage(revoked.id);
  hub.sandbox.faults.remove(rule);
  for (const other of others) {
    const before = requestsOf(other).length;
    await vi.waitFor(() => expect(requestsOf(other).length).toBeGreaterThan(before + 3), 30_000);
  }
  await delay(slowMs);
  expect(requestsOf(revoked).filter(({ at, tookMs: ms }) => at - ms > confirmedAt)).toEqual([]);
  expect(await hub.warehouse.coverage(revoked.id)).toEqual(coverage);
  console.log(`confirmed after ${Math.round(tookMs)} ms`);

  const revocation = hub.link.client.workflow.getHandle(revokeConnectionId(revoked.id));
  expect(await revocation.result()).toEqual({ token: 'kept' });
  expect((await hub.registry.connections.find(revoked.id))!.state).toBe('restricted');
  const owed = await hub.registry.obligations.open({ subjectId: revoked.id });
  expect(owed.map(({ kind }) => kind)).toEqual(['erase-connection']);
});

test('with the last connection the token ends, here and at TikTok', async () => {
  const rest = await hub.registry.connections.list({ states: ['active'] });
  expect(rest).toHaveLength(2);
  const { authorisationId } = rest[0]!;
  const alive = () => hub.sandbox.authorisations.list().filter(({ dead }) => !dead).length;
  expect(alive()).toBe(1);
  for (const connection of rest) await revoke(connection);
  for (const { id } of rest) {
    await hub.link.client.workflow.getHandle(revokeConnectionId(id)).result();
  }
  expect(alive()).toBe(0);
  const authorisation = (await hub.registry.authorisations.find(authorisationId))!;
  expect(authorisation.state).toBe('ended');
  expect(authorisation.sealedToken).toBeNull();
  expect(hub.keyring.has(keyId('authorisation', authorisationId))).toBe(false);
  expect(hub.unexpected).toEqual([]);
});
