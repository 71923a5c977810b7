import { afterAll, beforeAll, expect, test } from 'vitest';
import type { HubActivities } from '../../main/temporal/workers.ts';
import {
  startWorkflowEnvironment,
  type WorkflowEnvironment,
} from '../../test/workflow-environment.ts';
import { november, pulledAtMs, run, story } from './testing.ts';

let environment: WorkflowEnvironment;
beforeAll(async () => {
  environment = await startWorkflowEnvironment();
});
afterAll(() => environment.close());

interface ListOptions {
  /** What TikTok says of a run's rows. */
  readonly total?: (rows: number) => number;
  readonly numbered?: boolean;
}

/** A list whose runs of ids have so many rows, fifty a page. */
function listStory(
  runs: readonly number[],
  { total = (rows) => rows, numbered = false }: ListOptions = {},
) {
  const { done, activities } = story([november], { byToken: true, taskable: false, listed: false });
  const asked: { chunk: number; pageToken: string | null; part: number }[] = [];
  const pullListPage: HubActivities['pullListPage'] = async ({ chunk, pageToken, part }) => {
    asked.push({ chunk, pageToken, part });
    const all = runs[chunk] ?? 0;
    const start = numbered ? 50 * (Number(pageToken ?? 1) - 1) : Number(pageToken ?? 0);
    const next = numbered ? String(start / 50 + 2) : String(start + 50);
    return {
      rows: Math.min(50, all - start),
      totalNumber: total(all),
      nextPageToken: start + 50 < all ? next : null,
      ...(numbered && { totalPages: Math.ceil(all / 50) }),
      chunks: runs.length,
      pulledAtMs,
    };
  };
  return { done, asked, activities: { ...activities, pullListPage } };
}

test('a list of a shop is read page after page, by runs of ids, each page a part of its own', async () => {
  const { done, asked, activities } = listStory([120, 30, 70]);
  await run(environment, activities, { stream: 'shop_statement_transactions', record: 'list' });
  expect(asked.filter(({ chunk }) => chunk === 0).map(({ pageToken }) => pageToken)).toEqual([
    ...[null, '50', '100'],
  ]);
  expect(asked.map(({ part }) => part).sort()).toEqual([1, 2, 3, 4, 5, 6]);
  expect(done.loads).toMatchObject([{ parts: 6, totalNumber: 220, moving: false }]);
});

test('numbered pages are asked for several at a time, each once', async () => {
  const { done, asked, activities } = listStory([420, 30], { numbered: true });
  let underWay = 0;
  let most = 0;
  await run(
    environment,
    {
      ...activities,
      pullListPage: async (input) => {
        underWay += 1;
        most = Math.max(most, underWay);
        await new Promise((resolve) => setTimeout(resolve, 50));
        underWay -= 1;
        return activities.pullListPage(input);
      },
    },
    { stream: 'creative_assets_videos', record: 'numbered-list' },
  );
  const first = asked.filter(({ chunk }) => chunk === 0).map(({ pageToken }) => Number(pageToken));
  expect(first.sort((a, b) => a - b)).toEqual([0, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(most).toBeGreaterThan(1);
  expect(asked.map(({ part }) => part).sort((a, b) => a - b)).toEqual(
    Array.from({ length: 10 }, (_, index) => index + 1),
  );
  expect(done.loads).toMatchObject([{ parts: 10, totalNumber: 450, moving: false }]);
});

test('without ids nothing is called and the window is loaded as empty', async () => {
  const { done, activities } = listStory([]);
  await run(environment, activities, { stream: 'shop_statement_transactions' });
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
    environment,
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
  const { done, asked, activities } = listStory([70], { total: (rows) => rows + 1 });
  await run(environment, activities, { stream: 'shop_orders' });
  expect(asked).toHaveLength(6);
  expect(done.discarded).toHaveLength(2);
  expect(done.loads).toMatchObject([{ parts: 2, moving: true }]);
});
