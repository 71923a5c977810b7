/** Builds the report streams: four levels, by day, hour or whole, split by country or by a group of viewers. */
import { type Attribute, attributes } from './attributes.ts';
import { type MetricName, metricNames, metrics } from './metrics.ts';
import type { DataLevel, Field, ReportRequest, Stream } from './stream.ts';

export type Level = 'advertiser' | 'campaign' | 'adgroup' | 'ad';
export type Grain = 'day' | 'hour' | 'lifetime';
export type Split = 'country_code' | 'age' | 'gender' | 'platform' | 'province_id';

const levels = {
  advertiser: { dataLevel: 'AUCTION_ADVERTISER', id: 'advertiser_id', parents: [], attributes: [] },
  campaign: {
    dataLevel: 'AUCTION_CAMPAIGN',
    id: 'campaign_id',
    parents: [],
    attributes: ['campaign_name'],
  },
  adgroup: {
    dataLevel: 'AUCTION_ADGROUP',
    id: 'adgroup_id',
    parents: ['campaign_id'],
    attributes: [
      'campaign_name',
      'adgroup_name',
      'placement_type',
      'promotion_type',
      'tt_app_id',
      'tt_app_name',
      'mobile_app_id',
      'dpa_target_audience_type',
    ],
  },
  ad: {
    dataLevel: 'AUCTION_AD',
    id: 'ad_id',
    parents: ['campaign_id', 'adgroup_id'],
    attributes: [
      'campaign_name',
      'adgroup_name',
      'ad_name',
      'ad_text',
      'placement_type',
      'promotion_type',
      'tt_app_id',
      'tt_app_name',
      'mobile_app_id',
      'dpa_target_audience_type',
    ],
  },
} as const satisfies Record<
  Level,
  { dataLevel: DataLevel; id: string; parents: Attribute[]; attributes: Attribute[] }
>;

/** TikTok refuses them below the ad account and over its lifetime (error 40002). */
const advertiserMetrics: readonly MetricName[] = ['cash_spend', 'voucher_spend'];

/** With `country_code` only in synchronous basic reports. */
const synchronousByCountry: ReadonlySet<string> = new Set<MetricName>([
  'reach',
  'frequency',
  'cost_per_1000_reached',
  'result',
  'cost_per_result',
  'result_rate',
  'real_time_result',
  'real_time_cost_per_result',
  'real_time_result_rate',
  'registration',
  'purchase',
  'complete_payment',
]);

/** What TikTok can split by groups of viewers. */
const audienceMetrics: readonly MetricName[] = [
  'spend',
  'impressions',
  'clicks',
  'ctr',
  'cpc',
  'cpm',
  'conversion',
  'cost_per_conversion',
  'conversion_rate',
  'real_time_conversion',
  'real_time_cost_per_conversion',
  'real_time_conversion_rate',
  'result',
  'cost_per_result',
  'result_rate',
  'real_time_result',
  'real_time_cost_per_result',
  'real_time_result_rate',
];

const dimensions = {
  stat_time_day: { type: 'day', meaning: 'Day in the account’s time zone.' },
  stat_time_hour: { type: 'hour', meaning: 'Hour of the wall clock in the account’s time zone.' },
  country_code: { type: 'text', meaning: 'Country of the viewers.' },
  age: { type: 'text', meaning: 'Age group of the viewers; NONE where unknown.' },
  gender: { type: 'text', meaning: 'Gender of the viewers; NONE where unknown.' },
  platform: { type: 'text', meaning: 'Kind of device of the viewers.' },
  province_id: { type: 'text', meaning: 'Province of the viewers; known to be incomplete.' },
} as const satisfies Record<string, Pick<Field, 'type' | 'meaning'>>;

interface ReportInput {
  readonly name: string;
  readonly meaning: string;
  readonly level: Level;
  readonly by: Grain;
}

/** A basic report, by country where asked. */
export function basicReport(input: ReportInput & { readonly country?: true }): Stream {
  const splits: readonly Split[] = input.country ? ['country_code'] : [];
  const numbers = metricNames.filter((name) => {
    if (advertiserMetrics.includes(name)) {
      return input.level === 'advertiser' && input.by !== 'lifetime' && !input.country;
    }
    // Rates of an hour follow from its sums, and unique viewers come 16 hours late: sums only.
    return input.by !== 'hour' || metrics[name].additive;
  });
  const named = input.by === 'day' && !input.country ? levels[input.level].attributes : [];
  return report('BASIC', input, splits, numbers, named);
}

/** Figures split by groups of viewers. `lifetime` is the longest range that TikTok gives: 365 days up to yesterday. */
export function audienceReport(
  input: ReportInput & { readonly by: 'day' | 'lifetime'; readonly splits: readonly Split[] },
): Stream {
  const byCountry = input.splits.includes('country_code');
  const numbers = audienceMetrics.filter((name) => !byCountry || !synchronousByCountry.has(name));
  return report('AUDIENCE', input, input.splits, numbers, []);
}

function report(
  reportType: ReportRequest['reportType'],
  { name, meaning, level, by }: ReportInput,
  splits: readonly Split[],
  numbers: readonly MetricName[],
  named: readonly Attribute[],
): Stream {
  const { dataLevel, id, parents } = levels[level];
  const time = by === 'lifetime' ? null : ({ field: `stat_time_${by}`, grain: by } as const);
  const key = [id, ...(time === null ? [] : [time.field]), ...splits];
  const shown: readonly Attribute[] = [...parents, ...named];
  const taskable =
    !splits.includes('country_code') || !numbers.some((n) => synchronousByCountry.has(n));
  return {
    name,
    platform: 'tiktok-ads',
    meaning,
    load: 'window',
    key,
    time,
    scope: '44',
    request: {
      kind: 'report',
      reportType,
      dataLevel,
      dimensions: key,
      metrics: [...numbers, ...shown],
      lifetime: by === 'lifetime' && reportType === 'BASIC',
      taskable,
    },
    windowDaysMax: { day: 30, hour: 1, lifetime: null }[by],
    fields: [...key.map(dimensionField), ...shown.map(attributeField), ...numbers.map(numberField)],
    dropped: [],
    retention: 'with-connection',
  };
}

function dimensionField(name: string): Field {
  const source = `dimensions.${name}`;
  if (name in attributes) return { ...attributes[name as Attribute], name, source };
  const { type, meaning } = dimensions[name as keyof typeof dimensions];
  const viewers = name.startsWith('stat_time_') === false;
  return {
    name,
    type,
    meaning,
    category: viewers ? 'ads.audience' : 'ads.performance',
    subject: viewers ? 'audience' : 'advertiser',
    source,
  };
}

function attributeField(name: Attribute): Field {
  return { ...attributes[name], name, source: `metrics.${name}` };
}

function numberField(name: MetricName): Field {
  return {
    name,
    ...metrics[name],
    category: 'ads.performance',
    subject: 'advertiser',
    source: `metrics.${name}`,
  };
}
