import { randomUUID } from 'node:crypto';
import { ApplicationFailure } from '@temporalio/activity';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { HubActivities } from '../../main/temporal/workers.ts';
import {
  recordHistory,
  startWorkflowEnvironment,
  type WorkflowEnvironment,
} from '../../test/workflow-environment.ts';
import { queues } from '../queues.ts';
import {
  giveWaySignal,
  type PageResult,
  type SyncStreamActivities,
  syncStreamType,
} from './contract.ts';
import { failing, november, october, page, pulledAtMs, run, story } from './testing.ts';

let environment: WorkflowEnvironment;
beforeAll(async () => {
  environment = await startWorkflowEnvironment();
});
afterAll(() => environment.close());

test('a run that began with fresh windows leaves the backfill to the next one', async () => {
  const { done, activities } = story([november, october]);
  const mixed: Partial<HubActivities> = {
    ...activities,
    readStreamPlan: async (input) => {
      const plan = await activities.readStreamPlan!(input);
      const windows = plan.windows.map((window) => ({
        ...window,
        priority: window.from === november.from ? (3 as const) : (5 as const),
      }));
      return { ...plan, windows };
    },
  };
  expect(await run(environment, mixed)).toMatchObject({ outcome: 'more', loaded: 1 });
  expect(done.loads.map(({ window }) => window)).toEqual([november]);
  expect(await run(environment, mixed)).toMatchObject({ outcome: 'idle', loaded: 1 });
  expect(done.loads.map(({ window }) => window)).toEqual([november, october]);
});

test('asked to give way it ends with the windows under way', async () => {
  const days = Array.from({ length: 8 }, (_, n) => `2026-11-1${n}`);
  const { done, activities } = story(days.map((day) => ({ from: day, to: day })));
  const held = Promise.withResolvers<void>();
  environment.activities({
    ...activities,
    pullPage: async (input) => {
      const answer = await activities.pullPage!(input);
      await held.promise;
      return answer;
    },
  });
  const handle = await environment.client.workflow.start(syncStreamType, {
    workflowId: `sync-stream-${randomUUID()}`,
    taskQueue: queues.hub,
    args: [{ connectionId: 'connection', epoch: 1, stream: 'ads_reports_daily' }],
  });
  await vi.waitFor(() => expect(done.pages).toHaveLength(2), 20_000);
  await handle.signal(giveWaySignal);
  held.resolve();
  expect(await handle.result()).toMatchObject({ outcome: 'more', loaded: 2 });
  await recordHistory(handle, 'sync-stream', 'gives-way');
});

test('all pages of a window are landed under parts of their own and loaded once', async () => {
  const { done, activities } = story([november, october]);
  const result = await run(
    environment,
    {
      ...activities,
      pullPage: async (input) => {
        await activities.pullPage!(input);
        return page(5200);
      },
    },
    { record: 'pages' },
  );
  expect(result).toMatchObject({ outcome: 'idle', loaded: 2, failed: 0, skip: [] });
  expect(done.loads.map(({ window, parts, totalNumber }) => [window, parts, totalNumber])).toEqual(
    expect.arrayContaining([
      [november, 6, 5200],
      [october, 6, 5200],
    ]),
  );
  const parts = done.pages.filter(({ from }) => from === november.from).map(({ part }) => part);
  expect(parts.sort()).toEqual([1, 2, 3, 4, 5, 6]);
  expect(done.loads[0]).toMatchObject({ moving: false, listsDeleted: true, pulledAtMs });
  expect(done.discarded).toEqual([]);
});

test('passes are numbered on, and their totals added up', async () => {
  const { done, activities } = story([november], { passes: 3, taskable: false });
  await run(environment, {
    ...activities,
    pullPage: async (input) => {
      await activities.pullPage!(input);
      return page(input.pass === 1 ? 0 : 1500);
    },
  });
  expect(done.pages.map(({ pass, page, part }) => [pass, page, part])).toEqual([
    [0, 1, 1],
    [0, 2, 2],
    [1, 1, 3],
    [2, 1, 4],
    [2, 2, 5],
  ]);
  expect(done.loads[0]).toMatchObject({ parts: 5, totalNumber: 3000 });
});

test('moved pages start the window over under a new pull', async () => {
  const { done, activities } = story([november]);
  const pulls = new Set<string>();
  await run(
    environment,
    {
      ...activities,
      pullPage: async (input) => {
        pulls.add(input.pullId);
        return page(pulls.size < 3 && input.page === 2 ? 2001 : 2000);
      },
    },
    { record: 'moved' },
  );
  expect(pulls.size).toBe(3);
  expect(done.discarded).toEqual([...pulls].slice(0, 2));
  expect(done.loads).toHaveLength(1);
  expect(done.loads[0]).toMatchObject({ pullId: [...pulls][2], moving: false });
});

test('a window that always moves becomes a report task, or is loaded as moving', async () => {
  const always: Partial<HubActivities> = {
    pullPage: async (input) => page(input.page === 2 ? 2001 : 2000),
  };
  const report = story([november]);
  await run(environment, { ...report.activities, ...always });
  expect(report.done.tasks).toBe(1);
  expect(report.done.loads[0]).toMatchObject({ listsDeleted: false, totalNumber: null, parts: 2 });

  const listing = story([november], { taskable: false });
  const result = await run(environment, { ...listing.activities, ...always });
  expect(listing.done.loads).toHaveLength(1);
  expect(listing.done.loads[0]).toMatchObject({ moving: true, listsDeleted: true });
  expect(result.skip).toEqual([november]);
});

test('too large a query halves the window down to a day, which becomes a task', async () => {
  const { done, activities } = story([{ from: '2026-11-17', to: '2026-11-20' }]);
  await run(
    environment,
    {
      ...activities,
      pullPage: async ({ window }) => {
        const tooLarge = window.from < '2026-11-18';
        if (tooLarge) throw ApplicationFailure.nonRetryable('', 'TIKTOK_QUERY_TOO_LARGE');
        return page(10);
      },
    },
    { record: 'halved' },
  );
  expect(done.splits).toEqual([
    [
      { from: '2026-11-19', to: '2026-11-20' },
      { from: '2026-11-17', to: '2026-11-18' },
    ],
    [
      { from: '2026-11-18', to: '2026-11-18' },
      { from: '2026-11-17', to: '2026-11-17' },
    ],
  ]);
  expect(done.loads.map(({ window, listsDeleted }) => [window.from, listsDeleted])).toEqual([
    ['2026-11-19', true],
    ['2026-11-18', true],
    ['2026-11-17', false],
  ]);
});

test('an incomplete answer and a large one are taken again as a report task', async () => {
  for (const first of [page(900, { throttled: true }), page(50_001)]) {
    const { done, activities } = story([november]);
    await run(environment, { ...activities, pullPage: async () => first });
    expect(done.tasks).toBe(1);
    expect(done.discarded).toHaveLength(1);
    expect(done.loads[0]).toMatchObject({ listsDeleted: false });
  }
});

test('an incomplete answer that there is no other way to is loaded as cut', async () => {
  for (const cutPage of [1, 3]) {
    const { done, activities } = story([november], {
      ...{ taskable: false, listed: false, taskRowsMin: null },
    });
    const pullPage: SyncStreamActivities['pullPage'] = async ({ page: number }) =>
      page(3000, { throttled: number === cutPage });
    const result = await run(environment, { ...activities, pullPage });
    expect(done.loads[0]).toMatchObject({ cut: true, moving: false, parts: 3 });
    expect(result).toMatchObject({ outcome: 'idle', loaded: 1, skip: [] });
  }
});

/** Answers of two chunks of ids, the first of two pages; `asked` says for what. */
const idPages =
  (asked: string[], rest: Partial<PageResult> = {}): SyncStreamActivities['pullPageByIds'] =>
  async ({ deletedOnly, chunk, page: number, part }) => {
    asked.push(`${deletedOnly ? 'deleted' : 'all'} ${chunk}/${number}/${part}`);
    return { ...page(chunk === 0 ? 1500 : 20), chunks: 2, ...rest };
  };

test('rows of deleted entities, which a task leaves out, are loaded with it and never alone', async () => {
  const { done, activities } = story([november]);
  const asked: string[] = [];
  const pullPageByIds = idPages(asked);
  const pullPage = async () => page(60_000);
  await run(environment, { ...activities, pullPage, pullPageByIds }, { record: 'deleted' });
  expect(asked).toEqual(['deleted 0/1/1', 'deleted 1/1/2', 'deleted 0/2/3']);
  expect(done.taskParts).toEqual([4]);
  expect(done.loads).toHaveLength(1);
  expect(done.loads[0]).toMatchObject({ parts: 5, cut: false, listsDeleted: false });

  const failed = story([november]);
  const checkReportTask = async () => ({ status: 'FAILED' }) as const;
  await run(environment, { ...failed.activities, pullPage, pullPageByIds, checkReportTask });
  expect(failed.done.loads).toEqual([]);
  expect(failed.done.failures).toHaveLength(1);
});

test('an incomplete answer without a task is asked for by all ids, and counts as no complete one', async () => {
  const pullPage = async () => page(3000, { throttled: true });
  const byIds = { taskable: false, taskRowsMin: null };
  const plain = story([november], byIds);
  const asked: string[] = [];
  const pullPageByIds = idPages(asked);
  await run(environment, { ...plain.activities, pullPage, pullPageByIds }, { record: 'by-ids' });
  expect(asked).toEqual(['all 0/1/1', 'all 1/1/2', 'all 0/2/3']);
  expect(plain.done.tasks).toBe(0);
  const uncounted = { parts: 3, totalNumber: null, listsDeleted: false };
  expect(plain.done.loads).toMatchObject([{ ...uncounted, cut: false, moving: false }]);

  const cut = story([november], byIds);
  await run(environment, {
    ...cut.activities,
    pullPage,
    pullPageByIds: idPages([], { throttled: true }),
  });
  expect(cut.done.loads).toMatchObject([{ ...uncounted, cut: true }]);
});

test('a failed task is created again, three times, then the window has failed and the next is done', async () => {
  const { done, activities } = story([november, october]);
  const statuses = ['PROCESSING', 'FAILED', 'FAILED', 'CANCELED'] as const;
  let checks = 0;
  const result = await run(
    environment,
    {
      ...activities,
      pullPage: async ({ window }) => page(10, { throttled: window.from === november.from }),
      checkReportTask: async () => ({ status: statuses[checks++]! }),
    },
    { record: 'failed-task' },
  );
  expect(done.tasks).toBe(3);
  expect(done.failures).toEqual([{ window: november, errorCode: 'TIKTOK_TASK_FAILED' }]);
  expect(done.loads.map(({ window }) => window)).toEqual([october]);
  expect(result).toMatchObject({ outcome: 'idle', loaded: 1, failed: 1, skip: [november] });
});

test('a refusal ends the stream, not the window', async () => {
  for (const [code, outcome] of [
    ['NOT_PERMITTED', 'not-authorised'],
    ['AUTHORISATION_DEAD', 'authorisation-dead'],
    ['CONSENT_ENDED', 'consent-ended'],
  ] as const) {
    const { done, activities } = story([november, october]);
    const result = await run(environment, { ...activities, pullPage: failing(code) });
    expect(result).toMatchObject({ outcome, loaded: 0, failed: 0 });
    expect(done.failures).toEqual([]);
  }
});

test('revoked while pages are in flight: nothing is loaded, what was landed is discarded', async () => {
  const server = await startWorkflowEnvironment({ realServer: true });
  const { done, activities } = story([november, october]);
  const result = await run(
    server,
    {
      ...activities,
      pullPage: async (input) => (input.page === 3 ? failing('CONSENT_ENDED')() : page(9000)),
    },
    { record: 'consent-ended' },
  );
  await server.close();
  expect(result.outcome).toBe('consent-ended');
  expect(done.loads).toEqual([]);
  expect(new Set(done.discarded).size).toBe(2);
});

test('it returns after its share of windows and says that more is due', async () => {
  const days = Array.from({ length: 25 }, (_, day) => ({
    from: `2026-10-${String(31 - day).padStart(2, '0')}`,
    to: `2026-10-${String(31 - day).padStart(2, '0')}`,
  }));
  const { done, activities } = story(days);
  const result = await run(environment, activities, { windowsMax: 12 });
  expect(result).toMatchObject({ outcome: 'more', loaded: 12 });
  const loaded = done.loads.map(({ window }) => window.from).sort();
  expect(loaded).toEqual(
    days
      .slice(0, 12)
      .map(({ from }) => from)
      .sort(),
  );
});
