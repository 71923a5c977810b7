import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  recordHistory,
  startWorkflowEnvironment,
  type WorkflowEnvironment,
} from '../../test/workflow-environment.ts';
import { queues } from '../queues.ts';
import { reconcileObligationsId, reconcileObligationsType } from './contract.ts';

let environment: WorkflowEnvironment;
beforeAll(async () => {
  environment = await startWorkflowEnvironment();
});
afterAll(() => environment.close());

test('rates are set before what is owed is started', async () => {
  const steps: string[] = [];
  environment.activities({
    applyRates: async () => {
      steps.push('rates');
    },
    startOwed: async () => {
      steps.push('owed');
      return { asked: 3 };
    },
    endUnchosen: async () => {
      steps.push('unchosen');
      return { ended: 0 };
    },
  });
  const handle = await environment.client.workflow.start(reconcileObligationsType, {
    workflowId: reconcileObligationsId,
    taskQueue: queues.hub,
  });
  expect(await handle.result()).toEqual({ asked: 3 });
  expect(steps).toEqual(['rates', 'owed', 'unchosen']);
  await recordHistory(handle, 'reconcile-obligations', 'owed');
});
