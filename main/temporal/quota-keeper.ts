/** TikTok's quota as rates of task queues: what the tier allows, 0 while TikTok asked to wait. */
import type { Client } from '@temporalio/client';
import { gmvMaxQuota } from '../../activities/tiktok-call.ts';
import type { PauseKind, Registry } from '../../registry/registry.ts';
import { queues, type TaskQueue } from '../../workflows/queues.ts';

export interface QuotaKeeperOptions {
  readonly client: Client;
  readonly registry: Pick<Registry, 'quota' | 'listen'>;
  readonly appId: string;
  /** Calls a second that TikTok allows the app. */
  readonly callsPerSecond: number;
}

export interface QuotaKeeper {
  /** Sets the queues' rates to what tier and pauses ask for now, whatever they were. */
  apply(): Promise<void>;
  close(): Promise<void>;
}

/** `TASK_QUEUE_TYPE_ACTIVITY` of Temporal's API. */
const activityQueue = 2;
/** TikTok allows two a second and 60 a minute. */
const reportTasksPerSecond = 1;
/** TikTok allows a new app 8 a second and 240 a minute, and few are asked for: a tenth of the app's calls. */
const gmvMaxPerSecondMax = 4;

/** One call a second stays free: TikTok's clock is not ours. A pause of one second is left to the last gate. */
export function queueRates(
  callsPerSecond: number,
  pauses: readonly { kind: PauseKind }[],
  gmvMaxPauses: readonly { kind: PauseKind }[] = [],
): Partial<Record<TaskQueue, number>> {
  const paused = pauses.some(holdsQueues);
  const gmvMax = Math.min(gmvMaxPerSecondMax, Math.max(1, Math.floor(callsPerSecond / 10)));
  const rest = Math.max(1, callsPerSecond - 1 - reportTasksPerSecond - gmvMax);
  return {
    [queues.tiktokAds]: paused ? 0 : rest,
    [queues.tiktokAdsReportTasks]: paused ? 0 : reportTasksPerSecond,
    [queues.tiktokGmvMax]: paused || gmvMaxPauses.some(holdsQueues) ? 0 : gmvMax,
  };
}

const holdsQueues = ({ kind }: { kind: PauseKind }): boolean => kind !== 'second';

export async function createQuotaKeeper(options: QuotaKeeperOptions): Promise<QuotaKeeper> {
  const { client, registry, appId, callsPerSecond } = options;
  registry.quota.setRate(appId, Math.max(1, callsPerSecond - 1));
  let wake: NodeJS.Timeout | undefined;

  const apply = async (): Promise<void> => {
    const now = new Date();
    const all = await registry.quota.pauses(now);
    const ofApp = all.filter(({ app }) => app === appId);
    const ofGmvMax = all.filter(({ app }) => app === gmvMaxQuota(appId));
    const pauses = [...ofApp, ...ofGmvMax];
    for (const [taskQueue, rate] of Object.entries(queueRates(callsPerSecond, ofApp, ofGmvMax))) {
      await client.workflowService.updateTaskQueueConfig({
        namespace: client.options.namespace,
        identity: client.options.identity,
        taskQueue,
        taskQueueType: activityQueue,
        updateQueueRateLimit: {
          rateLimit: { requestsPerSecond: rate },
          reason: pauses.length > 0 ? 'TikTok asked to wait' : 'tier',
        },
      });
    }
    clearTimeout(wake);
    const ends = pauses.map(({ until }) => until.getTime() - now.getTime());
    if (ends.length > 0) wake = setTimeout(() => void applySoon(), Math.min(...ends) + 1);
  };
  // Told by a notification or a timer, nobody awaits it: what fails is done again by the reconciler within a minute.
  const applySoon = (): Promise<void> => apply().catch(() => {});

  const stopListening = await registry.listen('quota', () => void applySoon());
  await apply();
  return {
    apply,
    async close() {
      clearTimeout(wake);
      await stopListening();
    },
  };
}
