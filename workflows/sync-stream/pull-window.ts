/** One window: pages, or an asynchronous report where pages cannot give a complete answer; then one load. */
import { CancellationScope, isCancellation, proxyActivities, uuid4 } from '@temporalio/workflow';
import { halve } from '../../policy/windows.ts';
import { officeOptions, warehouseOptions } from '../activity-options.ts';
import { failureCode } from '../failures.ts';
import type { PullRef, SyncStreamActivities } from './contract.ts';
import { pullDeleted } from './pull-deleted.ts';
import { type Pages, pullPages } from './pull-pages.ts';
import { pullReportTask } from './report-task.ts';
import type { WindowToPull } from './window-to-pull.ts';

const { loadWindow, discardPull } = proxyActivities<SyncStreamActivities>(warehouseOptions);
const { splitWindow } = proxyActivities<SyncStreamActivities>(officeOptions);

/** Pulls whose pages moved before the window is asked for as a task, or loaded as moving. */
const pullsMax = 3;
const tooLargeCodes = ['TIKTOK_QUERY_TOO_LARGE', 'TIKTOK_ANSWER_TOO_LARGE'];

export async function pullWindow(target: WindowToPull): Promise<{ moving: boolean }> {
  const { plan } = target;
  for (let pulls = 1; ; pulls += 1) {
    const pull = newPull(target);
    let pages: Pages;
    try {
      pages = await pullPages(target, pull);
    } catch (error) {
      await abandon(pull);
      if (!tooLargeCodes.includes(failureCode(error) ?? '')) throw error;
      return narrow(target, error);
    }
    const lastPull = pulls === pullsMax;
    if (pages.complete || (pages.reason === 'moved' && lastPull && !plan.taskable)) {
      await loadWindow({ ...pull, ...pages.load, moving: !pages.complete, listsDeleted: true });
      return { moving: !pages.complete };
    }
    await abandon(pull);
    if (pages.reason !== 'moved' || lastPull) {
      await loadReportTask(target);
      return { moving: false };
    }
  }
}

const newPull = ({ connectionId, epoch, stream, window }: WindowToPull): PullRef => ({
  connectionId,
  epoch,
  stream,
  window: { from: window.from, to: window.to },
  pullId: uuid4(),
});

/** What was landed goes at once, also when the sync is being stopped. */
async function abandon(pull: PullRef): Promise<void> {
  await CancellationScope.nonCancellable(() => discardPull(pull));
}

/** Too large for one answer: two halves in its place, a single day as a task. */
async function narrow(target: WindowToPull, tooLarge: unknown): Promise<{ moving: boolean }> {
  const { connectionId, stream, window, plan } = target;
  const halves = halve(window);
  if (halves.length === 0) {
    if (!plan.taskable) throw tooLarge;
    await loadReportTask(target);
    return { moving: false };
  }
  const whole = { from: window.from, to: window.to };
  await splitWindow({ connectionId, stream, window: whole, halves });
  let moving = false;
  for (const half of halves) {
    const result = await pullWindow({ ...target, window: { ...half, priority: window.priority } });
    moving ||= result.moving;
  }
  return { moving };
}

/**
 * What is deleted first, as an answer that leaves others out; then the task, which closes no row of what is deleted
 * and has the last word about the window.
 */
async function loadReportTask(target: WindowToPull): Promise<void> {
  await loadUncounted(target, { cut: true, listsDeleted: true }, pullDeleted);
  await loadUncounted(target, { cut: false, listsDeleted: false }, pullReportTask);
}

/** TikTok names no total that these rows could be held against. */
async function loadUncounted(
  target: WindowToPull,
  kind: { cut: boolean; listsDeleted: boolean },
  pullRows: typeof pullDeleted,
): Promise<void> {
  const pull = newPull(target);
  try {
    const rows = await pullRows(target, pull);
    if (rows === null) return;
    const { timeZone } = target.plan;
    const uncounted = { totalNumber: null, totalMetrics: null, moving: false };
    await loadWindow({ ...pull, ...rows, timeZone, ...uncounted, ...kind });
  } catch (error) {
    if (!isCancellation(error)) await abandon(pull);
    throw error;
  }
}
