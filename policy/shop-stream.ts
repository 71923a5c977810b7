/** Short words for the streams of a shop (reference: partner.tiktokshop.com, "API reference"). */
import type { Field, PartRequest, ShopListRequest, Stream } from './stream.ts';

/** Fields that stand under another member of the record: `under('payment', …)` reads `payment.total_amount`. */
export const under = (path: string, fields: readonly Field[]): Field[] =>
  fields.map((field) => ({ ...field, source: `${path}.${field.source}` }));

/** Fields whose column is called otherwise than TikTok calls them: `{ id: 'order_id' }`. */
export function renamed(columns: Readonly<Record<string, string>>, fields: Field[]): Field[] {
  return fields.map((field) => ({ ...field, name: columns[field.name] ?? field.name }));
}

type ShopListStream = Pick<Stream, 'name' | 'meaning' | 'key' | 'scope' | 'fields'> &
  Partial<Pick<Stream, 'dropped' | 'load' | 'windowDaysMax' | 'settles'>> & {
    readonly request: Pick<ShopListRequest, 'method' | 'path' | 'rows'> & Partial<ShopListRequest>;
  };

/** A list of the Shop API. Cut by days when its request has a window, else pulled whole. */
export function shopListStream({ request, ...input }: ShopListStream): Stream {
  return {
    dropped: [],
    load: 'entity',
    windowDaysMax: null,
    ...input,
    platform: 'tiktok-shop',
    time: null,
    request: {
      kind: 'shop-list',
      query: {},
      body: null,
      pageSize: null,
      window: null,
      per: null,
      ...request,
    },
    retention: 'with-connection',
  };
}

type PartStream = Pick<Stream, 'name' | 'meaning' | 'key' | 'fields'> &
  Partial<Pick<Stream, 'dropped' | 'file' | 'retention'>> &
  Pick<PartRequest, 'rows'>;

/** Rows inside the records of `whole`. */
export function partOf(whole: Stream, { rows, ...input }: PartStream): Stream {
  const { platform, scope, load, windowDaysMax } = whole;
  return {
    dropped: [],
    retention: 'with-connection',
    ...input,
    ...{ platform, scope, load, windowDaysMax },
    time: null,
    request: { kind: 'part', of: whole.name, rows },
  };
}
