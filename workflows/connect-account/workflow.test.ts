import { randomUUID } from 'node:crypto';
import { ApplicationFailure, activityInfo } from '@temporalio/activity';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { HubActivities } from '../../main/temporal/workers.ts';
import {
  recordHistory,
  startWorkflowEnvironment,
  type WorkflowEnvironment,
} from '../../test/workflow-environment.ts';
import { queues } from '../queues.ts';
import { syncConnectionId, syncConnectionType } from '../sync-connection/contract.ts';
import { chooseAccountsSignal, connectAccountId, connectAccountType } from './contract.ts';

let environment: WorkflowEnvironment;
beforeAll(async () => {
  environment = await startWorkflowEnvironment();
});
afterAll(() => environment.close());

function story() {
  const done = { opened: [] as (readonly string[] | null)[], created: [] as string[], syncs: 0 };
  const connectionIds = [randomUUID(), randomUUID()];
  const activities: Partial<HubActivities> = {
    exchangeAuthCode: async () => ({ state: 'active' }),
    listAccounts: async () => ({ accounts: 2 }),
    openConnections: async ({ accountIds }) => {
      done.opened.push(accountIds);
      return { connectionIds };
    },
    createWarehouse: async ({ connectionId }) => {
      done.created.push(connectionId);
    },
    rebuildWindows: async () => {
      done.syncs += 1;
    },
    readConnection: async () => ({
      state: 'ended',
      epoch: 1,
      timeZone: null,
      streams: [],
      nextDueInMs: 1,
    }),
  };
  return { done, activities, connectionIds };
}

function start(
  activities: Partial<HubActivities>,
  { takeAll = false } = {},
): Promise<WorkflowHandle> {
  environment.activities(activities);
  const authorisationId = randomUUID();
  return environment.client.workflow.start(connectAccountType, {
    workflowId: connectAccountId(authorisationId),
    taskQueue: queues.hub,
    args: [{ authorisationId, takeAll }],
  });
}

// The first one: this server skips no days any more once a workflow was terminated.
test('who does not choose within a day starts again', async () => {
  const { done, activities } = story();
  const handle = await start(activities);
  expect(await handle.result()).toEqual({ outcome: 'not-chosen', connectionIds: [] });
  expect(done.opened).toEqual([]);
});

test('nothing is opened before the owner has chosen; then the chosen accounts are, and sync', async () => {
  const { done, activities, connectionIds } = story();
  const handle = await start(activities);
  await environment.test.sleep('12 hours');
  expect(done.opened).toEqual([]);
  await handle.signal(chooseAccountsSignal, { accountIds: ['7001'] });
  await handle.signal(chooseAccountsSignal, { accountIds: ['7002'] });
  expect(await handle.result()).toEqual({ outcome: 'connected', connectionIds });
  expect(done.opened).toEqual([['7001']]);
  expect(done.created).toEqual(connectionIds);
  for (const id of connectionIds) {
    await environment.client.workflow.getHandle(syncConnectionId(id)).result();
  }
  expect(done.syncs).toBe(2);
  await recordHistory(handle, 'connect-account', 'chosen');
});

test('the demo takes all accounts; names that TikTok does not tell hold nothing up', async () => {
  const { done, activities } = story();
  const listAccounts = async (): Promise<never> => {
    throw ApplicationFailure.nonRetryable('refused', 'TIKTOK_REQUEST_REFUSED');
  };
  const handle = await start({ ...activities, listAccounts }, { takeAll: true });
  expect(await handle.result()).toMatchObject({ outcome: 'connected' });
  expect(done.opened).toEqual([null]);
});

test('shops are asked for by their own queue, and nothing opens while they are not known', async () => {
  const { done, activities } = story();
  const onQueues: string[] = [];
  let listed = 0;
  environment.activities({
    ...activities,
    exchangeAuthCode: async () => {
      onQueues.push(activityInfo().taskQueue);
      return { state: 'active', accountsKnown: false };
    },
    listAccounts: async () => {
      onQueues.push(activityInfo().taskQueue);
      listed += 1;
      if (listed > 1) return { accounts: 2 };
      throw ApplicationFailure.create({ type: 'TIKTOK_UNAVAILABLE', message: 'away' });
    },
  });
  const authorisationId = randomUUID();
  const handle = await environment.client.workflow.start(connectAccountType, {
    workflowId: connectAccountId(authorisationId),
    taskQueue: queues.hub,
    args: [{ authorisationId, platform: 'tiktok-shop', takeAll: true }],
  });
  expect(await handle.result()).toMatchObject({ outcome: 'connected' });
  expect(new Set(onQueues)).toEqual(new Set([queues.tiktokShop]));
  expect(listed).toBe(2);
  expect(done.opened).toEqual([null]);
  await recordHistory(handle, 'connect-account', 'shops');
});

test('shops that TikTok does not tell are none: it ends, to be begun again', async () => {
  const { done, activities } = story();
  const refused = async (): Promise<never> => {
    throw ApplicationFailure.nonRetryable('refused', 'NOT_PERMITTED');
  };
  const exchangeAuthCode = async () => ({ state: 'active' as const, accountsKnown: false });
  const handle = await start(
    { ...activities, exchangeAuthCode, listAccounts: refused },
    { takeAll: true },
  );
  await expect(handle.result()).rejects.toThrow(WorkflowFailedError);
  expect(done.opened).toEqual([]);
});

test('a sync that runs already is left alone', async () => {
  const { activities, connectionIds } = story();
  const readConnection = async () => {
    const reading = { epoch: 1, timeZone: null, streams: [], nextDueInMs: 3_600_000 };
    return { ...reading, state: 'active' as const };
  };
  environment.activities({ ...activities, readConnection });
  await environment.client.workflow.start(syncConnectionType, {
    workflowId: syncConnectionId(connectionIds[0]!),
    taskQueue: queues.hub,
    args: [{ connectionId: connectionIds[0] }],
  });
  const handle = await start({ ...activities, readConnection }, { takeAll: true });
  expect(await handle.result()).toMatchObject({ outcome: 'connected' });
  // A sync that goes on would wake each hour of every later test.
  for (const id of connectionIds) {
    await environment.client.workflow.getHandle(syncConnectionId(id)).terminate();
  }
});

test('a refused code ends it', async () => {
  const { done, activities } = story();
  const handle = await start({
    ...activities,
    exchangeAuthCode: async () => ({ state: 'failed' }),
  });
  expect(await handle.result()).toEqual({ outcome: 'failed', connectionIds: [] });
  expect(done.opened).toEqual([]);
  await recordHistory(handle, 'connect-account', 'refused');
});
