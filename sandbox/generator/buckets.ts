/** The spans of hours that rows of a report are about: hours, days, or one whole range. */
import type { Calendar } from '../calendar.ts';
import { dayNumber, dayText } from '../calendar.ts';
import type { ReportQuery } from '../world.ts';

/** Hours [from, until). */
export interface Bucket {
  readonly dimension: 'stat_time_day' | 'stat_time_hour' | null;
  /** As TikTok sends it: `2026-11-20 13:00:00`, in the account's zone. */
  readonly label: string;
  readonly from: number;
  readonly until: number;
}

/**
 * Days and hours of the query, cut to the hours that have facts and are known: [firstHour,
 * visible).
 */
export function bucketsOf(
  calendar: Calendar,
  query: ReportQuery,
  firstHour: number,
  visible: number,
): readonly Bucket[] {
  const cut = (bucket: Bucket): Bucket => ({
    ...bucket,
    from: Math.max(bucket.from, firstHour),
    until: Math.min(bucket.until, visible),
  });
  const spans = query.lifetime || query.from === null || query.to === null;
  if (spans) return filled([{ dimension: null, label: '', from: firstHour, until: visible }]);
  const first = dayNumber(query.from!);
  const last = dayNumber(query.to!);
  if (query.dimensions.includes('stat_time_day')) {
    return filled(daysOf(calendar, first, last, firstHour, visible).map(cut));
  }
  if (query.dimensions.includes('stat_time_hour')) {
    const days = filled(daysOf(calendar, first, last, firstHour, visible));
    return filled(days.flatMap((day) => hoursOf(calendar, day, query.mergeRepeatedHour)).map(cut));
  }
  const from = calendar.firstHourOf(first);
  const until = calendar.firstHourOf(last + 1);
  return filled([cut({ dimension: null, label: '', from, until })]);
}

function filled(buckets: readonly Bucket[]): readonly Bucket[] {
  return buckets.filter((bucket) => bucket.from < bucket.until);
}

function daysOf(
  calendar: Calendar,
  first: number,
  last: number,
  firstHour: number,
  visible: number,
): Bucket[] {
  const days: Bucket[] = [];
  const start = Math.max(first, calendar.labelOf(firstHour).day);
  const end = Math.min(last, calendar.labelOf(visible).day);
  for (let day = start; day <= end; day += 1) {
    days.push({
      dimension: 'stat_time_day',
      label: `${dayText(day)} 00:00:00`,
      from: calendar.firstHourOf(day),
      until: calendar.firstHourOf(day + 1),
    });
  }
  return days;
}

/**
 * The repeated hour of autumn gives two hours of one label, or one of double length when they are
 * merged.
 */
function hoursOf(calendar: Calendar, day: Bucket, mergeRepeatedHour: boolean): Bucket[] {
  const hours: Bucket[] = [];
  const plain = day.until - day.from === 24;
  for (let hour = day.from; hour < day.until; hour += 1) {
    const hourOfDay = plain ? hour - day.from : calendar.labelOf(hour).hourOfDay;
    const label = `${day.label.slice(0, 10)} ${String(hourOfDay).padStart(2, '0')}:00:00`;
    const before = hours.at(-1);
    if (mergeRepeatedHour && before?.label === label) {
      hours[hours.length - 1] = { ...before, until: hour + 1 };
    } else {
      hours.push({ dimension: 'stat_time_hour', label, from: hour, until: hour + 1 });
    }
  }
  return hours;
}
