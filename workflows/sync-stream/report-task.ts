import { ApplicationFailure, sleep } from '@temporalio/workflow';
import { failureCode } from '../failures.ts';
import { queues } from '../queues.ts';
import type { PullRef, ReportTaskStatus } from './contract.ts';
import { calls, type WindowToPull } from './window-to-pull.ts';

/** TikTok's own advice for a failed task is to create it again. */
const tasksMax = 3;
/** A small task takes seconds, a large one many minutes; none that was seen takes two hours. */
const firstSleepMs = 2_000;
const longestSleepMs = 60_000;
const patienceMs = 2 * 3_600_000;

/** One asynchronous report: created, awaited, landed from `part`. A task that fails is created again. */
export async function pullReportTask(
  target: WindowToPull,
  pull: PullRef,
  part: number,
): Promise<{ parts: number; pulledAtMs: number }> {
  const { createReportTask } = calls(target, queues.tiktokAdsReportTasks);
  const { downloadReportTask } = calls(target);
  for (let tasks = 1; ; tasks += 1) {
    const { taskId, pulledAtMs } = await createReportTask(pull);
    if (await succeeds(target, pull, taskId)) {
      const { parts } = await downloadReportTask({ ...pull, taskId, part });
      return { parts, pulledAtMs };
    }
    if (tasks === tasksMax) {
      throw ApplicationFailure.nonRetryable('The report task failed.', 'TIKTOK_TASK_FAILED');
    }
  }
}

async function succeeds(target: WindowToPull, pull: PullRef, taskId: string): Promise<boolean> {
  const { checkReportTask } = calls(target);
  const check = async (): Promise<ReportTaskStatus> => {
    try {
      return (await checkReportTask({ ...pull, taskId })).status;
    } catch (error) {
      if (failureCode(error) === 'TIKTOK_TASK_FAILED') return 'FAILED';
      throw error;
    }
  };
  let waitedMs = 0;
  for (let sleepMs = firstSleepMs; waitedMs < patienceMs; ) {
    await sleep(sleepMs);
    waitedMs += sleepMs;
    const status = await check();
    if (status === 'SUCCESS') return true;
    if (status === 'FAILED' || status === 'CANCELED') return false;
    sleepMs = Math.min(sleepMs * 1.5, longestSleepMs);
  }
  return false;
}
