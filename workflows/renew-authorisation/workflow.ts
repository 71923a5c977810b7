import { proxyActivities } from '@temporalio/workflow';
import { officeOptions, shopCallOptions } from '../activity-options.ts';
import type {
  RenewAuthorisationActivities,
  RenewAuthorisationInput,
  RenewAuthorisationResult,
} from './contract.ts';

// All calls of the authorisation may be waiting for it; up to three calls, and a turn at the lock.
const { renewToken } = proxyActivities<RenewAuthorisationActivities>({
  ...shopCallOptions,
  startToCloseTimeout: '6m',
  priority: { priorityKey: 1 },
});
const { reportDead } = proxyActivities<RenewAuthorisationActivities>(officeOptions);

export async function renewAuthorisation(
  input: RenewAuthorisationInput,
): Promise<RenewAuthorisationResult> {
  const result = await renewToken(input);
  if (result.outcome === 'dead') await reportDead(input);
  return result;
}
