import { randomUUID } from 'node:crypto';
import { ApplicationFailure } from '@temporalio/activity';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import {
  recordHistory,
  startWorkflowEnvironment,
  type WorkflowEnvironment,
} from '../../test/workflow-environment.ts';
import { queues } from '../queues.ts';
import { ordersChangedSignal, refreshOrdersType } from './contract.ts';

let environment: WorkflowEnvironment;
beforeAll(async () => {
  environment = await startWorkflowEnvironment();
});
afterAll(() => environment.close());

const ids = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => `57${String(from + index).padStart(16, '0')}`);

/** The workflow as an event starts it. */
const signalled = (orderIds: readonly string[], workflowId = `refresh-orders-${randomUUID()}`) =>
  environment.client.workflow.signalWithStart(refreshOrdersType, {
    workflowId,
    taskQueue: queues.hub,
    args: [{ connectionId: 'connection' }],
    signal: ordersChangedSignal,
    signalArgs: [{ orderIds: [...orderIds], eventIds: ['event'] }],
  });

function recording() {
  const done = { pulls: [] as (readonly string[])[], loads: [] as string[] };
  environment.activities({
    pullOrders: async ({ orderIds, pullId }) => {
      done.pulls.push(orderIds);
      return { epoch: 3, pullId, pulledAtMs: 1 };
    },
    loadOrders: async ({ pullId, epoch }) => {
      done.loads.push(`${epoch}/${pullId}`);
    },
  });
  return done;
}

test('ids are asked for fifty at a time, each once, and loaded under the epoch of their call', async () => {
  const done = recording();
  const handle = await signalled(ids(120));
  await vi.waitFor(() => expect(done.loads).toHaveLength(3), 20_000);
  expect(done.pulls.map((one) => one.length).sort()).toEqual([20, 50, 50]);
  expect(new Set(done.pulls.flat()).size).toBe(120);
  expect(done.loads.every((one) => one.startsWith('3/'))).toBe(true);
  await handle.signal(ordersChangedSignal, { orderIds: ids(1), eventIds: ['later'] });
  await vi.waitFor(() => expect(done.pulls.at(-1)).toEqual(ids(1)), 20_000);
  await handle.terminate();
  await recordHistory(handle, 'refresh-orders', 'batches');
});

test('it ends with the consent, and only then leaves ids behind', async () => {
  recording();
  environment.activities({
    pullOrders: async () => {
      throw ApplicationFailure.nonRetryable('ended', 'CONSENT_ENDED');
    },
  });
  const handle = await signalled(ids(1));
  await handle.result();
  await recordHistory(handle, 'refresh-orders', 'consent-ended');
});

test('a batch that fails is asked for once more, and the others go on', async () => {
  const done = recording();
  const attempts: (readonly string[])[] = [];
  const refused = ids(50);
  environment.activities({
    pullOrders: async ({ orderIds, pullId }) => {
      attempts.push(orderIds);
      if (refused.some((id) => orderIds.includes(id))) {
        throw ApplicationFailure.nonRetryable('refused', 'TIKTOK_REQUEST_REFUSED');
      }
      return { epoch: 3, pullId, pulledAtMs: 1 };
    },
    loadOrders: async ({ pullId }) => {
      done.loads.push(pullId);
    },
  });
  const handle = await signalled(ids(320));
  await expect(handle.result()).rejects.toThrow();
  expect(attempts.filter((one) => one.includes(refused[0]!))).toHaveLength(2);
  const good = attempts.filter((one) => !refused.some((id) => one.includes(id)));
  const brought = new Set(good.flat());
  expect(ids(320).filter((id) => !brought.has(id))).toEqual(refused);
  expect(done.loads).toHaveLength(good.length);
}, 120_000);
