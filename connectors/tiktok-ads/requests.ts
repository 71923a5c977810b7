/** What is asked of TikTok for a stream and a window. Lists and objects are JSON text in a query string. */
import { addDays } from '../../policy/days.ts';
import type { AdsListRequest, ListingRequest, ReportRequest } from '../../policy/stream.ts';
import { type Window, wholeWindow } from '../../policy/windows.ts';
import type { PullTarget } from './client.ts';

export interface Call {
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
}

const reportPageSize = 1000;
/** The longest range without a time dimension. */
const rangeDaysMax = 365;

const statusFilters = {
  AUCTION_ADVERTISER: null,
  AUCTION_CAMPAIGN: 'campaign_status',
  AUCTION_ADGROUP: 'adgroup_status',
  AUCTION_AD: 'ad_status',
} as const satisfies Record<ReportRequest['dataLevel'], string | null>;

const idFilters = {
  AUCTION_ADVERTISER: 'advertiser_ids',
  AUCTION_CAMPAIGN: 'campaign_ids',
  AUCTION_ADGROUP: 'adgroup_ids',
  AUCTION_AD: 'ad_ids',
} as const satisfies Record<ReportRequest['dataLevel'], string>;

/** `today` is the day in UTC, by the hub's clock. */
export function pageCall(
  target: PullTarget & { pass: number; page: number; onlyIds?: readonly string[] },
  today: string,
): Call {
  const { accountId, pass, page, window } = target;
  const { request } = target.stream;
  switch (request.kind) {
    case 'account':
      return { path: request.endpoint, query: { advertiser_ids: JSON.stringify([accountId]) } };
    case 'listing':
      return listingCall(request, accountId, pass, page);
    case 'ads-list':
      return { path: request.endpoint, query: listQuery(request, target, today) };
    case 'report':
      return {
        path: 'report/integrated/get/',
        query: {
          advertiser_id: accountId,
          service_type: 'AUCTION',
          report_type: request.reportType,
          data_level: request.dataLevel,
          dimensions: JSON.stringify(request.dimensions),
          metrics: JSON.stringify(request.metrics),
          ...textOf(rangeOf(request, window, today)),
          ...withDeleted(request, target.onlyIds),
          ...(page === 1 && givesTotals(request) ? { enable_total_metrics: 'true' } : {}),
          page: String(page),
          page_size: String(reportPageSize),
        },
      };
    default:
      throw new TypeError(`${target.stream.name} is no stream of TikTok ads.`);
  }
}

/** Filters by status are not known to asynchronous reports; titles stay TikTok's own names. */
export function taskBody({ accountId, stream, window }: PullTarget, today: string): object {
  const { request } = stream;
  if (request.kind !== 'report') throw new TypeError(`${stream.name} is no report.`);
  return {
    advertiser_id: accountId,
    service_type: 'AUCTION',
    report_type: request.reportType,
    data_level: request.dataLevel,
    dimensions: request.dimensions,
    metrics: request.metrics,
    ...rangeOf(request, window, today),
    output_format: 'CSV_STRING',
    enable_report_title_translation: false,
  };
}

function listingCall(request: ListingRequest, accountId: string, pass: number, page: number): Call {
  const asked = request.passes[pass];
  if (asked === undefined) throw new RangeError(`${request.endpoint} has no pass ${pass}.`);
  return {
    path: request.endpoint,
    query: {
      advertiser_id: accountId,
      filtering: JSON.stringify({
        primary_status: 'STATUS_ALL',
        buying_types: asked.buyingTypes,
      }),
      page: String(page),
      page_size: String(asked.pageSize),
    },
  };
}

function listQuery(
  { endpoint, query, pageSize, days, per }: AdsListRequest,
  { accountId, window, page, ids }: Parameters<typeof pageCall>[0],
  today: string,
): Record<string, string> {
  const asked: Record<string, string> = { advertiser_id: accountId, ...query };
  if (per !== null) {
    if (!ids?.length || ids.length > per.idsPerCall) {
      throw new RangeError(
        `${endpoint} takes 1 to ${per.idsPerCall} ids, not ${ids?.length ?? 0}.`,
      );
    }
    asked[per.name] = JSON.stringify(ids);
  }
  if (days === 'window') {
    Object.assign(asked, { start_date: window.from, end_date: window.to });
  } else if (days !== null) {
    asked.date_range = JSON.stringify({ start_date: addDays(today, 1 - days), end_date: today });
  }
  if (pageSize !== null) Object.assign(asked, { page: String(page), page_size: String(pageSize) });
  return asked;
}

/** A whole that TikTok knows no lifetime of is the longest range up to yesterday. */
function rangeOf(
  request: ReportRequest,
  window: Window,
  today: string,
): { query_lifetime: true } | { start_date: string; end_date: string } {
  if (request.lifetime) return { query_lifetime: true };
  if (window.from !== wholeWindow.from) return { start_date: window.from, end_date: window.to };
  return { start_date: addDays(today, -rangeDaysMax), end_date: addDays(today, -1) };
}

const textOf = (range: Readonly<Record<string, string | true>>): Record<string, string> =>
  Object.fromEntries(Object.entries(range).map(([name, value]) => [name, String(value)]));

/** Without it deleted ads vanish, and their spend with them. */
function withDeleted(
  { dataLevel }: ReportRequest,
  onlyIds: readonly string[] | undefined,
): { filtering?: string } {
  const field_name = statusFilters[dataLevel];
  if (field_name === null) return {};
  const isIn = (name: string, values: readonly string[]) => ({
    field_name: name,
    filter_type: 'IN',
    filter_value: JSON.stringify(values),
  });
  const filters = [isIn(field_name, ['STATUS_ALL'])];
  if (onlyIds !== undefined) filters.push(isIn(idFilters[dataLevel], onlyIds));
  return { filtering: JSON.stringify(filters) };
}

/** TikTok adds sums up for basic reports of an id, by day or not; nothing else may be among the dimensions. */
function givesTotals({ reportType, dimensions }: ReportRequest): boolean {
  return reportType === 'BASIC' && dimensions.every((one) => /_id$|^stat_time_day$/.test(one));
}
