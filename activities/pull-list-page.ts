/** One page of one list of a shop or of an ad account, of the ids of another stream's entities where TikTok asks for such. */
import type { PullTarget, TikTokAdsClient } from '../connectors/tiktok-ads/client.ts';
import type { TikTokShopClient } from '../connectors/tiktok-shop/client.ts';
import type { Clock } from '../policy/clock.ts';
import { addDays } from '../policy/days.ts';
import { HubError } from '../policy/errors.ts';
import type { AdsListRequest, ShopListRequest, Stream } from '../policy/stream.ts';
import { type Window, wholeWindow } from '../policy/windows.ts';
import type { Registry } from '../registry/registry.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import type { ListPageInput, ListPageResult } from '../workflows/sync-stream/contract.ts';
import { type ConnectionCall, callForConnection, type TikTokCallDeps } from './tiktok-call.ts';

export interface PullListPageDeps extends TikTokCallDeps {
  readonly registry: TikTokCallDeps['registry'] & Pick<Registry, 'windows'>;
  readonly warehouse: Pick<Warehouse, 'land' | 'listedIds'>;
  readonly shopClient: Pick<TikTokShopClient, 'pullPage'>;
  readonly client: Pick<TikTokAdsClient, 'pullPage'>;
  readonly clock: Clock;
}

export async function pullListPage(
  deps: PullListPageDeps,
  stream: Stream,
  { chunk, pageToken, part, ...pull }: ListPageInput,
): Promise<ListPageResult> {
  const { clock, warehouse, shopClient, client } = deps;
  const { request } = stream;
  if (request.kind !== 'shop-list' && request.kind !== 'ads-list') {
    throw new TypeError(`${stream.name} is no list.`);
  }
  const { ids, chunks } = await idsOf(deps, askedPer(stream), pull, chunk);
  if (chunks === 0) {
    return {
      rows: 0,
      totalNumber: 0,
      nextPageToken: null,
      chunks,
      pulledAtMs: clock.now().getTime(),
    };
  }
  const call = { ...pull, ...countedBy(request) };
  return callForConnection(deps, call, async ({ accessToken, cipher, connection, signal }) => {
    const pulledAtMs = clock.now().getTime();
    const target = { accessToken, stream, window: pull.window, ids };
    const { accountId } = connection;
    const { body, ...answer } =
      request.kind === 'shop-list'
        ? await shopClient.pullPage({ ...target, cipher, pageToken }, signal)
        : await pullNumbered(client, { ...target, accountId }, pageToken, signal);
    await warehouse.land({ ...pull, part, format: 'json', body });
    return { ...answer, chunks, pulledAtMs };
  });
}

/** TikTok counts calls to a shop by endpoint, and those of GMV Max apart from the app's others. */
function countedBy(
  request: ShopListRequest | AdsListRequest,
): Pick<ConnectionCall, 'endpoint' | 'limit'> {
  if (request.kind === 'shop-list') return { endpoint: request.path };
  return request.limit === 'gmv-max' ? { limit: request.limit } : {};
}

/** Of an ad account the number of the next page is its token. */
async function pullNumbered(
  client: PullListPageDeps['client'],
  target: PullTarget,
  pageToken: string | null,
  signal: AbortSignal,
) {
  const page = Number(pageToken ?? 1);
  const answer = await client.pullPage({ ...target, pass: 0, page }, signal);
  const { body, rows, totalNumber, totalPages } = answer;
  const nextPageToken = page < totalPages ? String(page + 1) : null;
  return { body, rows, totalNumber, totalPages, nextPageToken };
}

interface AskedIds {
  readonly stream: string;
  readonly idsPerCall: number;
  readonly time: string | null;
}

function askedPer({ request }: Stream): AskedIds | null {
  if (request.kind === 'shop-list') return request.per;
  return request.kind === 'ads-list' && request.per ? { ...request.per, time: null } : null;
}

/** The run of ids of that number, and how many runs there are. */
async function idsOf(
  { registry, warehouse }: Pick<PullListPageDeps, 'registry' | 'warehouse'>,
  per: AskedIds | null,
  { connectionId, window }: Pick<ListPageInput, 'connectionId' | 'window'>,
  chunk: number,
): Promise<{ ids: readonly string[] | null; chunks: number }> {
  if (per === null) return { ids: null, chunks: 1 };
  await requireListed(registry, connectionId, per.stream, per.time === null ? wholeWindow : window);
  const { ids, total } = await warehouse.listedIds(connectionId, per.stream, {
    within: per.time === null ? null : { column: per.time, window },
    offset: chunk * per.idsPerCall,
    limit: per.idsPerCall,
  });
  return { ids, chunks: Math.ceil(total / per.idsPerCall) };
}

/** Asked for before the list of its ids is there, it would seem to be complete and empty. */
async function requireListed(
  { windows }: Pick<Registry, 'windows'>,
  connectionId: string,
  stream: string,
  window: Window,
): Promise<void> {
  const pulled = (await windows.list(connectionId, stream)).filter(({ pulledAt }) => pulledAt);
  const held = (day: string) => pulled.some(({ from, to }) => from <= day && day <= to);
  let listed = pulled.length > 0;
  if (window.from !== wholeWindow.from) {
    for (let day = window.from; listed && day <= window.to; day = addDays(day, 1)) {
      listed = held(day);
    }
  }
  if (!listed) {
    throw new HubError('LISTING_AWAITED', `The first listing of ${stream} is not loaded yet.`);
  }
}
