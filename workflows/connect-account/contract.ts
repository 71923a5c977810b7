/**
 * Turns a granted authorisation into connections whose data stream in. Promises: the code is exchanged at most once
 * with success, an account is opened once however often a step repeats, and nothing is opened that was not chosen.
 * May run twice for one authorisation (after the store was lost): steps that are done are found done.
 */
import { defineSignal } from '@temporalio/workflow';
import type { Platform } from '../../policy/stream.ts';

export const connectAccountType = 'connectAccount';
export const connectAccountId = (authorisationId: string): string =>
  `connect-account-${authorisationId}`;

export interface ConnectAccountInput {
  readonly authorisationId: string;
  /** Ads when left out, as in the first histories. */
  readonly platform?: Platform;
  /** Opens every granted account without asking (demo). */
  readonly takeAll: boolean;
}

export interface ConnectAccountResult {
  readonly outcome: 'connected' | 'failed' | 'ended' | 'not-chosen';
  readonly connectionIds: readonly string[];
}

export interface ChooseAccountsInput {
  readonly accountIds: readonly string[];
}

/** The owner's choice. The first one counts. */
export const chooseAccountsSignal = defineSignal<[ChooseAccountsInput]>('chooseAccounts');

export interface ConnectAccountActivities {
  /**
   * One call. Done before: says so. A code that TikTok refuses fails the authorisation. Queue of the platform.
   * `accountsKnown`: false where only `listAccounts` tells what was granted.
   */
  exchangeAuthCode(input: { authorisationId: string }): Promise<{
    state: 'active' | 'failed' | 'ended';
    accountsKnown?: boolean;
  }>;
  /** One call: names of the granted accounts, sealed into the authorisation. Queue of the platform. */
  listAccounts(input: { authorisationId: string }): Promise<{ accounts: number }>;
  /** Opens the chosen (null: all) accounts; ids follow from authorisation and account. Queue `office`. */
  openConnections(input: {
    authorisationId: string;
    accountIds: readonly string[] | null;
  }): Promise<{ connectionIds: readonly string[] }>;
  /** Queue `warehouse`. */
  createWarehouse(input: { connectionId: string }): Promise<void>;
}
