import { proxyActivities } from '@temporalio/workflow';
import { officeOptions, revocationOptions } from '../activity-options.ts';
import type { ReconcileObligationsActivities, ReconcileResult } from './contract.ts';

const { startOwed, applyRates } = proxyActivities<ReconcileObligationsActivities>(officeOptions);
/** Tried again by the next run: this one must not be in its way. */
const { endUnchosen } = proxyActivities<ReconcileObligationsActivities>({
  ...revocationOptions,
  scheduleToCloseTimeout: '120s',
  retry: { maximumAttempts: 1 },
});

export async function reconcileObligations(): Promise<ReconcileResult> {
  await applyRates();
  const result = await startOwed();
  await endUnchosen();
  return result;
}
