import { proxyActivities } from '@temporalio/workflow';
import { officeOptions } from '../activity-options.ts';
import type { ReconcileObligationsActivities, ReconcileResult } from './contract.ts';

const { startOwed, applyRates } = proxyActivities<ReconcileObligationsActivities>(officeOptions);

export async function reconcileObligations(): Promise<ReconcileResult> {
  await applyRates();
  return startOwed();
}
