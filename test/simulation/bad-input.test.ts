/**
 * Goal: answers that are broken on the way, or by TikTok, load nothing wrong and nothing by halves, are told by a code
 * and a sentence, and once they are over the data equal the truth. Method: five accounts, each with a fault of its own
 * in every report, until the faults end; then each file is held against the truth.
 */

import { ApplicationFailure } from '@temporalio/common';
import { decodeOptionalFailureToOptionalError } from '@temporalio/common/lib/internal-non-workflow/codec-helpers.js';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { streams } from '../../policy/streams/index.ts';
import type { Connection } from '../../registry/registry.ts';
import type { FaultRule } from '../../sandbox/ads/faults.ts';
import { createGeneratedWorld } from '../../sandbox/generator/create-generated-world.ts';
import { syncStreamId } from '../../workflows/sync-stream/contract.ts';
import { type RunningHub, startRunningHub } from '../running-hub.ts';
import { holdAgainstTruth } from './against-truth.ts';

const path = 'report/integrated/get/';
const faults = {
  truncated: { kind: 'truncate', path },
  page: { kind: 'http', path, status: 502 },
  redirect: { kind: 'redirect', path, location: 'http://elsewhere.invalid/' },
  foreignDay: { kind: 'foreign-day', path },
  bareId: { kind: 'bare-id', path },
} as const satisfies Record<string, FaultRule>;
type Fault = keyof typeof faults;

const reports = Object.values(streams).filter(({ request }) => request.kind === 'report');
const patiently = { timeout: 120_000, interval: 200 };

let hub: RunningHub;
let connections: Readonly<Record<Fault, Connection>>;
beforeAll(async () => {
  const names = Object.keys(faults) as Fault[];
  const world = createGeneratedWorld({ seed: 12, accounts: names.length, ads: 4, days: 4 });
  hub = await startRunningHub({ world, backfillDays: 1, backfillHourDays: 1 });
  const ids = world.accounts.map(({ advertiserId }) => advertiserId);
  for (const [index, name] of names.entries()) {
    hub.sandbox.faults.add({ ...faults[name], advertiserId: ids[index]! });
  }
  const opened = await hub.connect();
  connections = Object.fromEntries(
    names.map((name, index) => [name, opened.find(({ accountId }) => accountId === ids[index])!]),
  ) as Record<Fault, Connection>;
});
afterAll(() => hub?.close());

/** What a call that will be tried again failed of, as the workflow store knows it. */
async function failureNow({ id }: Connection): Promise<ApplicationFailure> {
  return vi.waitFor(async () => {
    const { streams: states = [] } = (await hub.starter.progress(id)) ?? {};
    const pulling = states.find(({ stream, state }) => state === 'pulling' && isReport(stream));
    const { client } = hub.link;
    const { raw } = await client.workflow.getHandle(syncStreamId(id, pulling!.stream)).describe();
    const failure = raw.pendingActivities?.map(({ lastFailure }) => lastFailure).find(Boolean);
    const error = await decodeOptionalFailureToOptionalError(
      client.options.loadedDataConverter,
      failure,
    );
    expect(error).toBeInstanceOf(ApplicationFailure);
    return error as ApplicationFailure;
  }, patiently);
}

const isReport = (name: string): boolean => reports.some((stream) => stream.name === name);

async function loadedReports({ id }: Connection) {
  return (await hub.warehouse.coverage(id)).filter(({ stream }) => isReport(stream));
}

test.each([
  ['truncated', 'TIKTOK_ANSWER_UNREADABLE', /cannot be read \(HTTP 200\): it is no complete JSON/],
  ['page', 'TIKTOK_UNAVAILABLE', /cannot be read \(HTTP 502\): it is a web page, no JSON/],
] as const)('%s: tried again, and nothing is loaded of it', async (name, code, words) => {
  const failure = await failureNow(connections[name]);
  expect(failure.type).toBe(code);
  expect(failure.message).toMatch(words);
  expect(await loadedReports(connections[name])).toEqual([]);
});

test('a redirect to another host is not followed; the window says so', async () => {
  const { id } = connections.redirect;
  await vi.waitFor(async () => {
    const windows = await hub.registry.windows.list(id);
    const failed = windows.filter(({ state }) => state === 'failed');
    expect(failed.length).toBeGreaterThan(4);
    expect(new Set(failed.map(({ error }) => error))).toEqual(new Set(['EGRESS_REFUSED']));
  }, patiently);
  expect(await loadedReports(connections.redirect)).toEqual([]);
});

test('a row outside its window is set aside with the reason, and its window is not complete', async () => {
  await vi.waitFor(async () => {
    const reasons = await hub.warehouse.quarantine(connections.foreignDay.id);
    expect(reasons.length).toBeGreaterThan(2);
    for (const { reason } of reasons) expect(reason).toBe('outside the window');
    const loaded = await loadedReports(connections.foreignDay);
    const touched = loaded.filter((one) => reasons.some(({ stream }) => stream === one.stream));
    expect(touched.length).toBeGreaterThan(2);
    for (const { completeness } of touched)
      expect(['moving', 'unverifiable']).toContain(completeness);
  }, patiently);
});

test('after the faults every report of every account equals the truth', async () => {
  await vi.waitFor(() => {
    for (const { fired } of hub.sandbox.faults.list()) expect(fired).toBeGreaterThan(2);
  }, patiently);
  hub.sandbox.faults.clear();
  // What moved is due again after some minutes.
  await hub.moveClock(new Date(hub.sandbox.clock.now().getTime() + 6 * 60_000));
  const all = Object.values(connections);
  for (const { id } of all) await hub.starter.refresh(id);
  await hub.caughtUp(
    all.map(({ id }) => id),
    { askAgain: true, withinMs: 170_000 },
  );
  expect(hub.unexpected).toEqual([]);
  for (const connection of all) {
    const file = await hub.openFacts(connection.id);
    let rows = 0;
    for (const stream of reports) {
      const compared = await holdAgainstTruth({
        world: hub.sandbox.world,
        file,
        connection,
        stream,
      });
      expect(compared.wrong, stream.name).toEqual([]);
      rows += compared.rows;
    }
    await file.close();
    expect(rows).toBeGreaterThan(100);
  }
}, 300_000);
