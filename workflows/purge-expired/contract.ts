/**
 * Each night removes what has been kept as long as it may be: buyers' fields (a new file under a new key for every
 * shop), rows and pages that were set aside, events, keys of days. One run a day of the hub's clock; a second one of
 * the same day would find nothing more, and a day that was missed is made good by the next.
 */
export const purgeExpiredType = 'purgeExpired';
export const purgeExpiredId = (day: string): string => `purge-expired-${day}`;

export interface PurgeExpiredInput {
  /** UTC day of the hub's clock: names the run, and nothing else. */
  readonly day: string;
}

export interface PurgeExpiredResult {
  readonly rewritten: number;
  readonly forgotten: number;
  /** Shops whose file could not be rewritten; the next night tries again. */
  readonly failed: number;
}

export interface PurgeExpiredActivities {
  /** Shops that have buyers. Queue `warehouse`. */
  listBuyersFiles(): Promise<{ connectionIds: readonly string[] }>;
  /** Rewrites one shop's file, or ends it when its connection has ended. Queue `warehouse`. */
  expireBuyers(input: { connectionId: string }): Promise<{ done: 'rewritten' | 'forgotten' }>;
  /** Rows set aside for 30 days, pages landed and not loaded for 7. Queue `warehouse`. */
  expireFiles(): Promise<void>;
  /** Events of more than 7 days, looks at buyers and the log of activity of 180. Queue `office`. */
  expireEvents(): Promise<void>;
  /** Keys of days of which nothing sealed is left. Queue `office`. */
  expireDayKeys(): Promise<void>;
}
