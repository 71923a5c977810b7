/** One window: pages, or another way where pages cannot give a complete answer; then one load. */
import { CancellationScope, isCancellation, proxyActivities, uuid4 } from '@temporalio/workflow';
import { halve } from '../../policy/windows.ts';
import { officeOptions, warehouseOptions } from '../activity-options.ts';
import { failureCode } from '../failures.ts';
import type { PullRef, SyncStreamActivities } from './contract.ts';
import { pullByIds } from './pull-by-ids.ts';
import { pullList } from './pull-list.ts';
import { type Pages, pullPages } from './pull-pages.ts';
import { pullReportTask } from './report-task.ts';
import type { WindowToPull } from './window-to-pull.ts';

const { loadWindow, discardPull } = proxyActivities<SyncStreamActivities>(warehouseOptions);
const { splitWindow } = proxyActivities<SyncStreamActivities>(officeOptions);

/** Pulls whose pages moved before the window is asked for as a task, or loaded as moving. */
const pullsMax = 3;
const tooLargeCodes = ['TIKTOK_QUERY_TOO_LARGE', 'TIKTOK_ANSWER_TOO_LARGE'];

export async function pullWindow(target: WindowToPull): Promise<{ moving: boolean }> {
  try {
    return await pullWhole(target);
  } catch (error) {
    if (!tooLargeCodes.includes(failureCode(error) ?? '')) throw error;
    return narrow(target, error);
  }
}

async function pullWhole(target: WindowToPull): Promise<{ moving: boolean }> {
  const { plan } = target;
  for (let pulls = 1; ; pulls += 1) {
    const pull = newPull(target);
    let pages: Pages;
    try {
      pages = await (plan.byToken ? pullList(target, pull) : pullPages(target, pull));
    } catch (error) {
      await abandon(pull);
      throw error;
    }
    const lastPull = pulls === pullsMax;
    if (pages.complete || (pages.reason === 'moved' && lastPull && !plan.taskable)) {
      await loadWindow({ ...pull, ...pages.load, moving: !pages.complete, listsDeleted: true });
      return { moving: !pages.complete };
    }
    await abandon(pull);
    if (pages.reason !== 'moved' || lastPull) {
      return loadOtherWay(target);
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

/** Too large for one answer: two halves in its place, a single day another way. */
async function narrow(target: WindowToPull, tooLarge: unknown): Promise<{ moving: boolean }> {
  const { connectionId, stream, window, plan } = target;
  const halves = halve(window);
  if (halves.length === 0) {
    if (!plan.taskable && !plan.listed) throw tooLarge;
    return loadOtherWay(target);
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
 * What pages cannot give, in one load: an asynchronous report and, as it leaves those out, what is deleted by its
 * ids; or all that is listed by its ids. One pull, since half of it must never count as the window. TikTok names no
 * total that these rows could be held against.
 */
async function loadOtherWay(target: WindowToPull): Promise<{ moving: boolean }> {
  const { taskable, listed, timeZone } = target.plan;
  const pull = newPull(target);
  try {
    const byIds = listed ? await pullByIds(target, pull, taskable) : undefined;
    const before = byIds?.parts ?? 0;
    const task = taskable ? await pullReportTask(target, pull, before + 1) : undefined;
    const parts = before + (task?.parts ?? 0);
    const pulledAtMs = (byIds ?? task)!.pulledAtMs;
    const { moving, cut } = byIds ?? { moving: false, cut: false };
    const uncounted = { totalNumber: null, totalMetrics: null, listsDeleted: false };
    await loadWindow({ ...pull, parts, pulledAtMs, timeZone, moving, cut, ...uncounted });
    return { moving };
  } catch (error) {
    if (!isCancellation(error)) await abandon(pull);
    throw error;
  }
}
