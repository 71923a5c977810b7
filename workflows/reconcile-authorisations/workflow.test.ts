import { ApplicationFailure } from '@temporalio/activity';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  recordHistory,
  startWorkflowEnvironment,
  type WorkflowEnvironment,
} from '../../test/workflow-environment.ts';
import { queues } from '../queues.ts';
import {
  type AuthorisationCheck,
  reconcileAuthorisationsId,
  reconcileAuthorisationsType,
} from './contract.ts';

let environment: WorkflowEnvironment;
beforeAll(async () => {
  environment = await startWorkflowEnvironment();
});
afterAll(() => environment.close());

const check = (name: string, platform: AuthorisationCheck['platform']): AuthorisationCheck => ({
  authorisationId: `authorisation-${name}`,
  connectionId: `connection-${name}`,
  epoch: 1,
  platform,
});

const run = async () => {
  const handle = await environment.client.workflow.start(reconcileAuthorisationsType, {
    workflowId: reconcileAuthorisationsId,
    taskQueue: queues.hub,
  });
  return { handle, result: await handle.result() };
};

test('what TikTok no longer lists is restricted before the answer counts; findings are counted last', async () => {
  const steps: string[] = [];
  environment.activities({
    readChecks: async () => ({ checks: [check('a', 'tiktok-ads')] }),
    askForAccounts: async () => {
      steps.push('ask');
      return {
        ended: [
          { connectionId: 'one', epoch: 3 },
          { connectionId: 'two', epoch: 5 },
        ],
      };
    },
    restrictConnection: async ({ connectionId, epoch }) => {
      steps.push(`restrict ${connectionId} ${epoch}`);
    },
    noteChecked: async () => {
      steps.push('checked');
    },
    countPolls: async () => {
      steps.push('count');
    },
  });
  const { handle, result } = await run();
  expect(result).toEqual({ asked: 1, ended: 2 });
  expect(steps).toEqual(['ask', 'restrict one 3', 'restrict two 5', 'checked', 'count']);
  await recordHistory(handle, 'reconcile-authorisations', 'ended');
});

test('one that cannot be asked keeps no other waiting, and is not noted as asked', async () => {
  const checked: string[] = [];
  const askedOn: string[] = [];
  environment.activities({
    readChecks: async () => ({
      checks: [check('away', 'tiktok-ads'), check('shop', 'tiktok-shop'), check('b', 'tiktok-ads')],
    }),
    askForAccounts: async ({ authorisationId, platform }) => {
      askedOn.push(platform);
      if (authorisationId !== 'authorisation-away') return { ended: [] };
      throw ApplicationFailure.nonRetryable('no answer', 'TIKTOK_UNREACHABLE');
    },
    noteChecked: async ({ authorisationId }) => {
      checked.push(authorisationId);
    },
    countPolls: async () => {},
  });
  const { handle, result } = await run();
  expect(result).toEqual({ asked: 3, ended: 0 });
  expect(checked.sort()).toEqual(['authorisation-b', 'authorisation-shop']);
  expect(askedOn).toContain('tiktok-shop');
  await recordHistory(handle, 'reconcile-authorisations', 'away');
});
