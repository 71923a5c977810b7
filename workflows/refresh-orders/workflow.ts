import {
  condition,
  continueAsNew,
  isCancellation,
  proxyActivities,
  setHandler,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow';
import { shopCallOptions, warehouseOptions } from '../activity-options.ts';
import { failureCode } from '../failures.ts';
import {
  ordersChangedSignal,
  ordersPerCall,
  type RefreshOrdersActivities,
  type RefreshOrdersInput,
} from './contract.ts';

/** Events of one purchase come within moments of each other; nobody waits noticeably. */
const gatherMs = 200;
const idleMs = 30_000;
const batchesInFlight = 4;
const historyEventsMax = 4_000;

/** What ends all work for the connection, not only a call. */
const endings = ['CONSENT_ENDED', 'KEY_GONE', 'NOT_PERMITTED', 'AUTHORISATION_DEAD'];

export async function refreshOrders({ connectionId, waiting }: RefreshOrdersInput): Promise<void> {
  const ids = new Set(waiting);
  setHandler(ordersChangedSignal, ({ orderIds }) => {
    for (const id of orderIds) ids.add(id);
  });
  const failedOnce = new Set<string>();
  let failure: unknown;
  /** One batch that fails ends neither the others nor the run: its ids are asked for once more, then left to the poll. */
  const tryBatch = async (orderIds: readonly string[]): Promise<void> => {
    try {
      await refreshBatch(connectionId, orderIds);
    } catch (error) {
      if (isCancellation(error) || endings.includes(failureCode(error) ?? '')) throw error;
      failure = error;
      for (const id of orderIds) {
        if (failedOnce.has(id)) continue;
        failedOnce.add(id);
        ids.add(id);
      }
    }
  };
  try {
    while (await condition(() => ids.size > 0, idleMs)) {
      await condition(() => ids.size >= ordersPerCall, gatherMs);
      await Promise.all(takeBatches(ids).map(tryBatch));
      if (workflowInfo().historyLength > historyEventsMax) {
        await continueAsNew<typeof refreshOrders>({ connectionId, waiting: [...ids] });
      }
    }
    // Shown as failed, though nothing waits any more.
    if (failure !== undefined) throw failure;
  } catch (error) {
    if (isCancellation(error) || !endings.includes(failureCode(error) ?? '')) throw error;
  }
}

function takeBatches(ids: Set<string>): string[][] {
  const taken = [...ids].slice(0, ordersPerCall * batchesInFlight);
  for (const id of taken) ids.delete(id);
  return Array.from({ length: Math.ceil(taken.length / ordersPerCall) }, (_, index) =>
    taken.slice(index * ordersPerCall, (index + 1) * ordersPerCall),
  );
}

async function refreshBatch(connectionId: string, orderIds: readonly string[]): Promise<void> {
  const priority = { priorityKey: 2, fairnessKey: `${connectionId}/orders` };
  const { pullOrders } = proxyActivities<RefreshOrdersActivities>({ ...shopCallOptions, priority });
  const { loadOrders } = proxyActivities<RefreshOrdersActivities>({
    ...warehouseOptions,
    priority,
  });
  const pulled = await pullOrders({ connectionId, orderIds, pullId: uuid4() });
  await loadOrders({ connectionId, ...pulled });
}
