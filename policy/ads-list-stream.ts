/** Short words for plain lists of the API for Business (reference: business-api.tiktok.com, "API Reference"). */
import type { AdsListRequest, Stream } from './stream.ts';

type AdsListStream = Pick<Stream, 'name' | 'meaning' | 'key' | 'scope' | 'fields'> &
  Partial<Pick<Stream, 'dropped' | 'load' | 'time' | 'windowDaysMax'>> & {
    readonly request: Pick<AdsListRequest, 'endpoint'> & Partial<AdsListRequest>;
  };

/** Pulled whole, a version per change, unless it says otherwise. */
export function adsListStream({ request, ...input }: AdsListStream): Stream {
  return {
    dropped: [],
    load: 'entity',
    time: null,
    windowDaysMax: null,
    ...input,
    platform: 'tiktok-ads',
    request: {
      kind: 'ads-list',
      rows: 'list',
      query: {},
      pageSize: null,
      days: null,
      per: null,
      limit: 'app',
      ...request,
    },
    retention: 'with-connection',
  };
}

/** Addresses that TikTok signs for hours: kept, each listing would make a new version of every row. */
export const signedAddress =
  'An address that TikTok signs for hours; a later listing names a new one.';
