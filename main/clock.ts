import type { Clock } from '../policy/clock.ts';

/** The system's clock: the only one on a real folder. */
export const systemClock: Clock = { now: () => new Date() };

/** A demo folder's clock: the system's, shifted by an offset that is kept in the registry. */
export interface ShiftedClock extends Clock {
  readonly offsetMs: number;
  shiftTo(offsetMs: number): void;
}

export function createShiftedClock(): ShiftedClock {
  let offsetMs = 0;
  return {
    now: () => new Date(Date.now() + offsetMs),
    get offsetMs() {
      return offsetMs;
    },
    shiftTo(next) {
      offsetMs = next;
    },
  };
}
