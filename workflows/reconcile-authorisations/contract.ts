/**
 * Asks TikTok which accounts each authorisation still reaches, as nobody tells when an advertiser takes it back. Started
 * every minute; each authorisation is asked for every ten. Promises: what is found ended is restricted at once and
 * owes its erasure after three days and three findings; losing one account of an authorisation touches no other; one
 * that cannot be asked keeps no other waiting. Doing it twice changes nothing.
 */
import type { Platform } from '../../policy/stream.ts';

export const reconcileAuthorisationsType = 'reconcileAuthorisations';
export const reconcileAuthorisationsId = 'reconcile-authorisations';

export interface AuthorisationCheck {
  readonly authorisationId: string;
  readonly platform: Platform;
  /** One of its open connections, under whose consent TikTok is asked. */
  readonly connectionId: string;
  readonly epoch: number;
}

export interface EndedConnection {
  readonly connectionId: string;
  readonly epoch: number;
}

export interface ReconcileAuthorisationsResult {
  readonly asked: number;
  readonly ended: number;
}

export interface ReconcileAuthorisationsActivities {
  /** Those whose last answer is ten minutes old, as many as one run can ask for. Queue `office`. */
  readChecks(): Promise<{ checks: readonly AuthorisationCheck[] }>;
  /** One call: which connections TikTok no longer lists, or all when the token is dead. Queue of the platform. */
  askForAccounts(input: AuthorisationCheck): Promise<{ ended: readonly EndedConnection[] }>;
  /** Queue `office`. */
  noteChecked(input: { authorisationId: string }): Promise<void>;
  /** Counts a finding for what ended with its whole authorisation and was not authorised again. Queue `office`. */
  countPolls(): Promise<void>;
}
