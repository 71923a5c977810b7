/**
 * PostgreSQL: who gave which authorisation, what was promised, what is planned, and the fence (design §2.3, §8, §9).
 * The only importer of `pg` and `kysely`.
 */
import type { Platform } from '../policy/stream.ts';
import type { TaskKind } from '../policy/tasks.ts';
import type { Priority, Window } from '../policy/windows.ts';
import type { Accounts } from './accounts/accounts.ts';
import type { Factors } from './accounts/factors.ts';
import type { Links } from './accounts/links.ts';
import type { Sessions } from './accounts/sessions.ts';
import type { Throttles } from './accounts/throttles.ts';
import type { BuyerLooks } from './buyer-looks.ts';
import type { Events } from './events/events.ts';
import type { Outbox } from './outbox.ts';
import type { ActivityLog } from './trails/activity.ts';
import type { AuditTrail } from './trails/audit.ts';

export type { Platform };

export type ConnectionState = 'active' | 'paused' | 'restricted' | 'ended';
export type Completeness = 'verified' | 'counted' | 'moving' | 'unverifiable';
export type ObligationKind =
  | 'sync-connection'
  | 'revoke-connection'
  | 'erase-connection'
  | 'renew-authorisation';

export interface Workspace {
  readonly id: string;
  readonly name: string;
}

export interface Authorisation {
  readonly id: string;
  readonly workspaceId: string;
  readonly platform: Platform;
  readonly scopes: readonly string[];
  /** `pending` until the code is exchanged, `failed` when TikTok refused it. */
  readonly state: 'pending' | 'active' | 'failed' | 'ended';
  /** Sealed by the caller under the authorisation's key; null once used or destroyed. */
  readonly sealedCode: Buffer | null;
  readonly sealedToken: Buffer | null;
  /** The accounts that TikTok says the token reaches (ids and names), sealed likewise. */
  readonly sealedAccounts: Buffer | null;
  readonly errorCode: string | null;
  /** When our own revoke call was made: what TikTok says within a day of it is its echo. */
  readonly revokeCalledAt: Date | null;
  readonly createdAt: Date;
}

export interface Connection {
  readonly id: string;
  readonly workspaceId: string;
  readonly authorisationId: string;
  readonly platform: Platform;
  /** TikTok's advertiser id, digits. */
  readonly accountId: string;
  /** Sealed by the caller under the connection's key: the account's name. */
  readonly sealedName: Buffer | null;
  /** Of a shop, sealed likewise: what opens it for calls. */
  readonly sealedCipher: Buffer | null;
  readonly state: ConnectionState;
  /** Consent epoch: bumped by each consent and each revocation; calls and loads carry the one they began under. */
  readonly epoch: number;
  readonly timeZone: string | null;
  readonly currency: string | null;
  readonly createdAt: Date;
}

export interface Obligation {
  readonly id: string;
  readonly kind: ObligationKind;
  /** Connection id; of `renew-authorisation` the authorisation's. */
  readonly subjectId: string;
  readonly cause: string;
  readonly dueAt: Date;
  readonly doneAt: Date | null;
  /** It is not due before TikTok has been asked this often once more. */
  readonly pollsLeft: number;
}

/** What this software cannot finish by itself. */
export interface Task {
  readonly id: string;
  readonly kind: TaskKind;
  /** Random id of what it is about. */
  readonly subjectId: string;
  readonly dueAt: Date;
  readonly details: TaskDetails;
  readonly createdAt: Date;
  readonly closedAt: Date | null;
}

/** Ids of our own, codes and counts only; never a person. */
export type TaskDetails = Readonly<Record<string, string | number>>;

/** A copy of what the connection's file holds, rebuilt from it; and the plan of what is still owed. */
export interface WindowRecord extends Window {
  readonly stream: string;
  readonly state: 'planned' | 'loaded' | 'failed';
  readonly priority: Priority;
  readonly completeness: Completeness | null;
  /** What its loads added to the stream's rows: windows overlap, and all of them together are what the file holds. */
  readonly rows: number | null;
  readonly pulledAt: Date | null;
  readonly error: string | null;
}

export interface ConsentRequest {
  readonly id: string;
  readonly workspaceId: string;
  readonly platform: Platform;
  /** SHA-256 of the browser's nonce cookie; the state parameter is bound to it, single use. */
  readonly nonceHash: Buffer;
  readonly createdAt: Date;
}

export type PauseKind = 'second' | 'minute' | 'day';

export interface Registry {
  readonly workspaces: {
    create(name: string): Promise<Workspace>;
    list(): Promise<Workspace[]>;
    find(id: string): Promise<Workspace | undefined>;
  };
  readonly consents: {
    /** Starts a consent; `state` is the parameter for TikTok. */
    begin(input: {
      workspaceId: string;
      platform: Platform;
      nonceHash: Buffer;
    }): Promise<{ state: string }>;
    /** Single use: the second call with one state, an unknown one, another browser's nonce or one older than an hour returns undefined. */
    redeem(input: { state: string; nonceHash: Buffer }): Promise<ConsentRequest | undefined>;
  };
  readonly authorisations: {
    create(input: {
      id: string;
      workspaceId: string;
      platform: Platform;
      sealedCode: Buffer;
    }): Promise<Authorisation>;
    find(id: string): Promise<Authorisation | undefined>;
    list(workspaceId: string): Promise<Authorisation[]>;
    /**
     * The code was exchanged: keeps token, scopes and accounts, forgets the code. In the same transaction owes a
     * renewal of tokens that end.
     */
    activate(
      id: string,
      input: {
        scopes: readonly string[];
        sealedToken: Buffer;
        sealedAccounts: Buffer;
        renewDueAt?: Date;
      },
    ): Promise<void>;
    setAccounts(id: string, sealedAccounts: Buffer): Promise<void>;
    /**
     * Another token in place of the one that was read, if it still stands there; false if not. A renewed one owes its
     * next renewal (`renewDueAt`) in place of the open obligation.
     */
    replaceToken(
      id: string,
      input: { from: Buffer; to: Buffer; renewDueAt?: Date },
    ): Promise<boolean>;
    /** One at a time per authorisation, over all processes; others wait. For at most one call's deadline. */
    holdForRenewal<T>(id: string, work: () => Promise<T>): Promise<T>;
    fail(id: string, errorCode: string): Promise<void>;
    /** Forgets the sealed token and accounts and ends the authorisation. */
    end(id: string): Promise<void>;
    /** Connections of it that are neither ended nor restricted. */
    openConnections(id: string): Promise<number>;
    /** Whose it is, as a keyed index of TikTok's `open_id`: events about that person find it. */
    setOpenIdIndex(id: string, index: Buffer): Promise<void>;
    /** Right before our own revoke call. */
    noteRevokeCall(id: string): Promise<void>;
    /** Active ones with an open connection that were last checked before then, and one such connection of each. */
    toCheck(checkedBefore: Date): Promise<(Authorisation & { connection: Connection })[]>;
    checked(id: string): Promise<void>;
  };
  readonly connections: {
    /** Opens a connection with epoch 1, its consent row and its `sync-connection` obligation, in one transaction. The same account in the same workspace: `ALREADY_CONNECTED`. */
    open(input: {
      id: string;
      workspaceId: string;
      authorisationId: string;
      platform: Platform;
      accountId: string;
      sealedName: Buffer;
      sealedCipher?: Buffer;
      /** Where they are known before anything is pulled. */
      timeZone?: string;
      currency?: string;
    }): Promise<Connection>;
    /**
     * One that TikTok had dropped and that is authorised again before its erasure is due: it goes on with its data.
     * Undefined when it does not wait for that.
     */
    reopen(input: {
      id: string;
      authorisationId: string;
      sealedName: Buffer;
      sealedCipher?: Buffer;
    }): Promise<Connection | undefined>;
    /**
     * An open connection goes on under a newer authorisation of the same account, with its next consent epoch. False
     * when it is not open, or its own authorisation is the newer one.
     */
    takeOver(input: {
      id: string;
      authorisationId: string;
      sealedName: Buffer;
      sealedCipher?: Buffer;
    }): Promise<boolean>;
    find(id: string): Promise<Connection | undefined>;
    list(filter?: {
      workspaceId?: string;
      states?: readonly ConnectionState[];
      authorisationId?: string;
    }): Promise<Connection[]>;
    /** Those of these accounts that have not ended, in every workspace. */
    ofAccounts(platform: Platform, accountIds: readonly string[]): Promise<Connection[]>;
    /** Those of every authorisation of that person that have not ended. */
    ofOpenId(index: Buffer): Promise<Connection[]>;
    describe(id: string, account: { timeZone: string; currency: string }): Promise<void>;
    setState(id: string, state: 'active' | 'paused'): Promise<void>;
  };
  readonly obligations: {
    due(now: Date): Promise<Obligation[]>;
    open(filter?: { kind?: ObligationKind; subjectId?: string }): Promise<Obligation[]>;
    add(input: {
      kind: ObligationKind;
      subjectId: string;
      cause: string;
      dueAt: Date;
    }): Promise<Obligation>;
    done(id: string): Promise<void>;
    /** TikTok was asked once more. Those that were counted after `countedBefore` wait for the next time. */
    countPolls(ids: readonly string[], countedBefore: Date): Promise<void>;
  };
  readonly events: Events;
  readonly buyerLooks: BuyerLooks;
  readonly accounts: Accounts;
  readonly links: Links;
  readonly sessions: Sessions;
  readonly factors: Factors;
  readonly throttles: Throttles;
  readonly outbox: Outbox;
  readonly activity: ActivityLog;
  readonly audit: AuditTrail;
  readonly tasks: {
    /** One open task of a kind and subject: opened again, it is due at the earlier date and has the later details. */
    open(input: {
      kind: TaskKind;
      subjectId: string;
      dueAt: Date;
      details?: TaskDetails;
    }): Promise<Task>;
    /** Open ones, or the closed ones; the most urgent first. */
    list(filter?: { kind?: TaskKind; subjectId?: string; closed?: boolean }): Promise<Task[]>;
    close(id: string): Promise<void>;
  };
  readonly windows: {
    list(connectionId: string, stream?: string): Promise<WindowRecord[]>;
    /** Adds what is missing to the plan and raises priorities; loaded windows that are planned again become `planned` and keep their figures. */
    plan(
      connectionId: string,
      stream: string,
      windows: readonly (Window & { priority: Priority })[],
    ): Promise<void>;
    /** Replaces one planned window by its halves. */
    split(
      connectionId: string,
      stream: string,
      window: Window,
      halves: readonly Window[],
    ): Promise<void>;
    /** Notes a load; once per pull, however often it is told. `rows`: what it added to the rows that the file holds. */
    loaded(
      connectionId: string,
      stream: string,
      window: Window,
      result: { completeness: Completeness; rows: number; pulledAt: Date },
    ): Promise<void>;
    failed(connectionId: string, stream: string, window: Window, errorCode: string): Promise<void>;
    /** Throws the copy away and writes what the connection's file says (decision 5). */
    rebuild(
      connectionId: string,
      truth: readonly {
        stream: string;
        from: string;
        to: string;
        completeness: Completeness;
        rows: number;
        pulledAt: Date;
      }[],
    ): Promise<void>;
    progress(connectionId: string): Promise<
      {
        stream: string;
        planned: number;
        loaded: number;
        failed: number;
        rows: number;
        newestPulledAt: Date | null;
      }[]
    >;
  };
  readonly quota: {
    /** Waits for this app's next slot; every call to TikTok takes one. Throws `QUOTA_PAUSED` (retryAfterMs) while a pause holds, by real time: TikTok's counters know no other. */
    takeSlot(app: string, signal: AbortSignal): Promise<void>;
    /** Slots a second for an app: the tier's QPS − 1. */
    setRate(app: string, perSecond: number): void;
    pause(app: string, kind: PauseKind, until: Date): Promise<void>;
    pauses(now: Date): Promise<{ app: string; kind: PauseKind; until: Date }[]>;
    /**
     * Waits for the app's next slot of report tasks, which TikTok counts apart, and counts one; the call takes a slot
     * of the app as well. Throws `QUOTA_PAUSED` until 00:00 UTC after `perDay`.
     */
    takeReportTaskSlot(app: string, perDay: number, signal: AbortSignal): Promise<void>;
  };
  readonly fence: {
    /**
     * Runs one call or load under the connection's consent (design §8): shared advisory lock on this process's one
     * dedicated session, lease renewed each second and checked before `work`. Throws `CONSENT_ENDED` when the epoch
     * has moved; the signal aborts within 500 ms of a revocation, and when `cancelled` does. Whoever asks the signal
     * (`aborted`, `throwIfAborted`) asks the lease again: do so right before a send and right before a commit. A signal
     * made of it by `AbortSignal.any` does not ask; give the other one as `cancelled` instead.
     */
    hold<T>(
      connectionId: string,
      epoch: number,
      work: (signal: AbortSignal) => Promise<T>,
      cancelled?: AbortSignal,
    ): Promise<T>;
    /**
     * TikTok's own revoke call, one at a time per authorisation, and only while no connection of it is open
     * (`AUTHORISATION_IN_USE`); none can be opened meanwhile.
     */
    holdForRevocation<T>(
      authorisationId: string,
      work: (signal: AbortSignal) => Promise<T>,
    ): Promise<T>;
    /**
     * In one transaction: bumps the epoch, restricts the connection, ends its `sync-connection` obligation and owes
     * `revoke-connection` (now) and `erase-connection` (`eraseDueAt`, and not before TikTok was asked `pollsLeft` times
     * more). Then NOTIFY. Idempotent; an earlier date of a second cause wins.
     */
    revoke(
      connectionId: string,
      input: { cause: string; eraseDueAt: Date; pollsLeft?: number },
    ): Promise<{ epoch: number }>;
    /**
     * Resolves once no call under an older epoch can be under way: every holder has acknowledged, or its lease plus
     * `callDeadlineMs` has passed. A load that was stopped between its last check and its commit may be left: the
     * warehouse's `settleWrites` waits for it.
     */
    confirm(connectionId: string): Promise<void>;
  };
  readonly clock: {
    /** Milliseconds that a demo folder's clock is ahead of the system's. */
    offsetMs(): Promise<number>;
    setOffsetMs(offsetMs: number): Promise<void>;
  };
  /** Calls back on every NOTIFY of that kind until closed; misses nothing that a reader of the tables would not see. */
  listen(
    channel: 'quota' | 'fence' | 'obligations' | 'windows' | 'clock' | 'events',
    heard: (payload: string) => void,
  ): Promise<() => Promise<void>>;
  /** `SELECT 1`, for readiness. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
