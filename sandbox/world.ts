/**
 * What our own TikTok knows: accounts, entities and facts, at any instant of its clock. The HTTP
 * face asks this interface only; two worlds implement it: a seeded generator and recorded records.
 * Imports nothing of the hub.
 */

export type EntityLevel = 'campaign' | 'adgroup' | 'ad';

export interface WorldAccount {
  readonly advertiserId: string;
  readonly name: string;
  /** IANA zone (or `Etc/GMT+8`) of the account. */
  readonly timeZone: string;
  readonly currency: string;
  /** The account as `/advertiser/info/` sends it. */
  readonly record: Readonly<Record<string, unknown>>;
}

/**
 * One entity as `/campaign|adgroup|ad/get/` sends it at that instant, and what filters need to
 * know of it.
 */
export interface WorldEntity {
  readonly id: string;
  readonly campaignId: string;
  readonly adgroupId: string | null;
  readonly createdAt: Date;
  /** Null for Smart+ ads, whose record has no `modify_time`. */
  readonly modifiedAt: Date | null;
  readonly deleted: boolean;
  readonly buyingType: string;
  readonly record: Readonly<Record<string, unknown>>;
}

export interface ReportQuery {
  readonly advertiserId: string;
  readonly reportType: 'BASIC' | 'AUDIENCE';
  readonly dataLevel: 'AUCTION_ADVERTISER' | 'AUCTION_CAMPAIGN' | 'AUCTION_ADGROUP' | 'AUCTION_AD';
  readonly dimensions: readonly string[];
  readonly metrics: readonly string[];
  /** Days of the account's zone, inclusive; null with `lifetime`. */
  readonly from: string | null;
  readonly to: string | null;
  readonly lifetime: boolean;
  readonly includeDeleted: boolean;
  readonly campaignIds?: readonly string[];
  readonly adgroupIds?: readonly string[];
  readonly adIds?: readonly string[];
  /** Only the newest so many ads of the account are considered (synchronous reports: 20,000). */
  readonly newestAdsMax: number | null;
  /** Both hours of autumn's repeated hour as one row instead of two with the same label. */
  readonly mergeRepeatedHour: boolean;
}

export interface ReportRow {
  readonly dimensions: Readonly<Record<string, string>>;
  readonly metrics: Readonly<Record<string, string | number | null>>;
}

export interface ReportAnswer {
  readonly total: number;
  /** More ads than `newestAdsMax` were asked for, by id or as the whole account. */
  readonly cut: boolean;
  rows(offset: number, limit: number): readonly ReportRow[];
  /** The same rows as one JSON array in UTF-8, built without objects in between. */
  json(offset: number, limit: number): Buffer;
  /** The same rows as CSV lines ended by a line feed, after the header if one is given. */
  csv(offset: number, limit: number, header?: readonly string[]): Buffer;
  /** Sums of the additive metrics over all rows, fixed decimals, for `enable_total_metrics`. */
  totals(): Readonly<Record<string, string>>;
}

export interface World {
  readonly accounts: readonly WorldAccount[];
  /** The instant just after the last fact: where the clock starts. */
  readonly startsAt: Date;
  entities(level: EntityLevel, advertiserId: string, now: Date): readonly WorldEntity[];
  report(query: ReportQuery, now: Date): ReportAnswer;
  /** Every metric name that a report may ask for (others are 40002). */
  readonly metricNames: ReadonlySet<string>;
  /** Why no report has this set of dimensions (the face says 40002), or null. */
  conflict(query: Pick<ReportQuery, 'reportType' | 'dataLevel' | 'dimensions'>): string | null;
  /** Independent sums over the facts: see `sandbox/truth.ts`. */
  truth(question: TruthQuestion, now: Date): readonly TruthRow[];
}

export type TruthGroup =
  | 'day'
  | 'hour'
  | 'campaign_id'
  | 'adgroup_id'
  | 'ad_id'
  | 'country_code'
  | 'age'
  | 'gender'
  | 'platform'
  | 'province_id';

/**
 * `groupBy` of the account's days, hours and entities; sums as exact decimal text of additive
 * metrics. Deleted entities are always included.
 */
export interface TruthQuestion {
  readonly advertiserId: string;
  /** Audience reports know less of the newest hours (see `visibleUntil`); BASIC when absent. */
  readonly reportType?: 'BASIC' | 'AUDIENCE';
  readonly groupBy: readonly TruthGroup[];
  readonly from: string | null;
  readonly to: string | null;
  readonly metrics: readonly string[];
}

export interface TruthRow {
  readonly group: Readonly<Record<string, string>>;
  readonly sums: Readonly<Record<string, string>>;
  /**
   * Rows that a complete report at this grouping has: 2 where autumn's repeated hour has one label
   * for both.
   */
  readonly rows: number;
}
