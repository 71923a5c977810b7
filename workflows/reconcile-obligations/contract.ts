/**
 * Holds what runs against what is owed, by the registry alone: starts missing workflows and lifts pauses that ended.
 * Started every minute; doing it twice changes nothing, so one attempt is enough.
 */
export const reconcileObligationsType = 'reconcileObligations';
export const reconcileObligationsId = 'reconcile-obligations';

export interface ReconcileResult {
  /** Workflows that were asked to run; most did already. */
  readonly asked: number;
}

export interface ReconcileObligationsActivities {
  /** Queue `office`. */
  startOwed(): Promise<ReconcileResult>;
  /**
   * Ends authorisations whose owner has chosen no account within a day: one call to TikTok each. Queue `revocation`.
   */
  endUnchosen(): Promise<{ ended: number }>;
  /** Queue `office`. */
  applyRates(): Promise<void>;
}
