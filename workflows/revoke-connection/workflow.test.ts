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
import { syncConnectionId, syncConnectionType } from '../sync-connection/contract.ts';
import { confirmedUpdate, revokeConnectionId, revokeConnectionType } from './contract.ts';

let environment: WorkflowEnvironment;
beforeAll(async () => {
  environment = await startWorkflowEnvironment();
});
afterAll(() => environment.close());

function story() {
  const steps: string[] = [];
  const step = (name: string) => async (): Promise<void> => {
    steps.push(name);
  };
  const activities: Partial<HubActivities> = {
    confirmFence: step('confirm'),
    revokeToken: async () => {
      steps.push('revoke');
      return { token: 'revoked' };
    },
    forgetToken: step('forget'),
    endRevocation: step('end'),
    rebuildWindows: async () => {},
    readConnection: async () => ({
      state: 'active',
      epoch: 1,
      timeZone: 'UTC',
      streams: [],
      nextDueInMs: 3_600_000,
    }),
  };
  return { steps, activities };
}

/**
 * A revocation beside a running sync: this server never answers the cancellation of a workflow that it does not
 * know, as the real one does.
 */
async function start(
  activities: Partial<HubActivities>,
): Promise<{ handle: WorkflowHandle; sync: WorkflowHandle }> {
  environment.activities(activities);
  const connectionId = randomUUID();
  const sync = await environment.client.workflow.start(syncConnectionType, {
    workflowId: syncConnectionId(connectionId),
    taskQueue: queues.hub,
    args: [{ connectionId }],
  });
  const handle = await environment.client.workflow.start(revokeConnectionType, {
    workflowId: revokeConnectionId(connectionId),
    taskQueue: queues.hub,
    args: [{ connectionId }],
  });
  return { handle, sync };
}

test('`confirmed` is answered only after the fence holds; then token and key end, in that order', async () => {
  const { steps, activities } = story();
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const { handle } = await start({
    ...activities,
    confirmFence: async () => {
      await held;
      steps.push('confirm');
    },
  });
  const confirmed = handle.executeUpdate(confirmedUpdate).then(() => steps.push('confirmed'));
  await handle.query('__stack_trace');
  expect(steps).toEqual([]);
  release();
  await confirmed;
  expect(await handle.result()).toEqual({ token: 'revoked' });
  expect(steps.filter((one) => one !== 'confirmed')).toEqual([
    'confirm',
    'revoke',
    'forget',
    'end',
  ]);
  expect(steps.indexOf('confirmed')).toBeGreaterThan(0);
  await recordHistory(handle, 'revoke-connection', 'revoked');
});

test('a running sync is cancelled', async () => {
  const { activities } = story();
  const { handle, sync } = await start(activities);
  await handle.result();
  await expect(sync.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
});

test('TikTok does not answer for a day: the token is forgotten here all the same', async () => {
  const { steps, activities } = story();
  const { handle } = await start({
    ...activities,
    forgetToken: async ({ token }) => {
      steps.push(`forget ${token}`);
    },
    revokeToken: async () => {
      throw ApplicationFailure.create({ type: 'TIKTOK_UNREACHABLE', message: 'no answer' });
    },
  });
  expect(await handle.result()).toEqual({ token: 'unrevoked' });
  const { startTime, closeTime } = await handle.describe();
  const hours = (closeTime!.getTime() - startTime.getTime()) / 3_600_000;
  expect(hours).toBeGreaterThan(23);
  expect(hours).toBeLessThan(24.5);
  expect(steps).toEqual(['confirm', 'forget unrevoked', 'end']);
  await recordHistory(handle, 'revoke-connection', 'unrevoked');
});
