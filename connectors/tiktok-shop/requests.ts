/** What is asked of TikTok Shop for a stream and a window. */
import { addDays } from '../../policy/days.ts';
import type { ShopListRequest } from '../../policy/stream.ts';
import type { Window } from '../../policy/windows.ts';
import type { ShopPullTarget } from './client.ts';

export interface ShopCall {
  readonly method: 'GET' | 'POST';
  /** The path as TikTok's documents write it: what its limit counts by. */
  readonly endpoint: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body?: Readonly<Record<string, unknown>>;
}

/** TikTok takes so many ids in one question for orders. */
export const orderIdsMax = 50;

export function pageCall(target: Omit<ShopPullTarget, 'accessToken' | 'cipher'>): ShopCall {
  const { stream, window, pageToken, ids } = target;
  const { request } = stream;
  if (request.kind !== 'shop-list') throw new TypeError(`${stream.name} is no list of a shop.`);
  const inQuery: Record<string, string> = { ...request.query };
  const inBody: Record<string, unknown> = { ...request.body };
  for (const [name, seconds] of Object.entries(rangeOf(request, window))) {
    if (request.window?.in === 'body') inBody[name] = seconds;
    else inQuery[name] = String(seconds);
  }
  if (request.pageSize !== null) inQuery.page_size = String(request.pageSize);
  if (pageToken !== null) inQuery.page_token = pageToken;
  if (request.per?.in === 'body') inBody[request.per.name] = idsFor(request, ids);
  return {
    method: request.method,
    endpoint: request.path,
    path: pathOf(request, ids),
    query: inQuery,
    ...(request.method === 'POST' && { body: inBody }),
  };
}

export function ordersCall(ids: readonly string[]): ShopCall {
  if (ids.length === 0 || ids.length > orderIdsMax) {
    throw new RangeError(`TikTok takes 1 to ${orderIdsMax} ids of orders, not ${ids.length}.`);
  }
  const path = '/order/202507/orders';
  return { method: 'GET', endpoint: path, path, query: { ids: ids.join(',') } };
}

/** These act on the authorisation as a whole; with a shop's cipher they are refused. */
export const isWithoutShop = (path: string): boolean => /^\/(authorization|seller)\//.test(path);

function pathOf(request: ShopListRequest, ids: readonly string[] | null): string {
  if (request.per?.in !== 'path') return request.path;
  return request.path.replace(
    `{${request.per.name}}`,
    idsFor(request, ids).map(encodeURIComponent).join(','),
  );
}

function idsFor({ per, path }: ShopListRequest, ids: readonly string[] | null): readonly string[] {
  const idsMax = per?.idsPerCall ?? 0;
  if (ids !== null && ids.length > 0 && ids.length <= idsMax) return ids;
  throw new RangeError(`${path} takes 1 to ${idsMax} ids, not ${ids?.length ?? 0}.`);
}

/** Days of a shop's windows are UTC days; TikTok's ranges are seconds, up to but not with the last or with it. */
function rangeOf({ window: asked }: ShopListRequest, { from, to }: Window): Record<string, number> {
  if (asked === null) return {};
  const end = secondOf(addDays(to, 1));
  return {
    [`${asked.filter}_ge`]: secondOf(from),
    [`${asked.filter}_${asked.until}`]: asked.until === 'lt' ? end : end - 1,
  };
}

const secondOf = (day: string): number => Date.parse(`${day}T00:00:00Z`) / 1000;
