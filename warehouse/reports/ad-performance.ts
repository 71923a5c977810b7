/**
 * Ad performance: spend, impressions, clicks and conversions by day, week, campaign, ad group or
 * ad. A row never adds two currencies. Read from daily sums; from single ads where ads are asked
 * for; as it was known at an instant from every version of the rows.
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { Stream } from '../../policy/stream.ts';
import { quoteName, quoteText } from '../engine.ts';
import { rollupStream, rollupTable } from '../rollups.ts';
import { tableOf } from '../tables.ts';

const day = z.iso.date();
const ids = z
  .array(z.string().regex(/^\d{1,19}$/))
  .min(1)
  .max(1000);

export const AdPerformanceParameters = z
  .strictObject({
    from: day,
    to: day,
    groupBy: z.enum(['day', 'week', 'campaign', 'adgroup', 'ad']).default('day'),
    campaignIds: ids.optional(),
    adgroupIds: ids.optional(),
    adIds: ids.optional(),
    /** The figures as they were known at this instant. */
    asOf: z.iso.datetime({ offset: true }).optional(),
    order: z.enum(['group', 'spend', 'impressions', 'clicks', 'conversions']).default('group'),
    limit: z.coerce.number().int().min(1).max(1_000_000).default(1_000_000),
  })
  .refine(({ from, to }) => from <= to, { path: ['to'], error: 'must not be before `from`' });
export type AdPerformanceParameters = z.infer<typeof AdPerformanceParameters>;

const figures = {
  currency: z.string().nullable(),
  spend: z.string(),
  impressions: z.number().int(),
  clicks: z.number().int(),
  conversions: z.number().int(),
  ctr: z.number().nullable(),
  cpc: z.number().nullable(),
  cpm: z.number().nullable(),
  conversion_rate: z.number().nullable(),
  cost_per_conversion: z.number().nullable(),
};

const campaign = {
  connection_id: z.string(),
  campaign_id: z.string().nullable(),
  campaign_name: z.string().nullable(),
};
const adgroup = {
  ...campaign,
  adgroup_id: z.string().nullable(),
  adgroup_name: z.string().nullable(),
};

/** Rows of the JSON form, by `groupBy`. Ids and money are texts, so that no digit is lost. */
export const AdPerformanceRow = {
  day: z.strictObject({ day: z.string(), ...figures }),
  week: z.strictObject({ week: z.string(), ...figures }),
  campaign: z.strictObject({ ...campaign, ...figures }),
  adgroup: z.strictObject({ ...adgroup, ...figures }),
  ad: z.strictObject({
    ...adgroup,
    ad_id: z.string().nullable(),
    ad_name: z.string().nullable(),
    ...figures,
  }),
} as const;

export const adPerformanceFormulas = {
  spend: 'sum of spend',
  impressions: 'sum of impressions',
  clicks: 'sum of clicks',
  conversions: 'sum of conversion, on the day of the click or view that led to it',
  ctr: '100 × clicks ÷ impressions (%)',
  cpc: 'spend ÷ clicks',
  cpm: '1000 × spend ÷ impressions',
  conversion_rate: '100 × conversions ÷ clicks (%)',
  cost_per_conversion: 'spend ÷ conversions',
} as const;

const template = readFileSync(new URL('./ad-performance.sql', import.meta.url), 'utf8');

/** One connection's file in the report. */
export interface ReportSource {
  readonly connectionId: string;
  readonly alias: string;
  readonly currency: string | null;
}

const entities = ['campaign', 'adgroup', 'ad'] as const;
type Entity = (typeof entities)[number];

export function adPerformanceSql(
  parameters: AdPerformanceParameters,
  sources: readonly ReportSource[],
  streams: readonly Stream[],
): string {
  const { groupBy, order } = parameters;
  const levels = entities.slice(0, entities.indexOf(groupBy as Entity) + 1);
  const idColumns = levels.map((entity) => `${entity}_id`);
  const group = {
    day: 'day',
    week: `date_trunc('week', day)::DATE as week`,
    campaign: ['connection_id', ...idColumns].join(', '),
    adgroup: ['connection_id', ...idColumns].join(', '),
    ad: ['connection_id', ...idColumns].join(', '),
  }[groupBy];
  const shown = levels.map((entity) => `${entity}_id, ${entity}_name`);
  const columns = levels.length === 0 ? groupBy : ['connection_id', ...shown].join(', ');
  const groupOrder = levels.length === 0 ? groupBy : ['connection_id', ...idColumns].join(', ');
  const parts: Record<string, string> = {
    facts:
      sources.map((source) => factsOf(parameters, source, streams)).join('\n  union all\n  ') ||
      noFacts,
    group,
    columns,
    names: levels.map((entity) => namesOf(entity, sources, streams)).join('\n'),
    order: `${order === 'group' ? '' : `${order} desc, `}${groupOrder}, currency`,
    limit: String(parameters.limit),
  };
  return template.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => parts[name]!);
}

/** No connection has a file yet. */
const noFacts = `select ''::VARCHAR as connection_id, null::VARCHAR as currency, null::DATE as day,
    null::BIGINT as campaign_id, null::BIGINT as adgroup_id, null::BIGINT as ad_id, 0 as spend,
    0 as impressions, 0 as clicks, 0 as conversion where false`;

/**
 * The rows of one file, at the grain that the question needs. Every value was checked by the
 * schema.
 */
function factsOf(
  parameters: AdPerformanceParameters,
  { connectionId, alias, currency }: ReportSource,
  streams: readonly Stream[],
): string {
  const { from, to, asOf, adIds, groupBy } = parameters;
  const stream = streams.find(({ name }) => name === rollupStream)!;
  const byAd = groupBy === 'ad' || adIds !== undefined || asOf !== undefined;
  const dayColumn = byAd ? quoteName(stream.time!.field) : 'day';
  const known =
    asOf === undefined
      ? 'known_to is null'
      : `known_from <= ${timestampSql(asOf)} and (known_to is null or known_to > ${timestampSql(asOf)})`;
  const conditions = [
    `${dayColumn} between DATE ${quoteText(from)} and DATE ${quoteText(to)}`,
    ...(byAd ? [known] : []),
    ...entities.flatMap((entity) => {
      const wanted = parameters[`${entity}Ids`];
      return wanted === undefined ? [] : [`${entity}_id in (${wanted.join(', ')})`];
    }),
  ];
  const money = currency === null ? 'null::VARCHAR' : quoteText(currency);
  return `select ${quoteText(connectionId)} as connection_id, ${money} as currency, ${dayColumn} as day,
    campaign_id, adgroup_id, ${byAd ? 'ad_id' : 'null::BIGINT as ad_id'}, coalesce(spend, 0) as spend,
    coalesce(impressions, 0) as impressions, coalesce(clicks, 0) as clicks, coalesce(conversion, 0) as conversion
  from ${byAd ? tableOf(alias, stream) : rollupTable(alias)}
  where ${conditions.join(' and ')}`;
}

const timestampSql = (instant: string): string =>
  `TIMESTAMP ${quoteText(new Date(instant).toISOString().replace('T', ' ').replace('Z', ''))}`;

/** The latest known name of each entity. */
function namesOf(
  entity: Entity,
  sources: readonly ReportSource[],
  streams: readonly Stream[],
): string {
  const stream = streams.find(
    ({ load, key }) => load === 'entity' && key.length === 1 && key[0] === `${entity}_id`,
  );
  const names =
    stream === undefined || sources.length === 0
      ? `select null::VARCHAR as connection_id, null::BIGINT as ${entity}_id, null::VARCHAR as ${entity}_name where false`
      : sources
          .map(
            ({ connectionId, alias }) =>
              `select ${quoteText(connectionId)} as connection_id, ${entity}_id, ${entity}_name
               from ${tableOf(alias, stream)} where known_to is null`,
          )
          .join(' union all ');
  return `left join (${names}) ${entity}_names using (connection_id, ${entity}_id)`;
}
