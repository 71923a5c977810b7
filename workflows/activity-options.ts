import type { ActivityOptions } from '@temporalio/workflow';
import { queues } from './queues.ts';

/**
 * Attempts have no limit here: an activity's failure says itself when the last one was (`activities/failures.ts`),
 * since waiting for TikTok's quota may take until midnight.
 */
const retry = { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '60s' } as const;

/** A worker that died is noticed by its missing heartbeat, long before the longest call may take. */
const heartbeatTimeout = '15s';

/** One call to TikTok: its own deadline is 60 s, the fence and the last gate come on top. */
export const callOptions = {
  taskQueue: queues.tiktokAds,
  startToCloseTimeout: '120s',
  heartbeatTimeout,
  retry,
} as const satisfies ActivityOptions;

/** The same to TikTok Shop. */
export const shopCallOptions = {
  ...callOptions,
  taskQueue: queues.tiktokShop,
} as const satisfies ActivityOptions;

/** A large report's download and a load of a million rows take minutes on a slow disk. */
export const warehouseOptions = {
  taskQueue: queues.warehouse,
  startToCloseTimeout: '15m',
  heartbeatTimeout,
  retry,
} as const satisfies ActivityOptions;

export const officeOptions = {
  taskQueue: queues.office,
  startToCloseTimeout: '60s',
  heartbeatTimeout,
  retry,
} as const satisfies ActivityOptions;

export const revocationOptions = {
  taskQueue: queues.revocation,
  startToCloseTimeout: '120s',
  heartbeatTimeout,
  retry: { ...retry, maximumInterval: '10m' },
} as const satisfies ActivityOptions;
