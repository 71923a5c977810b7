/**
 * What a stream is: the one definition from which its table, parser, completeness check, data map,
 * access archive and erasure plan are made. Values live in `policy/streams/<stream>.ts`.
 */
import type { Category } from './categories.ts';
import type { RetentionRule } from './retention.ts';
import type { Subject } from './subjects.ts';

/**
 * How a value is read and stored. SQL types stand in `sqlTypes`. `null`, `-` and a missing field are null;
 * so is `""`, except in text.
 */
export type FieldType =
  | 'id' // numeric id above 2^53, exact
  | 'text'
  | 'count' // whole number; "10505.0" is accepted
  | 'money' // in the currency of the account
  | 'ratio' // any other decimal; percentages as TikTok sends them (1.18 = 1.18 %)
  | 'boolean' // also 0 and 1
  | 'instant' // UTC: `YYYY-MM-DD HH:MM:SS`, or epoch seconds
  | 'day' // date in the account's time zone
  | 'hour' // wall-clock hour in the account's time zone
  | 'json' // lists and objects, as canonical JSON text
  | 'pseudonym'; // a buyer's id, as a keyed hash that never leaves the warehouse

export const sqlTypes = {
  id: 'BIGINT',
  text: 'VARCHAR',
  count: 'BIGINT',
  money: 'DECIMAL(18,4)',
  ratio: 'DECIMAL(18,6)',
  boolean: 'BOOLEAN',
  instant: 'TIMESTAMP',
  day: 'DATE',
  hour: 'TIMESTAMP',
  json: 'VARCHAR',
  pseudonym: 'VARCHAR',
} as const satisfies Record<FieldType, string>;

export interface Field {
  /** Column name, snake_case; TikTok's own name wherever it has one. */
  readonly name: string;
  readonly type: FieldType;
  readonly unit?: string;
  readonly meaning: string;
  readonly category: Category;
  readonly subject: Subject;
  /**
   * Path in one record as TikTok sends it: `metrics.spend`, `dimensions.ad_id`, `campaign_name`. `^` leads from a
   * shop's row to the object that holds its list: `^.id`, `^.^.product_id`.
   */
  readonly source: string;
  /** May be added over rows and days (reach may not). Rollups and sums use additive fields only. */
  readonly additive?: boolean;
}

/** A field that TikTok sends, that is known, and that is not kept. */
export interface DroppedField {
  readonly source: string;
  readonly reason: string;
}

export type DataLevel =
  | 'AUCTION_ADVERTISER'
  | 'AUCTION_CAMPAIGN'
  | 'AUCTION_ADGROUP'
  | 'AUCTION_AD';

export interface ReportRequest {
  readonly kind: 'report';
  readonly reportType: 'BASIC' | 'AUDIENCE';
  readonly dataLevel: DataLevel;
  readonly dimensions: readonly string[];
  readonly metrics: readonly string[];
  readonly lifetime: boolean;
  /** Whether the asynchronous report can give the same rows (metrics and dimensions fit). */
  readonly taskable: boolean;
}

export interface ListingRequest {
  readonly kind: 'listing';
  readonly endpoint: 'campaign/get/' | 'adgroup/get/' | 'ad/get/';
  /** One complete listing per entry: buying types that TikTok lists only when asked for alone. */
  readonly passes: readonly {
    readonly buyingTypes: readonly string[];
    readonly pageSize: number;
  }[];
}

export interface AccountRequest {
  readonly kind: 'account';
  readonly endpoint: 'advertiser/info/';
}

/** One list of the Shop API, page by page by token (reference: partner.tiktokshop.com, "API reference"). */
export interface ShopListRequest {
  readonly kind: 'shop-list';
  readonly method: 'GET' | 'POST';
  /** `/order/202309/orders/search`; `{id}` stands for an id of the stream named in `per`. */
  readonly path: string;
  /** Where in `data` the rows are, through lists too: `orders`, `inventory.skus.warehouse_inventory`. */
  readonly rows: string;
  /** Always sent, in the query or (the second) in the body. */
  readonly query: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>> | null;
  readonly pageSize: number | null;
  /**
   * What a window is asked by: `<filter>_ge` and, to the next day's first second, `<filter>_lt` (`le`: to the last
   * second), epoch seconds of UTC days; null where there is no such filter.
   */
  readonly window: {
    readonly filter: string;
    readonly in: 'query' | 'body';
    readonly until: 'lt' | 'le';
  } | null;
  /**
   * Called for entities of another stream, so many ids at a time, under this name. With `time` only for those whose
   * column of that name lies in the window, else for all that live.
   */
  readonly per: (AskedPer & { readonly in: 'path' | 'body'; readonly time: string | null }) | null;
}

/** A plain list of the API for Business, in numbered pages or in one answer. */
export interface AdsListRequest {
  readonly kind: 'ads-list';
  readonly endpoint: string;
  /** Where in `data` the rows are, through lists too: `pixels`, `list.statistics`. */
  readonly rows: string;
  readonly query: Readonly<Record<string, string>>;
  /** Null where the answer has no pages. */
  readonly pageSize: number | null;
  /** Which days are asked for: the window’s, or so many up to today’s in UTC; null where days do not matter. */
  readonly days: 'window' | number | null;
  /** Called for all living entities of another stream, so many ids at a time, under this name. */
  readonly per: AskedPer | null;
  /** What TikTok counts the calls by: the app alone, or by themselves as well. */
  readonly limit: 'app' | 'gmv-max';
}

interface AskedPer {
  readonly stream: string;
  readonly idsPerCall: number;
  readonly name: string;
}

/** Rows that stand inside the records of another stream: the same pages, loaded in the same transaction. */
export interface PartRequest {
  readonly kind: 'part';
  readonly of: string;
  /** Member of the record that holds the rows (`line_items`), `^` being the record; null where the record itself is one. */
  readonly rows: string | null;
}

export type StreamRequest =
  | ReportRequest
  | ListingRequest
  | AccountRequest
  | AdsListRequest
  | ShopListRequest
  | PartRequest;

export type Platform = 'tiktok-ads' | 'tiktok-shop';

export interface Stream {
  readonly name: string;
  readonly platform: Platform;
  /** Buyers' personal fields lie in a file of their own; `facts` unless named. */
  readonly file?: 'people';
  readonly meaning: string;
  readonly load: 'window' | 'entity' | 'append';
  /** Columns that identify a row; streams by hour get `fold` as well: the rank among equal keys. */
  readonly key: readonly string[];
  readonly time: { readonly field: string; readonly grain: 'day' | 'hour' } | null;
  /** TikTok scope that must be granted, itself or one of its parents: `10`, `seller.order.info`. */
  readonly scope: string;
  readonly request: StreamRequest;
  /** Days of one window: 30 by day, 1 by hour; null for streams that are pulled whole. */
  readonly windowDaysMax: number | null;
  /**
   * Of streams whose windows are cut by when TikTok changed or made a row: days after which the rows of a day stay as
   * they are. Such a window is pulled again until then, today's every `pollMinutes`.
   */
  readonly settles?: { readonly days: number; readonly pollMinutes: number };
  readonly fields: readonly Field[];
  readonly dropped: readonly DroppedField[];
  readonly retention: RetentionRule;
}

/** Whether its rows stand in records of any shape, or as a report's do. */
export const isRecordList = ({ request, load }: Stream): boolean =>
  request.kind === 'shop-list' || (request.kind === 'ads-list' && load !== 'window');

/** The listing among `streams` whose entities the rows of this one are about; none for whole accounts. */
export function listingOf(streams: readonly Stream[], { key }: Stream): Stream | undefined {
  return streams.find(
    (one) => one.request.kind === 'listing' && one.key.length === 1 && key.includes(one.key[0]!),
  );
}
