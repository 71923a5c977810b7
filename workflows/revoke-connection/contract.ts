/**
 * Carries out a revocation that the registry has recorded: proves that no call is under way, stops the sync, and ends
 * the token with the authorisation's last connection. Promises: `confirmed` is answered only after the fence holds
 * everywhere; the token is gone here within 24 hours whatever TikTok answers. Every step may run twice. Erasing the
 * data is an obligation of its own.
 */
import { defineUpdate } from '@temporalio/workflow';

export const revokeConnectionType = 'revokeConnection';
export const revokeConnectionId = (connectionId: string): string =>
  `revoke-connection-${connectionId}`;

export interface RevokeConnectionInput {
  readonly connectionId: string;
}

export interface RevokeConnectionResult {
  /** `kept`: other connections of the authorisation are open. `unrevoked`: TikTok may still take the token. */
  readonly token: 'revoked' | 'dead' | 'kept' | 'unrevoked';
}

/** Resolves once no call under the old consent can be under way. */
export const confirmedUpdate = defineUpdate<void>('confirmed');

/** All on queue `revocation`. */
export interface RevokeConnectionActivities {
  confirmFence(input: { connectionId: string }): Promise<void>;
  /** One call to TikTok, where it has one, when this was the authorisation's last open connection. */
  revokeToken(input: { connectionId: string }): Promise<RevokeConnectionResult>;
  /**
   * Forgets the token and destroys the authorisation's key, unless other connections are open. A token that TikTok may
   * still take becomes a task for a person.
   */
  forgetToken(input: { connectionId: string } & RevokeConnectionResult): Promise<void>;
  endRevocation(input: { connectionId: string }): Promise<void>;
}
