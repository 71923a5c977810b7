/** What the tests of this workflow share: an account's windows, activities that succeed, and one run of it. */
import { randomUUID } from 'node:crypto';
import { ApplicationFailure } from '@temporalio/activity';
import type { HubActivities } from '../../main/temporal/workers.ts';
import type { Window } from '../../policy/windows.ts';
import { recordHistory, type WorkflowEnvironment } from '../../test/workflow-environment.ts';
import { queues } from '../queues.ts';
import {
  type LoadWindowInput,
  type PageResult,
  type StreamPlan,
  type SyncStreamInput,
  type SyncStreamResult,
  syncStreamType,
} from './contract.ts';

export const pulledAtMs = Date.UTC(2026, 10, 20);
export const page = (totalNumber: number, rest: Partial<PageResult> = {}): PageResult => ({
  pulledAtMs,
  rows: 1000,
  totalNumber,
  totalPages: Math.ceil(totalNumber / 1000),
  totalMetrics: null,
  throttled: false,
  ...rest,
});

/** The account's windows, and what was done to each; an activity that is not restated succeeds. */
export function story(windows: readonly Window[], plan: Partial<StreamPlan> = {}) {
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

export async function run(
  where: WorkflowEnvironment,
  activities: Partial<HubActivities>,
  { record, ...input }: Partial<SyncStreamInput> & { record?: string } = {},
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

export const november = { from: '2026-11-01', to: '2026-11-20' };
export const october = { from: '2026-10-02', to: '2026-10-31' };
export const failing = (code: string) => async (): Promise<never> => {
  throw ApplicationFailure.nonRetryable('refused', code);
};
