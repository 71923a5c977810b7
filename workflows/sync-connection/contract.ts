/**
 * Keeps one connection's data as fresh as its streams' rules ask, for as long as the connection is active. Promises:
 * at most one run per connection; state lives in the registry and the connection's file, so that a run that is lost
 * or doubled changes nothing; it ends when consent ends. Timers only wake it, an hour apart at most.
 */
import { defineQuery, defineSignal } from '@temporalio/workflow';
import type { Priority, Window } from '../../policy/windows.ts';
import type { StreamProgress } from '../starter.ts';

export const syncConnectionType = 'syncConnection';
export const syncConnectionId = (connectionId: string): string => `sync-connection-${connectionId}`;

export interface SyncConnectionInput {
  readonly connectionId: string;
  /** What the previous run of a chain knew. */
  readonly carried?: {
    readonly notAuthorised: readonly string[];
    readonly skips: Readonly<Record<string, readonly Window[]>>;
  };
  /** History length after which the run continues as new; tests lower it. */
  readonly historyEventsMax?: number;
}

export interface SyncConnectionResult {
  readonly outcome: 'consent-ended' | 'authorisation-dead';
}

export interface RefreshInput {
  /** All streams when left out. */
  readonly streams?: readonly string[];
}

/** A person waits: fresh windows are pulled again at once, with priority 1. */
export const refreshSignal = defineSignal<[RefreshInput]>('refresh');
/** Something that planning depends on has changed (the clock was moved): read the plan again. */
export const wakeSignal = defineSignal('wake');
export const pauseSignal = defineSignal('pause');
export const resumeSignal = defineSignal('resume');

/** Counts of windows and rows are in the registry; the workflow knows what each stream is doing. */
export interface SyncProgress {
  readonly state: 'running' | 'paused' | 'ended';
  readonly streams: readonly Pick<StreamProgress, 'stream' | 'state'>[];
}
export const progressQuery = defineQuery<SyncProgress>('progress');

export interface StreamReading {
  readonly stream: string;
  readonly authorised: boolean;
  /** Best priority among its due windows; null when nothing is due. */
  readonly priority: Priority | null;
}

export interface ConnectionReading {
  readonly state: 'active' | 'paused' | 'ended';
  readonly epoch: number;
  /** Null until the account itself was loaded: nothing else can be planned before. */
  readonly timeZone: string | null;
  /** In the order of the policy. */
  readonly streams: readonly StreamReading[];
  /** Milliseconds until something becomes due by the hub's clock, an hour at most. */
  readonly nextDueInMs: number;
}

export interface SyncConnectionActivities {
  /** Writes the registry's copy of what is loaded anew from the connection's file. Queue `warehouse`. */
  rebuildWindows(input: { connectionId: string }): Promise<void>;
  /**
   * Plans what is due and reads it; writes zone and currency into the registry once the file knows them.
   * Queue `warehouse`.
   */
  readConnection(input: { connectionId: string }): Promise<ConnectionReading>;
  /** Plans the fresh windows again with priority 1. Queue `warehouse`. */
  planRefresh(input: { connectionId: string; streams: readonly string[] | null }): Promise<void>;
  /** Queue `office`. */
  setPaused(input: { connectionId: string; paused: boolean }): Promise<void>;
  /** TikTok knows the authorisation no more: restricts the connection at once. Queue `office`. */
  restrictConnection(input: { connectionId: string; epoch: number }): Promise<void>;
  /** One call: whether TikTok still lists the account for this token. Queue `tiktok-ads`. */
  checkAuthorisation(input: { connectionId: string; epoch: number }): Promise<{ granted: boolean }>;
}
