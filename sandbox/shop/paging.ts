/**
 * Pages behind an opaque token. A token remembers the last row, not a position: rows that come or go between two pages
 * make none be left out.
 */
import { randomBytes } from 'node:crypto';
import { invalidRequest, ShopRefusal } from './answers.ts';
import type { ShopParameters } from './parameters.ts';

export interface PageRules {
  readonly min?: number;
  readonly max: number;
  /** Used when `page_size` is absent; required without one. */
  readonly fallback?: number;
  /** Of a size out of range, where it is not the endpoint's usual one. */
  readonly code?: number;
}

/** Where a row stands: by number, then by id. */
export interface Place {
  readonly order: number;
  readonly id: string;
}

export interface Page<T> {
  readonly rows: readonly T[];
  /** Empty on the last page. */
  readonly nextPageToken: string;
}

const prefixBytes = 6;

export function compareIds(one: string, other: string): number {
  return one.length - other.length || (one < other ? -1 : one > other ? 1 : 0);
}

const comparePlaces = (one: Place, other: Place): number =>
  one.order - other.order || compareIds(one.id, other.id);

/** Sorts all matching rows and cuts one page out of them. */
export function pageOf<T>(
  rows: readonly T[],
  query: ShopParameters,
  input: { rules: PageRules; placeOf: (row: T) => Place; descending: boolean },
): Page<T> {
  const { rules, placeOf, descending } = input;
  const size = readPageSize(query, rules);
  const sign = descending ? -1 : 1;
  const compare = (one: Place, other: Place): number => sign * comparePlaces(one, other);
  const token = query.text('page_token');
  const last = token === null ? null : readToken(token);
  const placed = rows
    .map((row) => ({ row, place: placeOf(row) }))
    .filter(({ place }) => last === null || compare(place, last) > 0)
    .sort((one, other) => compare(one.place, other.place));
  const page = placed.slice(0, size);
  return {
    rows: page.map(({ row }) => row),
    nextPageToken: placed.length > size ? writeToken(page.at(-1)!.place) : '',
  };
}

export function readPageSize(query: ShopParameters, rules: PageRules): number {
  const { min = 1, max, fallback, code } = rules;
  const size = query.integer('page_size', { min: 0, max: 999_999 }) ?? fallback;
  if (size !== undefined && size >= min && size <= max) return size;
  const reason = `must be a whole number from ${min} to ${max}`;
  if (code === undefined) throw query.invalid('page_size', reason);
  throw new ShopRefusal(code, `Invalid parameter page_size: ${reason}.`);
}

/** Random first bytes bring `+` and `/` into tokens, which clients must sign raw and send encoded. */
export function writeToken({ order, id }: Place): string {
  const text = Buffer.from(`${order} ${id}`);
  const prefix = randomBytes(prefixBytes);
  const hidden = text.map((byte, index) => byte ^ prefix[index % prefixBytes]! ^ 0xa5);
  return Buffer.concat([prefix, hidden]).toString('base64');
}

export function readToken(token: string): Place {
  const bytes = Buffer.from(token, 'base64');
  const prefix = bytes.subarray(0, prefixBytes);
  const text = bytes
    .subarray(prefixBytes)
    .map((byte, index) => byte ^ prefix[index % prefixBytes]! ^ 0xa5);
  const match = /^(-?\d+) (\d+)$/.exec(Buffer.from(text).toString('latin1'));
  if (!match) throw invalidRequest('Invalid parameter page_token.');
  return { order: Number(match[1]), id: match[2]! };
}
