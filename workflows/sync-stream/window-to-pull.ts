import { proxyActivities } from '@temporalio/workflow';
import type { Priority, Window } from '../../policy/windows.ts';
import { callOptions, shopCallOptions } from '../activity-options.ts';
import { queues } from '../queues.ts';
import type { StreamPlan, SyncStreamActivities, SyncStreamInput } from './contract.ts';

export interface WindowToPull extends SyncStreamInput {
  readonly window: Window & { readonly priority: Priority };
  readonly plan: StreamPlan;
}

/** The activities that call TikTok for this window: a person's before fresh data, each connection its fair share. */
export const calls = ({ connectionId, window }: WindowToPull, taskQueue?: string) =>
  proxyActivities<SyncStreamActivities>({
    ...callOptions,
    ...(taskQueue !== undefined && { taskQueue }),
    priority: { priorityKey: window.priority, fairnessKey: connectionId },
  });

/** The same for lists. */
export function listCalls(target: WindowToPull) {
  const { limit } = target.plan;
  if (limit === undefined) return shopCalls(target);
  return calls(target, limit === 'gmv-max' ? queues.tiktokGmvMax : queues.tiktokAds);
}

/** TikTok counts calls to a shop by endpoint as well. */
const shopCalls = ({ connectionId, stream, window }: WindowToPull) =>
  proxyActivities<SyncStreamActivities>({
    ...shopCallOptions,
    priority: { priorityKey: window.priority, fairnessKey: `${connectionId}/${stream}` },
  });
