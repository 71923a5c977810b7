import { randomUUID } from 'node:crypto';
import { ApplicationFailure } from '@temporalio/activity';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { HubActivities } from '../../main/temporal/workers.ts';
import type { Window } from '../../policy/windows.ts';
import {
  recordHistory,
  startWorkflowEnvironment,
  type WorkflowEnvironment,
} from '../../test/workflow-environment.ts';
import { queues } from '../queues.ts';
import {
  giveWaySignal,
  type LoadWindowInput,
  type PageResult,
  type StreamPlan,
  type SyncStreamActivities,
  type SyncStreamInput,
  type SyncStreamResult,
  syncStreamType,
} from './contract.ts';

let environment: WorkflowEnvironment;
beforeAll(async () => {
  environment = await startWorkflowEnvironment();
});
afterAll(() => environment.close());

const pulledAtMs = Date.UTC(2026, 10, 20);
const page = (totalNumber: number, rest: Partial<PageResult> = {}): PageResult => ({
  pulledAtMs,
  rows: 1000,
  totalNumber,
  totalPages: Math.ceil(totalNumber / 1000),
  totalMetrics: null,
  throttled: false,
  ...rest,
});

/** The account's windows, and what was done to each; an activity that is not restated succeeds. */
function story(windows: readonly Window[], plan: Partial<StreamPlan> = {}) {
  const done = {
    loads: [] as LoadWindowInput[],
    pages: [] as { from: string; page: number; part: number; pass: number; pullId: string }[],
    splits: [] as (readonly Window[])[],
    failures: [] as { window: Window; errorCode: string }[],
    discarded: [] as string[],
    tasks: 0,
    taskParts: [] as number[],
  };
  const left = new Map(windows.map((window) => [window.from, window]));
  const activities: Partial<HubActivities> = {
    readStreamPlan: async ({ limit, skip }) => ({
      windows: [...left.values()]
        .filter(({ from }) => !skip.some((one) => one.from === from))
        .slice(0, limit)
        .map((window) => ({ ...window, priority: 3 })),
      timeZone: 'Asia/Shanghai',
      byToken: false,
      passes: 1,
      taskable: true,
      listed: true,
      taskRowsMin: 50_000,
      ...plan,
    }),
    pullPage: async ({ window, page: number, part, pass, pullId }) => {
      done.pages.push({ from: window.from, page: number, part, pass, pullId });
      return page(1000);
    },
    loadWindow: async (input) => {
      done.loads.push(input);
      if (!input.moving) left.delete(input.window.from);
      return { rows: 1 };
    },
    discardPull: async ({ pullId }) => {
      done.discarded.push(pullId);
    },
    splitWindow: async ({ halves }) => {
      done.splits.push(halves);
    },
    failWindow: async ({ window, errorCode }) => {
      done.failures.push({ window, errorCode });
    },
    pullPageByIds: async () => ({ ...page(0), chunks: 0 }),
    createReportTask: async () => {
      done.tasks += 1;
      return { taskId: `task-${done.tasks}`, pulledAtMs };
    },
    checkReportTask: async () => ({ status: 'SUCCESS' }),
    downloadReportTask: async ({ part }) => {
      done.taskParts.push(part);
      return { rows: 5, parts: 2 };
    },
  };
  return { done, activities };
}

async function run(
  activities: Partial<HubActivities>,
  { record, ...input }: Partial<SyncStreamInput> & { record?: string } = {},
  where = environment,
): Promise<SyncStreamResult> {
  where.activities(activities);
  const handle = await where.client.workflow.start(syncStreamType, {
    workflowId: `sync-stream-${randomUUID()}`,
    taskQueue: queues.hub,
    args: [{ connectionId: 'connection', epoch: 1, stream: 'ads_reports_daily', ...input }],
  });
  const result = await handle.result();
  if (record !== undefined) await recordHistory(handle, 'sync-stream', record);
  return result as SyncStreamResult;
}

const november = { from: '2026-11-01', to: '2026-11-20' };
const october = { from: '2026-10-02', to: '2026-10-31' };
const failing = (code: string) => async (): Promise<never> => {
  throw ApplicationFailure.nonRetryable('refused', code);
};

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
  expect(await run(mixed)).toMatchObject({ outcome: 'more', loaded: 1 });
  expect(done.loads.map(({ window }) => window)).toEqual([november]);
  expect(await run(mixed)).toMatchObject({ outcome: 'idle', loaded: 1 });
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

/** A list whose runs of ids have so many rows, fifty a page; `total` is what TikTok says. */
function listStory(runs: readonly number[], total = (run: number) => run) {
  const { done, activities } = story([november], { byToken: true, taskable: false, listed: false });
  const asked: { chunk: number; pageToken: string | null; part: number }[] = [];
  const pullListPage: HubActivities['pullListPage'] = async ({ chunk, pageToken, part }) => {
    asked.push({ chunk, pageToken, part });
    const all = runs[chunk] ?? 0;
    const start = Number(pageToken ?? 0);
    const next = start + 50 < all ? String(start + 50) : null;
    const rows = Math.min(50, all - start);
    return { rows, totalNumber: total(all), nextPageToken: next, chunks: runs.length, pulledAtMs };
  };
  return { done, asked, activities: { ...activities, pullListPage } };
}

test('a list of a shop is read page after page, by runs of ids, each page a part of its own', async () => {
  const { done, asked, activities } = listStory([120, 30, 70]);
  await run(activities, { stream: 'shop_statement_transactions', record: 'list' });
  expect(asked.filter(({ chunk }) => chunk === 0).map(({ pageToken }) => pageToken)).toEqual([
    ...[null, '50', '100'],
  ]);
  expect(asked.map(({ part }) => part).sort()).toEqual([1, 2, 3, 4, 5, 6]);
  expect(done.loads).toMatchObject([{ parts: 6, totalNumber: 220, moving: false }]);
});

test('without ids nothing is called and the window is loaded as empty', async () => {
  const { done, activities } = listStory([]);
  await run(activities, { stream: 'shop_statement_transactions' });
  expect(done.loads).toMatchObject([{ parts: 0, totalNumber: 0, moving: false }]);
});

test('a list that never ends is given up, its parts removed, and the window has failed', async () => {
  const { done, asked, activities } = listStory([70]);
  const endless: Partial<HubActivities> = {
    ...activities,
    pullListPage: async (input) => ({
      ...(await activities.pullListPage(input)),
      nextPageToken: '1',
    }),
  };
  const windowed = { from: november.from, to: november.from };
  const plan = await activities.readStreamPlan!({
    connectionId: '',
    stream: '',
    limit: 1,
    skip: [],
  });
  let planned = false;
  await run(
    {
      ...endless,
      readStreamPlan: async () => {
        const windows = planned ? [] : [{ ...windowed, priority: 3 as const }];
        planned = true;
        return { ...plan, windows };
      },
    },
    { stream: 'shop_orders' },
  );
  expect(asked).toHaveLength(2_000);
  expect(done.discarded).toHaveLength(1);
  expect(done.failures).toMatchObject([{ errorCode: 'TIKTOK_ANSWER_TOO_LARGE' }]);
}, 180_000);

test('a list that holds other than its total is read again, then loaded as moving', async () => {
  const { done, asked, activities } = listStory([70], (rows) => rows + 1);
  await run(activities, { stream: 'shop_orders' });
  expect(asked).toHaveLength(6);
  expect(done.discarded).toHaveLength(2);
  expect(done.loads).toMatchObject([{ parts: 2, moving: true }]);
});

test('passes are numbered on, and their totals added up', async () => {
  const { done, activities } = story([november], { passes: 3, taskable: false });
  await run({
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
  await run({ ...report.activities, ...always });
  expect(report.done.tasks).toBe(1);
  expect(report.done.loads[0]).toMatchObject({ listsDeleted: false, totalNumber: null, parts: 2 });

  const listing = story([november], { taskable: false });
  const result = await run({ ...listing.activities, ...always });
  expect(listing.done.loads).toHaveLength(1);
  expect(listing.done.loads[0]).toMatchObject({ moving: true, listsDeleted: true });
  expect(result.skip).toEqual([november]);
});

test('too large a query halves the window down to a day, which becomes a task', async () => {
  const { done, activities } = story([{ from: '2026-11-17', to: '2026-11-20' }]);
  await run(
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
    await run({ ...activities, pullPage: async () => first });
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
    const result = await run({ ...activities, pullPage });
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
  await run({ ...activities, pullPage, pullPageByIds }, { record: 'deleted' });
  expect(asked).toEqual(['deleted 0/1/1', 'deleted 1/1/2', 'deleted 0/2/3']);
  expect(done.taskParts).toEqual([4]);
  expect(done.loads).toHaveLength(1);
  expect(done.loads[0]).toMatchObject({ parts: 5, cut: false, listsDeleted: false });

  const failed = story([november]);
  const checkReportTask = async () => ({ status: 'FAILED' }) as const;
  await run({ ...failed.activities, pullPage, pullPageByIds, checkReportTask });
  expect(failed.done.loads).toEqual([]);
  expect(failed.done.failures).toHaveLength(1);
});

test('an incomplete answer without a task is asked for by all ids, and counts as no complete one', async () => {
  const pullPage = async () => page(3000, { throttled: true });
  const byIds = { taskable: false, taskRowsMin: null };
  const plain = story([november], byIds);
  const asked: string[] = [];
  const pullPageByIds = idPages(asked);
  await run({ ...plain.activities, pullPage, pullPageByIds }, { record: 'by-ids' });
  expect(asked).toEqual(['all 0/1/1', 'all 1/1/2', 'all 0/2/3']);
  expect(plain.done.tasks).toBe(0);
  const uncounted = { parts: 3, totalNumber: null, listsDeleted: false };
  expect(plain.done.loads).toMatchObject([{ ...uncounted, cut: false, moving: false }]);

  const cut = story([november], byIds);
  await run({ ...cut.activities, pullPage, pullPageByIds: idPages([], { throttled: true }) });
  expect(cut.done.loads).toMatchObject([{ ...uncounted, cut: true }]);
});

test('a failed task is created again, three times, then the window has failed and the next is done', async () => {
  const { done, activities } = story([november, october]);
  const statuses = ['PROCESSING', 'FAILED', 'FAILED', 'CANCELED'] as const;
  let checks = 0;
  const result = await run(
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
    const result = await run({ ...activities, pullPage: failing(code) });
    expect(result).toMatchObject({ outcome, loaded: 0, failed: 0 });
    expect(done.failures).toEqual([]);
  }
});

test('revoked while pages are in flight: nothing is loaded, what was landed is discarded', async () => {
  const server = await startWorkflowEnvironment({ realServer: true });
  const { done, activities } = story([november, october]);
  const result = await run(
    {
      ...activities,
      pullPage: async (input) => (input.page === 3 ? failing('CONSENT_ENDED')() : page(9000)),
    },
    { record: 'consent-ended' },
    server,
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
  const result = await run(activities, { windowsMax: 12 });
  expect(result).toMatchObject({ outcome: 'more', loaded: 12 });
  const loaded = done.loads.map(({ window }) => window.from).sort();
  expect(loaded).toEqual(
    days
      .slice(0, 12)
      .map(({ from }) => from)
      .sort(),
  );
});
