/**
 * Which windows a stream owes (design §4.2): newest first, in the account's time zone, never across its calendar year.
 * Pure date arithmetic on `YYYY-MM-DD`; the account's "today" comes from an activity.
 */

/** Both ends inclusive, days of the account's time zone. */
export interface Window {
  readonly from: string;
  readonly to: string;
}

/** The window of a stream that is always pulled whole (listings, lifetime reports). */
export const wholeWindow: Window = { from: '0001-01-01', to: '9999-12-31' };

/** 1 a person waits, 2 a webhook, 3 fresh data, 5 backfill (design §9). */
export type Priority = 1 | 2 | 3 | 5;

export interface PlannedWindow extends Window {
  readonly priority: Priority;
}
