/**
 * Workflows alone: the time-skipping test server, the real bundle, and activities that a test states one by one,
 * typed by the contracts. Not modelled: rates, priorities and fairness of queues (the server ignores them).
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { ApplicationFailure, activityInfo } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { findParts } from '../main/parts.ts';
import { buildBundle } from '../main/temporal/bundle.ts';
import { installTemporalLog } from '../main/temporal/runtime.ts';
import type { HubActivities } from '../main/temporal/workers.ts';
import { queues } from '../workflows/queues.ts';

export interface WorkflowEnvironment {
  readonly test: TestWorkflowEnvironment;
  readonly client: TestWorkflowEnvironment['client'];
  /** Replaces what the activities do; one that is not named fails for good. */
  activities(stated: Partial<HubActivities>): void;
  close(): Promise<void>;
}

/** Nothing of the machine stands in recorded histories. */
const identity = 'workflow-test';

export async function startWorkflowEnvironment(): Promise<WorkflowEnvironment> {
  installTemporalLog(() => {});
  const path = findParts({
    temporalTestServer: process.env.TEMPORAL_TEST_SERVER,
  }).temporalTestServer;
  const test = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path } },
    client: { identity },
  });
  let stated: Partial<HubActivities> = {};
  const byName = async (input: never): Promise<unknown> => {
    const { activityType } = activityInfo();
    const activity = stated[activityType as keyof HubActivities];
    if (activity !== undefined) return (activity as (input: never) => Promise<unknown>)(input);
    throw ApplicationFailure.nonRetryable(`${activityType} was not expected`, 'NOT_EXPECTED');
  };
  const bundle = await buildBundle();
  const workers = await Promise.all(
    Object.values(queues).map((taskQueue) =>
      Worker.create({
        connection: test.nativeConnection,
        taskQueue,
        identity,
        ...(taskQueue === queues.hub
          ? { workflowBundle: bundle }
          : { activities: { default: byName } }),
      }),
    ),
  );
  const running = Promise.all(workers.map((worker) => worker.run()));
  return {
    test,
    client: test.client,
    activities(next) {
      stated = next;
    },
    async close() {
      for (const worker of workers) worker.shutdown();
      await running;
      await test.teardown();
    },
  };
}

/** Keeps the history of a closed workflow for the replay test, when `RECORD_HISTORIES` is set. */
export async function recordHistory(
  handle: WorkflowHandle,
  workflow: string,
  story: string,
): Promise<void> {
  if (process.env.RECORD_HISTORIES === undefined) return;
  const folder = fileURLToPath(new URL(`../workflows/${workflow}/histories/`, import.meta.url));
  await mkdir(folder, { recursive: true });
  const text = historyToJSON(await handle.fetchHistory());
  await writeFile(`${folder}${story}.json`, `${text}\n`);
}
