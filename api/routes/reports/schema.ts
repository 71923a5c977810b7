import { z } from 'zod';
import { formats } from './formats.ts';

/** A list as `a,b`, or as the parameter said again. */
const ids = z
  .union([z.string().max(30_000), z.array(z.string().max(40)).max(1000)])
  .transform((value) => (typeof value === 'string' ? value.split(',') : value));
const entityIds = ids
  .pipe(
    z
      .array(z.string().regex(/^\d{1,19}$/))
      .min(1)
      .max(1000),
  )
  .optional();
const day = z.iso.date();

export const AdPerformanceQuery = z.strictObject({
  workspaceId: z.uuid(),
  connectionIds: ids
    .pipe(z.array(z.uuid()).min(1).max(1000))
    .optional()
    .describe('All of the workspace when left out.'),
  from: day.describe('First day, in each account’s own time zone.'),
  to: day.describe('Last day, inclusive.'),
  groupBy: z
    .enum(['day', 'week', 'campaign', 'adgroup', 'ad'])
    .default('day')
    .describe('The currency always groups as well.'),
  campaignIds: entityIds,
  adgroupIds: entityIds,
  adIds: entityIds,
  asOf: z.iso
    .datetime({ offset: true })
    .optional()
    .describe('The figures as they were known at this instant.'),
  order: z.enum(['group', 'spend', 'impressions', 'clicks', 'conversions']).default('group'),
  limit: z.coerce.number().int().min(1).max(1_000_000).default(1_000_000),
  format: z.enum(formats).optional().describe('Wins over `Accept`.'),
});

const Days = z.object({
  asked: z.number().int(),
  verified: z.number().int().describe('Equal to TikTok’s own total.'),
  counted: z.number().int().describe('As many rows as TikTok said there are.'),
  moving: z.number().int().describe('The figures moved while they were read.'),
  unverifiable: z.number().int().describe('TikTok gives no total.'),
  missing: z.number().int(),
});

const Source = z.object({
  connectionId: z.string(),
  newestPulledAt: z.iso.datetime().nullable(),
  oldestPulledAt: z.iso.datetime().nullable(),
  days: Days,
  quarantined: z.number().int(),
  dataVersion: z.number().int(),
});

export const ReportMeta = z.object({
  report: z.literal('ad-performance'),
  asOf: z.iso.datetime(),
  rows: z.number().int(),
  completeness: Days.describe('Days of all sources together.'),
  newestPulledAt: z.iso.datetime().nullable(),
  oldestPulledAt: z.iso.datetime().nullable(),
  sources: z.array(Source),
  formulas: z.record(z.string(), z.string()).describe('How each figure is made.'),
  notes: z.array(z.string()),
});
export type ReportMeta = z.infer<typeof ReportMeta>;

export const ReportAnswer = z
  .object({ rows: z.array(z.record(z.string(), z.unknown())), meta: ReportMeta })
  .meta({ id: 'AdPerformance' });
