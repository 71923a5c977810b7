/** Pages of rows that are sorted already and remembered: each costs a search by halves, not a sort. */
import {
  compareIds,
  type Page,
  type PageRules,
  type Place,
  readPageSize,
  readToken,
  writeToken,
} from './paging.ts';
import type { ShopParameters } from './parameters.ts';

/** `rows` ascend by their place, also when they are to be read from the end. */
export function pageOfSorted<T>(
  rows: readonly T[],
  query: ShopParameters,
  input: { rules: PageRules; placeOf: (row: T) => Place; descending: boolean },
): Page<T> {
  const { rules, placeOf, descending } = input;
  const size = readPageSize(query, rules);
  const token = query.text('page_token');
  const last = token === null ? null : readToken(token);
  if (descending) {
    const end = last === null ? rows.length : firstFrom(rows, placeOf, last, false);
    const start = Math.max(0, end - size);
    const page = rows.slice(start, end).reverse();
    return { rows: page, nextPageToken: start > 0 ? writeToken(placeOf(page.at(-1)!)) : '' };
  }
  const start = last === null ? 0 : firstFrom(rows, placeOf, last, true);
  const page = rows.slice(start, start + size);
  const more = start + size < rows.length;
  return { rows: page, nextPageToken: more ? writeToken(placeOf(page.at(-1)!)) : '' };
}

/** The first row whose place is not before the given one, or behind it with `after`. */
function firstFrom<T>(
  rows: readonly T[],
  placeOf: (row: T) => Place,
  place: Place,
  after: boolean,
): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const here = placeOf(rows[middle]!);
    const order = here.order - place.order || compareIds(here.id, place.id);
    if (order < 0 || (after && order === 0)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Remembers what was computed for the last few questions, as long as their subject has not changed. */
export class Remembered<T> {
  readonly #answers = new Map<string, { version: number; value: T }>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  get(question: string, version: number, compute: () => T): T {
    const known = this.#answers.get(question);
    if (known?.version === version) return known.value;
    const value = compute();
    this.#answers.delete(question);
    this.#answers.set(question, { version, value });
    if (this.#answers.size > this.#max) this.#answers.delete(this.#answers.keys().next().value!);
    return value;
  }
}
