/** What API and main ask of the workflows, by random ids only. Implemented in `main/temporal/`. */
import type { Platform } from '../policy/stream.ts';
import type { OrdersChanged } from './refresh-orders/contract.ts';

export interface StreamProgress {
  readonly stream: string;
  readonly state: 'waiting' | 'pulling' | 'idle' | 'failed' | 'not-authorised';
  readonly windowsLoaded: number;
  readonly windowsLeft: number;
  readonly rows: number;
}

export interface ConnectionProgress {
  readonly state: 'running' | 'paused' | 'ended';
  readonly streams: readonly StreamProgress[];
}

export interface WorkflowStarter {
  connectAccount(input: { authorisationId: string; platform: Platform }): Promise<void>;
  /** The owner's choice among the granted accounts. */
  chooseAccounts(input: { authorisationId: string; accountIds: readonly string[] }): Promise<void>;
  syncConnection(connectionId: string): Promise<void>;
  /** A token that ends is renewed when it is owed. */
  renewAuthorisation(authorisationId: string): Promise<void>;
  refresh(connectionId: string, streams?: readonly string[]): Promise<void>;
  /** The plan or the clock has changed: what is due is read again. */
  wake(connectionId: string): Promise<void>;
  /** TikTok said that these have changed: brought in ahead of any poll. */
  ordersChanged(connectionId: string, changed: OrdersChanged): Promise<void>;
  pause(connectionId: string): Promise<void>;
  resume(connectionId: string): Promise<void>;
  progress(connectionId: string): Promise<ConnectionProgress | undefined>;
  revokeConnection(connectionId: string): Promise<void>;
  /** Resolves when the revocation is confirmed: no call can be under way any more. */
  revokeConfirmed(connectionId: string): Promise<void>;
  reconcileObligations(): Promise<void>;
}
