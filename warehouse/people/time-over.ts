/** How long the file keeps a buyer: until some days after the order's end, and some after it was placed at the latest. */
import { buyersKept } from '../../policy/retention.ts';
import type { Stream } from '../../policy/stream.ts';
import { bookOf } from '../book.ts';
import { quoteName, quoteText, timestampText } from '../engine.ts';

export interface Keeping {
  readonly now: Date;
  /** After the order's end; never more than `buyersKept` says. */
  readonly daysAfterEnd: number;
}

/** States after which nothing more is sent to the buyer. */
export const endedStates = ['COMPLETED', 'CANCELLED', 'CANCEL'];

/** The row's key as one text, as the book of ends names it. */
export const entitySql = (stream: Stream, row: string): string =>
  `concat_ws(chr(31), ${stream.key.map((name) => `${row}.${quoteName(name)}`).join(', ')})`;

const before = ({ now }: Keeping, days: number): string =>
  `TIMESTAMP ${quoteText(timestampText(new Date(now.getTime() - days * 86_400_000)))}`;

/** SQL: whether the time of `row` (a table alias) is over; `alias` is the file that has the book of ends. */
export function timeOverSql(alias: string, stream: Stream, row: string, keeping: Keeping): string {
  const afterEnd = Math.min(keeping.daysAfterEnd, buyersKept.daysAfterEnd);
  return `(coalesce(${row}.create_time, ${row}.update_time) <= ${before(keeping, buyersKept.daysAfterCreation)}
    or ${entitySql(stream, row)} in (select entity from ${bookOf(alias, 'ends')}
      where stream = ${quoteText(stream.name)} and ended_at <= ${before(keeping, afterEnd)}))`;
}

/** SQL: an end is no longer needed once the day of its order alone says that its time is over. */
export const endNeededSql = (keeping: Keeping): string =>
  `created_at > ${before(keeping, buyersKept.daysAfterCreation)}`;
