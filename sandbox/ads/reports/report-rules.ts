/** Which reports may be asked for: levels, dimensions, metrics, and which of them go together. */
import type { ReportQuery } from '../../world.ts';
import { badParameter } from '../answers.ts';

export type DataLevel = ReportQuery['dataLevel'];

const levels: readonly DataLevel[] = [
  'AUCTION_ADVERTISER',
  'AUCTION_CAMPAIGN',
  'AUCTION_ADGROUP',
  'AUCTION_AD',
];
const reservationLevels = [
  'RESERVATION_ADVERTISER',
  'RESERVATION_CAMPAIGN',
  'RESERVATION_ADGROUP',
  'RESERVATION_AD',
];
export const acceptedLevels: readonly string[] = [...levels, ...reservationLevels];

const idDimensions = ['advertiser_id', 'campaign_id', 'adgroup_id', 'ad_id'];
const timeDimensions = ['stat_time_day', 'stat_time_hour'];
const audienceDimensions = ['age', 'gender', 'country_code', 'platform', 'province_id'];

/** Attributes that exist from a level downwards, by the index of that level. */
const attributeLevels: Readonly<Record<string, number>> = {
  campaign_id: 1,
  campaign_name: 1,
  adgroup_id: 2,
  adgroup_name: 2,
  ad_id: 3,
  ad_name: 3,
  ad_text: 3,
};

const attributes: ReadonlySet<string> = new Set([
  ...Object.keys(attributeLevels),
  ...['advertiser_name', 'objective_type', 'placement_type', 'promotion_type', 'tt_app_id'],
  ...['tt_app_name', 'mobile_app_id', 'image_mode', 'currency', 'dpa_target_audience_type'],
]);

/** Only at advertiser level, and never over a lifetime. */
const accountMoney = ['voucher_spend', 'cash_spend'];
const conflict =
  'Conflict occurs. The input params including metrics and dimensions have no relation.';

export const isAttribute = (metric: string) => attributes.has(metric);

export function readDataLevel(name: string): DataLevel | null {
  return levels.find((level) => level === name) ?? null;
}

export function checkDimensions(
  query: Pick<ReportQuery, 'reportType' | 'dataLevel' | 'dimensions' | 'lifetime'>,
): void {
  const { reportType, dataLevel, dimensions, lifetime } = query;
  if (dimensions.length === 0) throw badParameter('dimensions: Missing data for required field.');
  const extra = reportType === 'AUDIENCE' ? audienceDimensions : ['country_code'];
  const known = [...idDimensions, ...timeDimensions, ...extra];
  const unknown = dimensions.filter((dimension) => !known.includes(dimension));
  if (unknown.length > 0) {
    throw badParameter(`invalid dimension fields: [${quoted(unknown)}]`);
  }
  if (new Set(dimensions).size < dimensions.length) {
    throw badParameter('dimensions: Each may be named once.');
  }
  const ids = dimensions.filter((dimension) => idDimensions.includes(dimension));
  const wanted = idDimensions[levels.indexOf(dataLevel)];
  if (ids.length > 1 || (ids.length === 1 && ids[0] !== wanted)) {
    throw badParameter(`dimensions: The one ID dimension of ${dataLevel} is ${wanted}.`);
  }
  const times = dimensions.filter((dimension) => timeDimensions.includes(dimension));
  if (times.length > 1) throw badParameter('dimensions: At most one time dimension.');
  if (reportType === 'AUDIENCE') checkAudience(dimensions);
  if (lifetime && (times.length > 0 || dimensions.includes('country_code'))) {
    const refused = 'stat_time_day, stat_time_hour and country_code';
    throw badParameter(`dimensions: ${refused} are not allowed with query_lifetime.`);
  }
}

/** By age and gender, together or alone; else by one audience dimension at a time. */
function checkAudience(dimensions: readonly string[]): void {
  if (dimensions.includes('stat_time_hour')) {
    throw badParameter('dimensions: stat_time_hour is not allowed in AUDIENCE reports.');
  }
  const audience = dimensions.filter((dimension) => audienceDimensions.includes(dimension));
  const person = audience.every((dimension) => dimension === 'age' || dimension === 'gender');
  if (audience.length === 0) {
    throw badParameter('dimensions: AUDIENCE reports need an audience dimension.');
  }
  if (audience.length > 1 && !person) throw badParameter(conflict);
}

export function checkMetrics(
  query: Pick<ReportQuery, 'reportType' | 'dataLevel' | 'dimensions' | 'metrics' | 'lifetime'>,
  known: ReadonlySet<string>,
  asynchronous: boolean,
): void {
  const level = levels.indexOf(query.dataLevel);
  const money = query.lifetime || level > 0 ? accountMoney : [];
  const invalid = query.metrics.filter((metric) => !known.has(metric) || money.includes(metric));
  if (invalid.length > 0) throw badParameter(`invalid metric fields: [${quoted(invalid)}]`);
  const tooDeep = query.metrics.some((metric) => (attributeLevels[metric] ?? 0) > level);
  const unique = /^(reach|frequency|result|result_rate|cost_per_result)$/;
  const countryless =
    asynchronous &&
    query.dimensions.includes('country_code') &&
    query.metrics.some((metric) => unique.test(metric));
  if (tooDeep || countryless) throw badParameter(conflict);
}

function quoted(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(', ');
}

/** The longest inclusive range of days: 1 by hour, 30 by day, else 365. */
export function checkDates(
  dates: { from: string | null; to: string | null },
  dimensions: readonly string[],
  unlimited: boolean,
): void {
  const { from, to } = dates;
  const start = dayNumber('start_date', from);
  const end = dayNumber('end_date', to);
  if (end < start) throw badParameter('end_date: Must not be before start_date.');
  if (unlimited) return;
  const days = end - start + 1;
  if (dimensions.includes('stat_time_hour')) {
    if (days > 1) throw badParameter('max time span is 1 day when use stat_time_hour');
  } else if (dimensions.includes('stat_time_day')) {
    if (days > 30) throw badParameter('max time span is 30 days when use stat_time_day');
  } else if (days > 365) {
    throw badParameter('max time span is 365 days');
  }
}

function dayNumber(name: string, text: string | null): number {
  if (text === null) throw badParameter(`${name}: Missing data for required field.`);
  const time = Date.parse(`${text}T00:00:00Z`);
  const valid = /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(time);
  // `Date.parse` takes 30 February for 2 March.
  if (!valid || new Date(time).toISOString().slice(0, 10) !== text) {
    throw badParameter(`${name}: Must be a date, YYYY-MM-DD.`);
  }
  return time / 86_400_000;
}
