import { z } from 'zod';
import { formats } from './formats.ts';

/** A list as `a,b` or as the parameter said again. */
const list = <T>(item: z.ZodType<T, string>, max: number) =>
  z
    .union([z.string().max(30_000), z.array(z.string().max(100)).max(max)])
    .transform((value) => (typeof value === 'string' ? value.split(',') : value))
    .pipe(z.array(item).min(1).max(max));

const ids = list(z.string().regex(/^\d{1,20}$/), 1000);
const day = z.iso.date();

export const AdPerformanceQuery = z.strictObject({
  workspaceId: z.string().max(64),
  from: day.describe('First day, in each account’s own time zone.'),
  to: day.describe('Last day, inclusive.'),
  groupBy: list(z.enum(['day', 'week', 'campaign', 'adgroup', 'ad']), 5)
    .optional()
    .describe('`day` when left out. The currency always groups as well.'),
  campaignIds: ids.optional(),
  adgroupIds: ids.optional(),
  adIds: ids.optional(),
  connectionIds: list(z.uuid(), 1000).optional().describe('All of the workspace when left out.'),
  asOf: z.iso.datetime().optional().describe('As it was known at this instant; now when left out.'),
  format: z.enum(formats).optional().describe('Wins over `Accept`.'),
});
export type AdPerformanceQuery = z.infer<typeof AdPerformanceQuery>;

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
