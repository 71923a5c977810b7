/**
 * Workflows alone: the time-skipping test server, the real bundle, and activities that a test states one by one,
 * typed by the contracts. Not modelled: rates, priorities and fairness of queues (the server ignores them).
 */
import { randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { ApplicationFailure, activityInfo } from '@temporalio/activity';
import { Connection, type WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { inject } from 'vitest';
import { findParts } from '../main/parts.ts';
import { buildBundle } from '../main/temporal/bundle.ts';
import { registerNamespace } from '../main/temporal/namespace.ts';
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

/** `realServer`: time passes as it does. The other one now and then never answers a task that cancels many activities. */
export async function startWorkflowEnvironment(
  options: { realServer?: boolean } = {},
): Promise<WorkflowEnvironment> {
  installTemporalLog(() => {});
  const test = await (options.realServer ? connectToServer() : startTimeSkipping());
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
        namespace: test.namespace,
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

function startTimeSkipping(): Promise<TestWorkflowEnvironment> {
  const named = { temporalTestServer: process.env.TEMPORAL_TEST_SERVER };
  const path = findParts(named).temporalTestServer;
  return TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path } },
    client: { identity },
  });
}

async function connectToServer(): Promise<TestWorkflowEnvironment> {
  const address = inject('temporalAddress');
  const namespace = `test-${randomUUID()}`;
  const connection = await Connection.connect({ address });
  await registerNamespace(connection, namespace);
  await connection.close();
  return TestWorkflowEnvironment.createFromExistingServer({
    address,
    namespace,
    client: { identity },
  });
}
