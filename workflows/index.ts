/** The entry of the workflow bundle: every workflow, nothing else. */
export { connectAccount } from './connect-account/workflow.ts';
export { purgeExpired } from './purge-expired/workflow.ts';
export { reconcileAuthorisations } from './reconcile-authorisations/workflow.ts';
export { reconcileObligations } from './reconcile-obligations/workflow.ts';
export { refreshOrders } from './refresh-orders/workflow.ts';
export { renewAuthorisation } from './renew-authorisation/workflow.ts';
export { revokeConnection } from './revoke-connection/workflow.ts';
export { syncConnection } from './sync-connection/workflow.ts';
export { syncStream } from './sync-stream/workflow.ts';
