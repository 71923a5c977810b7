/** The shapes of TikTok's answers, as far as this software relies on them. Rows are judged by the warehouse. */
import { z } from 'zod';

/** Ids are text in v1.3; older answers have bare numbers, which come as text when they are long. */
const idText = z.union([z.string().min(1), z.int()]).transform(String);

export const envelopeSchema = z.object({
  code: z.int(),
  message: z.string().default(''),
  request_id: z.string().nullish(),
  data: z.unknown(),
});

/** All but the rows, which are cut out before. */
const pageFields = z.object({
  page_info: z
    .object({ total_number: z.int().nonnegative(), total_page: z.int().nonnegative() })
    .nullish(),
  total_metrics: z.record(z.string(), z.union([z.string(), z.number(), z.null()])).nullish(),
});
type PageSchema = z.ZodType<z.infer<typeof pageFields>>;
const pages = new Map<string, PageSchema>();

/** A page whose rows stand under `list`: only that there is a list is checked. */
export function pageSchema(list: string): PageSchema {
  const known = pages.get(list);
  if (known !== undefined) return known;
  const made = pageFields.and(z.object({ [list]: z.array(z.unknown()) }));
  pages.set(list, made);
  return made;
}

export const tokenSchema = z.object({
  access_token: z.string().min(1),
  advertiser_ids: z.array(idText).default([]),
  scope: z.array(z.int()),
});

export const advertiserListSchema = z.object({
  list: z.array(z.object({ advertiser_id: idText, advertiser_name: z.string().default('') })),
});

export const taskCreatedSchema = z.object({ task_id: idText });

export const taskStatusSchema = z.object({
  status: z.enum(['QUEUING', 'PROCESSING', 'SUCCESS', 'FAILED', 'CANCELED']),
});
