/**
 * The workers of this process and what they need registered at Temporal. All of it is done again when it was lost:
 * a store that begins anew knows neither namespace nor rates nor workflows.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { WorkflowBundleOption } from '@temporalio/worker';
import type { Log } from './log.ts';
import type { TemporalLink } from './temporal/connection.ts';
import type { QuotaKeeper } from './temporal/quota-keeper.ts';
import { type HubActivities, type HubWorkers, startWorkers } from './temporal/workers.ts';

export interface WorkingOptions {
  readonly link: TemporalLink;
  readonly bundle: WorkflowBundleOption;
  readonly activities: HubActivities;
  readonly quotaKeeper: QuotaKeeper;
  readonly reconcile: () => Promise<void>;
  readonly log: Log;
}

export interface Working {
  isWorking(): boolean;
  /** Registers and reconciles now: a store may have been lost. */
  renew(): Promise<void>;
  close(): Promise<void>;
}

const reconcileMs = 60_000;
const pauseAfterFailureMs = 1_000;

/** Settles when workers poll for the first time and what is owed was asked for. */
export async function startWorking(options: WorkingOptions): Promise<Working> {
  const { link, bundle, activities, quotaKeeper, reconcile, log } = options;
  let workers: HubWorkers | undefined;
  let closing = false;

  async function renew(): Promise<void> {
    await link.registerNamespace();
    await quotaKeeper.apply();
    await reconcile();
  }

  async function startOnce(): Promise<void> {
    await link.registerNamespace();
    workers = await startWorkers(link, bundle, activities);
    await renew();
  }

  /** A worker ends when its namespace is gone or its server is away for long. */
  async function keepWorking(): Promise<void> {
    while (!closing) {
      const cause = await workers?.stopped.then(
        () => undefined,
        (error: unknown) => error,
      );
      workers = undefined;
      if (closing) return;
      log('warn', 'workers ended and are started again', { cause: errorName(cause) });
      await delay(pauseAfterFailureMs);
      await startOnce().catch((error: unknown) => {
        log('error', 'workers do not start', { cause: errorName(error) });
      });
    }
  }

  await startOnce();
  const kept = keepWorking();
  const timer = setInterval(() => {
    renew().catch((error: unknown) => {
      log('warn', 'what is owed could not be asked for', { cause: errorName(error) });
    });
  }, reconcileMs);
  return {
    isWorking: () => workers !== undefined,
    renew,
    async close() {
      closing = true;
      clearInterval(timer);
      await workers?.close();
      await kept;
    },
  };
}

const errorName = (error: unknown): string => (error instanceof Error ? error.name : 'none');
