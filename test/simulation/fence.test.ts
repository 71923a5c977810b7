/**
 * Goal: after a revocation is confirmed nothing is fetched, nothing is written, and the token opens nothing at either
 * end, also when the process that was fetching is killed between the two. Method: whole hubs; slow answers, so that
 * many calls are in flight; the sandbox's log and a copy of the connection's file are read after the confirmation.
 * Stopped processes take longer than a minute to be waited for: `fence.long.test.ts`.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, test, vi } from 'vitest';
import { keyId } from '../../keyring/keyring.ts';
import { sealContexts } from '../../policy/seals.ts';
import type { Connection } from '../../registry/registry.ts';
import { startWatchedHub, type WatchedHub } from './watched-hub.ts';

const args = ['--ads', '15', '--days', '60'];
const environment = { HUB_BACKFILL_DAYS: '60' };
const eraseAfterMs = 85 * 86_400_000;
/** Longer than a revocation may take: what is in flight then was not just about to end. */
const slowMs = 5_000;

let watched: WatchedHub;
afterEach(() => watched?.close());

interface Revoked {
  readonly state: string;
  readonly confirmedAt: string | null;
  readonly eraseDueAt: string;
}

const revoke = ({ id }: Connection) =>
  watched.hub.client.post<Revoked>(`api/v1/connections/${id}/revoke`);

/** Calls that had begun and were not answered at that moment. */
async function inFlight(connection: Connection, at: number): Promise<number> {
  const all = await watched.requests(connection);
  return all.filter((one) => one.at <= at && at < one.at + one.tookMs).length;
}

async function callsAfter(connection: Connection, at: number): Promise<number> {
  return (await watched.requests(connection)).filter((one) => one.at > at).length;
}

/** What TikTok says to the token that the hub had. */
async function answerTo(accessToken: string): Promise<number> {
  const url = new URL('open_api/v1.3/user/info/', watched.hub.sandbox);
  const response = await fetch(url, { headers: { 'Access-Token': accessToken } });
  return ((await response.json()) as { code: number }).code;
}

test('revoked while 20 pages are in flight; the token ends with the last connection', async () => {
  watched = await startWatchedHub(['--accounts', '4', ...args], environment);
  const all = await watched.connections();
  expect(all).toHaveLength(4);
  const { registry, fillFlight, coverage } = watched;
  const { authorisationId } = all[0]!;
  const { sealedToken } = (await registry.authorisations.find(authorisationId))!;
  const accessToken = await watched.accessToken(all[0]!);
  expect(await answerTo(accessToken)).toBe(0);
  await fillFlight(all, 20, slowMs);

  const clickedAt = Date.now();
  const now = watched.clock.now().getTime();
  const answers = await Promise.all(all.map(revoke));
  const confirmedAt = Date.now();
  expect(confirmedAt - clickedAt).toBeLessThan(slowMs);
  const held = await Promise.all(all.map(coverage));
  for (const [index, { state, confirmedAt: confirmed, eraseDueAt }] of answers.entries()) {
    expect([state, typeof confirmed]).toEqual(['restricted', 'string']);
    expect(Math.abs(Date.parse(eraseDueAt) - now - eraseAfterMs)).toBeLessThan(10_000);
    expect(held[index]!.length).toBeGreaterThan(4);
  }
  await delay(slowMs + 500);
  const flying = await Promise.all(all.map((one) => inFlight(one, clickedAt)));
  expect(flying.reduce((sum, count) => sum + count)).toBeGreaterThanOrEqual(20);
  for (const one of all) expect(await callsAfter(one, confirmedAt)).toBe(0);
  expect(await Promise.all(all.map(coverage))).toEqual(held);

  await vi.waitFor(async () => {
    for (const [index, { id }] of all.entries()) {
      const dueAt = new Date(answers[index]!.eraseDueAt);
      const owed = await registry.obligations.open({ subjectId: id });
      expect(owed).toMatchObject([{ kind: 'erase-connection', dueAt }]);
    }
    const authorisation = await registry.authorisations.find(authorisationId);
    expect(authorisation).toMatchObject({ state: 'ended', sealedToken: null });
  }, 20_000);
  expect(await answerTo(accessToken)).toBe(40_105);
  await watched.withKeys(async (keyring) => {
    expect(keyring.has(keyId('connection', all[0]!.id))).toBe(true);
    expect(keyring.has(keyId('authorisation', authorisationId))).toBe(false);
    const context = sealContexts.authorisationToken(authorisationId);
    await expect(keyring.unseal(sealedToken!, context)).rejects.toMatchObject({ code: 'KEY_GONE' });
  });
}, 180_000);

test('killed between revocation and confirmation', async () => {
  watched = await startWatchedHub(['--accounts', '2', ...args], environment);
  const [revoked, other] = (await watched.connections()) as [Connection, Connection];
  const { registry, fillFlight, requests, coverage } = watched;
  // A window of each of the four streams that are pulled beside each other.
  await fillFlight([revoked], 4, slowMs);

  const eraseDueAt = new Date(watched.clock.now().getTime() + eraseAfterMs);
  await registry.fence.revoke(revoked.id, { cause: 'disconnect', eraseDueAt });
  const revokedAt = Date.now();
  await watched.hub.kill('hub');
  await registry.fence.confirm(revoked.id);
  const confirmedAt = Date.now();
  expect(confirmedAt - revokedAt).toBeLessThan(slowMs);
  const held = await coverage(revoked);
  expect(held.length).toBeGreaterThan(4);
  await delay(slowMs + 500);
  expect(await inFlight(revoked, revokedAt)).toBeGreaterThanOrEqual(4);
  expect(await callsAfter(revoked, confirmedAt)).toBe(0);

  // The next start has a sandbox with an empty log: whatever it shows comes from the new hub.
  await watched.restart();
  await vi.waitFor(async () => {
    const owed = await registry.obligations.open({ subjectId: revoked.id });
    expect(owed.map(({ kind }) => kind)).toEqual(['erase-connection']);
  }, 60_000);
  await vi.waitFor(async () => expect((await requests(other)).length).toBeGreaterThan(20), 60_000);
  expect(await requests(revoked)).toEqual([]);
  expect(await coverage(revoked)).toEqual(held);
}, 180_000);
