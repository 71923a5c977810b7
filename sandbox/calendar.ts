/**
 * Days and hours of one account's time zone. An *hour* is an index counted from 1970; it starts on
 * a whole hour of the account's clock, so that zones at a half or a quarter hour have whole hours
 * too.
 */

export const hourMs = 3_600_000;
export const dayMs = 86_400_000;

/** Days since 1970 of `YYYY-MM-DD`. */
export function dayNumber(day: string): number {
  return Date.parse(`${day}T00:00:00Z`) / dayMs;
}

/** `YYYY-MM-DD` of days since 1970. */
export function dayText(day: number): string {
  return new Date(day * dayMs).toISOString().slice(0, 10);
}

/** `YYYY-MM-DD HH:MM:SS` in UTC, as entities carry their times. */
export function utcText(at: Date | number): string {
  return new Date(at).toISOString().slice(0, 19).replace('T', ' ');
}

export interface HourLabel {
  /** Days since 1970 of the account's clock. */
  readonly day: number;
  readonly hourOfDay: number;
}

export interface Calendar {
  readonly timeZone: string;
  /** Where an hour of this zone starts within an hour of UTC. */
  readonly phaseMs: number;
  /** The first hour of a local day. A day has 23 or 25 hours when the clock is changed. */
  firstHourOf(day: number): number;
  labelOf(hour: number): HourLabel;
  /** The local day that an instant is in. */
  dayAt(at: Date): number;
}

/**
 * The calendar of a zone whose clock moves by whole hours and never at midnight (all that accounts
 * use).
 */
export function createCalendar(timeZone: string): Calendar {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  const localMs = (utcMs: number): number => {
    const [day, month, year, hour, minute, second] = format
      .format(utcMs)
      .split(/\D+/)
      .map(Number) as [number, number, number, number, number, number];
    return Date.UTC(year, month - 1, day, hour, minute, second);
  };
  const offsetMs = (utcMs: number): number => localMs(utcMs) - utcMs;
  // The offset of this century counts: zones changed their minutes in the past.
  const offset = offsetMs(Date.UTC(2021, 0, 1));
  const phaseMs = (hourMs - (((offset % hourMs) + hourMs) % hourMs)) % hourMs;
  return { timeZone, ...daysAndHours(localMs, offsetMs, phaseMs) };
}

function daysAndHours(
  localMs: (utcMs: number) => number,
  offsetMs: (utcMs: number) => number,
  phaseMs: number,
): Omit<Calendar, 'timeZone'> {
  const firstHours = new Map<number, number>();
  return {
    phaseMs,
    firstHourOf(day) {
      let first = firstHours.get(day);
      if (first === undefined) {
        const guess = day * dayMs - offsetMs(day * dayMs);
        first = (day * dayMs - offsetMs(guess) - phaseMs) / hourMs;
        firstHours.set(day, first);
      }
      return first;
    },
    labelOf(hour) {
      const local = localMs(hour * hourMs + phaseMs);
      const day = Math.floor(local / dayMs);
      return { day, hourOfDay: Math.floor((local - day * dayMs) / hourMs) };
    },
    dayAt: (at) => Math.floor(localMs(at.getTime()) / dayMs),
  };
}
