import { isCancellation, proxyActivities, setHandler, workflowInfo } from '@temporalio/workflow';
import type { Priority, Window } from '../../policy/windows.ts';
import { officeOptions, warehouseOptions } from '../activity-options.ts';
import { failureCode } from '../failures.ts';
import { inParallel } from '../in-parallel.ts';
import {
  giveWaySignal,
  type StreamPlan,
  type SyncStreamActivities,
  type SyncStreamInput,
  type SyncStreamResult,
} from './contract.ts';
import { pullWindow } from './pull-window.ts';

const { readStreamPlan } = proxyActivities<SyncStreamActivities>(warehouseOptions);
const { failWindow } = proxyActivities<SyncStreamActivities>(officeOptions);

/** Windows of one plan: one reading serves ten loads, and a fresher window never waits for more than those. */
const planLimit = 10;
/** Two windows under way: one is loaded while the next is pulled. */
const windowsInFlight = 2;
/** A window is 20 events at least, and thousands by ids; a run stays far below Temporal's 51,200. */
const historyEventsMax = 8_000;

/** What ends the stream, not only a window. */
const endings = {
  NOT_PERMITTED: 'not-authorised',
  AUTHORISATION_DEAD: 'authorisation-dead',
  CONSENT_ENDED: 'consent-ended',
  KEY_GONE: 'consent-ended',
} as const;

export async function syncStream(input: SyncStreamInput): Promise<SyncStreamResult> {
  const { connectionId, stream, windowsMax = 50 } = input;
  const skip: Window[] = [...(input.skip ?? [])];
  const counts = { loaded: 0, failed: 0 };
  let givesWay = false;
  setHandler(giveWaySignal, () => {
    givesWay = true;
  });
  const isOver = () => givesWay || workflowInfo().historyLength > historyEventsMax;

  const syncWindow = async (window: StreamPlan['windows'][number], plan: StreamPlan) => {
    try {
      const { moving } = await pullWindow({ ...input, window, plan });
      counts.loaded += 1;
      if (moving) skip.push(bounds(window));
    } catch (error) {
      const errorCode = failureCode(error);
      if (isCancellation(error) || errorCode === undefined || errorCode in endings) throw error;
      await failWindow({ connectionId, stream, window: bounds(window), errorCode });
      counts.failed += 1;
      skip.push(bounds(window));
    }
  };

  try {
    let worst: Priority | undefined;
    while (!isOver() && counts.loaded + counts.failed < windowsMax) {
      const limit = Math.min(planLimit, windowsMax - counts.loaded - counts.failed);
      const plan = await readStreamPlan({ connectionId, stream, limit, skip });
      const [best] = plan.windows;
      if (best === undefined) return { outcome: 'idle', ...counts, skip };
      worst ??= best.priority;
      const windows = plan.windows.filter(({ priority }) => priority <= worst!);
      if (windows.length === 0) break;
      await inParallel(windows, windowsInFlight, async (window) => {
        if (!isOver()) await syncWindow(window, plan);
      });
    }
    return { outcome: 'more', ...counts, skip };
  } catch (error) {
    const ending = endings[failureCode(error) as keyof typeof endings];
    if (ending === undefined) throw error;
    return { outcome: ending, ...counts, skip };
  }
}

const bounds = ({ from, to }: Window): Window => ({ from, to });
