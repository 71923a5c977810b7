/** Short words for the long field lists of listings: a field stands under TikTok's own name. */
import type { Category } from './categories.ts';
import type { Field, FieldType, ListingRequest, Stream } from './stream.ts';
import type { Subject } from './subjects.ts';

/** Fields of one category: `{ campaign_name: ['text', 'Name of the campaign.'] }`. */
export function fieldsOf(
  category: Category,
  subject: Subject,
  fields: Readonly<Record<string, readonly [type: FieldType, meaning: string, unit?: string]>>,
): Field[] {
  return Object.entries(fields).map(([name, [type, meaning, unit]]) => ({
    name,
    type,
    meaning,
    category,
    subject,
    source: name,
    ...(unit === undefined ? {} : { unit }),
  }));
}

/**
 * `RESERVATION_TOP_VIEW` is listed only when asked for alone, and ad groups of it in pages of 100 at most.
 */
export function listingPasses(topViewPageSize: number): ListingRequest['passes'] {
  return [
    { buyingTypes: ['AUCTION', 'RESERVATION_RF'], pageSize: 1000 },
    { buyingTypes: ['RESERVATION_TOP_VIEW'], pageSize: topViewPageSize },
  ];
}

/** A stream of campaigns, ad groups, ads or the account itself: pulled whole, a version per change. */
export function entityStream(
  input: Pick<Stream, 'name' | 'meaning' | 'key' | 'scope' | 'request' | 'fields'> &
    Partial<Pick<Stream, 'dropped'>>,
): Stream {
  return {
    dropped: [],
    ...input,
    platform: 'tiktok-ads',
    load: 'entity',
    time: null,
    windowDaysMax: null,
    retention: 'with-connection',
  };
}
