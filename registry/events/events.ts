/** Events that TikTok sent: appended before they are acknowledged, taken in order, kept for seven days. */

export type EventSource = 'tiktok-shop' | 'tiktok-developers';
/** `set-aside`: signed by TikTok and not usable; a person has to look. */
export type EventState = 'waiting' | 'done' | 'set-aside';

export interface NewEvent {
  /** Random, made by the caller, who sealed the body for it. */
  readonly id: string;
  readonly source: EventSource;
  /** TikTok's id of the event: a second one within seven days is a duplicate. */
  readonly externalId: string;
  readonly kind: string;
  /** Events of one subject are taken in order of arrival. No account's id: this is not sealed. */
  readonly subject: string;
  readonly sentAt: Date | null;
  readonly setAside: string | null;
  readonly sealedBody: Buffer;
}

export interface TakenEvent extends Omit<NewEvent, 'setAside' | 'sealedBody'> {
  /** The connection that it was delivered to; null until it is matched. */
  readonly connectionId: string | null;
  readonly receivedAt: Date;
  readonly attempts: number;
  readonly sealedBody: Buffer | null;
}

export interface ListedEvent {
  readonly id: string;
  readonly source: EventSource;
  readonly connectionId: string | null;
  readonly kind: string;
  readonly state: EventState;
  /** What became of it, in one word. */
  readonly outcome: string | null;
  readonly sentAt: Date | null;
  readonly receivedAt: Date;
  readonly attempts: number;
}

/** One event for one connection, sealed anew under its key. */
export interface Delivery {
  readonly eventId: string;
  /** Random, made by the caller, who sealed the body for it. */
  readonly id: string;
  readonly connectionId: string;
  readonly sealedBody: Buffer;
  /** The event is delivered to all it will ever reach; else it goes on waiting. */
  readonly isLast: boolean;
}

export interface Events {
  /**
   * Resolves once the event is durable. Those that arrive meanwhile are written together, in one statement and one
   * commit. Throws `CALLBACKS_BUSY` when too many wait.
   */
  append(event: NewEvent): Promise<'new' | 'duplicate'>;
  /** Runs `work` unless another process does; false then. Work that is done twice all the same must do no harm. */
  exclusively(work: () => Promise<void>): Promise<boolean>;
  /** What waits and is due, oldest first; nothing whose subject has an earlier event that waits for its next attempt. */
  take(limit: number): Promise<TakenEvent[]>;
  /** Delivers to connections and forgets what lies under the day's key, in one transaction. Idempotent. */
  match(deliveries: readonly Delivery[]): Promise<void>;
  done(ids: readonly string[], outcome: string): Promise<void>;
  /** Counts an attempt and tries again then. */
  postpone(ids: readonly string[], until: Date, outcome: string): Promise<void>;
  setAside(ids: readonly string[], outcome: string): Promise<void>;
  /** Newest first. */
  list(filter: {
    readonly state?: EventState;
    readonly source?: EventSource;
    readonly offset: number;
    readonly limit: number;
  }): Promise<{ rows: ListedEvent[]; total: number }>;
  /** How many are in each state, and since when the oldest that is due waits. */
  backlog(): Promise<{ counts: Readonly<Record<EventState, number>>; oldestDue: Date | null }>;
  /** Removes what was received before then, and says how many of them nobody had acted on. */
  purge(before: Date): Promise<{ removed: number; unhandled: number }>;
  /** Removes all that was delivered to this connection, whatever became of it, and says how many. */
  forget(connectionId: string): Promise<number>;
}
