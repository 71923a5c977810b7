/**
 * Ad performance: spend, impressions, clicks and conversions by day, week, campaign, ad group or
 * ad. A row never adds two currencies. What may be asked, and what comes of it.
 */
import { z } from 'zod';

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
