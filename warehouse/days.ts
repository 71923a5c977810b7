/** Days of a window as conditions in SQL; plain ranges, by which DuckDB skips blocks. */
import { addDays, dayNumber } from '../policy/days.ts';
import type { Stream } from '../policy/stream.ts';
import { type Window, wholeWindow } from '../policy/windows.ts';
import { quoteName } from './engine.ts';

/** The day under which a stream that is pulled whole has its one row of coverage. */
export const wholeDay = wholeWindow.from;

export function daysOf(stream: Pick<Stream, 'time'>, { from, to }: Window): string[] {
  if (stream.time === null) return [wholeDay];
  const count = dayNumber(to) - dayNumber(from) + 1;
  return Array.from({ length: count }, (_, at) => addDays(from, at));
}

const dateSql = (day: string): string => `DATE '${day}'`;

/** `column` (a date) is one of `days`, which are in order. */
export function isOneOf(column: string, days: readonly string[]): string {
  const [first, last] = [days[0], days.at(-1)];
  if (first === undefined || last === undefined) return 'false';
  const range = `${column} between ${dateSql(first)} and ${dateSql(last)}`;
  if (dayNumber(last) - dayNumber(first) + 1 === days.length) return range;
  return `(${range} and ${column} in (${days.map(dateSql).join(', ')}))`;
}

/** SQL for the day of a row. */
export const daySql = (stream: Stream): string =>
  stream.time === null ? dateSql(wholeDay) : `${quoteName(stream.time.field)}::DATE`;

/** A row of the stream is of one of `days`. */
export function isOfDays(stream: Stream, days: readonly string[]): string {
  const [first, last] = [days[0], days.at(-1)];
  if (first === undefined || last === undefined) return 'false';
  if (stream.time === null) return 'true';
  const column = quoteName(stream.time.field);
  if (stream.time.grain === 'day') return isOneOf(column, days);
  const range = `${column} >= TIMESTAMP '${first}' and ${column} < TIMESTAMP '${addDays(last, 1)}'`;
  return `(${range} and ${isOneOf(daySql(stream), days)})`;
}
