import { randomUUID } from 'node:crypto';
import { ApplicationFailure } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { HubActivities } from '../../main/temporal/workers.ts';
import {
  recordHistory,
  startWorkflowEnvironment,
  type WorkflowEnvironment,
} from '../../test/workflow-environment.ts';
import { queues } from '../queues.ts';
import {
  type RenewAuthorisationResult,
  renewAuthorisationId,
  renewAuthorisationType,
} from './contract.ts';

let environment: WorkflowEnvironment;
beforeAll(async () => {
  environment = await startWorkflowEnvironment();
});
afterAll(() => environment.close());

function start(activities: Partial<HubActivities>): Promise<WorkflowHandle> {
  environment.activities(activities);
  const authorisationId = randomUUID();
  return environment.client.workflow.start(renewAuthorisationType, {
    workflowId: renewAuthorisationId(authorisationId),
    taskQueue: queues.hub,
    args: [{ authorisationId }],
  });
}

const ends = (outcome: RenewAuthorisationResult['outcome']) => async () => ({ outcome });

test('a renewal whose answer is lost is tried again until there is one', async () => {
  let attempts = 0;
  const handle = await start({
    renewToken: async () => {
      attempts += 1;
      if (attempts > 2) return { outcome: 'renewed' };
      throw ApplicationFailure.create({ type: 'TIKTOK_UNREACHABLE', message: 'lost' });
    },
  });
  expect(await handle.result()).toEqual({ outcome: 'renewed' });
  expect(attempts).toBe(3);
  await recordHistory(handle, 'renew-authorisation', 'renewed');
});

test('a dead authorisation is reported, by id', async () => {
  const reported: string[] = [];
  const handle = await start({
    renewToken: ends('dead'),
    reportDead: async ({ authorisationId }) => {
      reported.push(renewAuthorisationId(authorisationId));
    },
  });
  expect(await handle.result()).toEqual({ outcome: 'dead' });
  expect(reported).toEqual([handle.workflowId]);
  await recordHistory(handle, 'renew-authorisation', 'dead');
});

test.each(['not-owed', 'unrenewable'] as const)('%s: nothing is reported', async (outcome) => {
  const handle = await start({ renewToken: ends(outcome) });
  expect(await handle.result()).toEqual({ outcome });
});
