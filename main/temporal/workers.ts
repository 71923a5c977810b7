import { Worker, type WorkerOptions, type WorkflowBundleOption } from '@temporalio/worker';
import type { ConnectAccountActivities } from '../../workflows/connect-account/contract.ts';
import type { PurgeExpiredActivities } from '../../workflows/purge-expired/contract.ts';
import { queues } from '../../workflows/queues.ts';
import type { ReconcileAuthorisationsActivities } from '../../workflows/reconcile-authorisations/contract.ts';
import type { ReconcileObligationsActivities } from '../../workflows/reconcile-obligations/contract.ts';
import type { RefreshOrdersActivities } from '../../workflows/refresh-orders/contract.ts';
import type { RenewAuthorisationActivities } from '../../workflows/renew-authorisation/contract.ts';
import type { RevokeConnectionActivities } from '../../workflows/revoke-connection/contract.ts';
import type { SyncConnectionActivities } from '../../workflows/sync-connection/contract.ts';
import type { SyncStreamActivities } from '../../workflows/sync-stream/contract.ts';
import type { TemporalLink } from './connection.ts';

export type HubActivities = ConnectAccountActivities &
  SyncConnectionActivities &
  SyncStreamActivities &
  RevokeConnectionActivities &
  RefreshOrdersActivities &
  RenewAuthorisationActivities &
  ReconcileAuthorisationsActivities &
  ReconcileObligationsActivities &
  PurgeExpiredActivities;

export interface HubWorkers {
  /** Rejects when a worker fails; resolves after `close`. */
  readonly stopped: Promise<void>;
  /** Stops polling, lets activities end for ten seconds, cancels the rest. */
  close(): Promise<void>;
}

/** Activities of each queue that run at a time in one process. */
const slots = {
  // Loads wait for their file's writer, and DuckDB uses all cores for one.
  [queues.warehouse]: 6,
  [queues.office]: 16,
  // At 50 calls a second and TikTok's usual half second for an answer.
  [queues.tiktokAds]: 32,
  [queues.tiktokAdsReportTasks]: 4,
  [queues.tiktokGmvMax]: 4,
  [queues.tiktokShop]: 32,
  [queues.revocation]: 8,
} as const;

export async function startWorkers(
  link: TemporalLink,
  bundle: WorkflowBundleOption,
  activities: HubActivities,
): Promise<HubWorkers> {
  const { workers: connection, namespace, dataConverter } = link;
  const common = { connection, namespace, dataConverter, shutdownGraceTime: '10s' } as const;
  const options: WorkerOptions[] = [
    {
      ...common,
      taskQueue: queues.hub,
      workflowBundle: bundle,
      // A dead process's sticky tasks come back so much sooner.
      stickyQueueScheduleToStartTimeout: '3s',
      maxCachedWorkflows: 500,
      maxConcurrentWorkflowTaskExecutions: 40,
    },
    ...Object.entries(slots).map(([taskQueue, most]) => ({
      ...common,
      taskQueue,
      activities,
      maxConcurrentActivityTaskExecutions: most,
      maxConcurrentActivityTaskPolls: Math.min(most, 8),
    })),
  ];
  const workers = await Promise.all(options.map((one) => Worker.create(one)));
  const stopped = Promise.all(workers.map((worker) => worker.run())).then(() => {});
  // Told to whoever awaits `stopped`, also when nobody does yet.
  stopped.catch(() => {});
  return {
    stopped,
    async close() {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
      await stopped;
    },
  };
}
