import { ApplicationFailure } from '@temporalio/activity';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  recordHistory,
  startWorkflowEnvironment,
  type WorkflowEnvironment,
} from '../../test/workflow-environment.ts';
import { queues } from '../queues.ts';
import { purgeExpiredId, purgeExpiredType } from './contract.ts';

let environment: WorkflowEnvironment;
beforeAll(async () => {
  environment = await startWorkflowEnvironment();
});
afterAll(() => environment.close());

test('every shop is rewritten, one that fails holds up nobody, keys of days go last', async () => {
  const steps: string[] = [];
  const step = (name: string) => async () => {
    steps.push(name);
  };
  environment.activities({
    listBuyersFiles: async () => ({ connectionIds: ['one', 'broken', 'ended', 'two'] }),
    expireBuyers: async ({ connectionId }) => {
      if (connectionId === 'broken') throw ApplicationFailure.nonRetryable('no', 'KEY_GONE');
      steps.push(connectionId);
      return { done: connectionId === 'ended' ? 'forgotten' : 'rewritten' };
    },
    expireFiles: step('files'),
    expireEvents: step('events'),
    expireDayKeys: step('keys'),
  });
  const handle = await environment.client.workflow.start(purgeExpiredType, {
    workflowId: purgeExpiredId('2026-11-24'),
    taskQueue: queues.hub,
    args: [{ day: '2026-11-24' }],
  });
  expect(await handle.result()).toEqual({ rewritten: 2, forgotten: 1, failed: 1 });
  expect(steps.slice(0, 3).sort()).toEqual(['ended', 'one', 'two']);
  expect(steps.slice(3)).toEqual(['files', 'events', 'keys']);
  await recordHistory(handle, 'purge-expired', 'night');
});
