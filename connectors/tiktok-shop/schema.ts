/** The shapes of TikTok Shop's answers, as far as this software relies on them. Rows are judged by the warehouse. */
import { z } from 'zod';

const idText = z.union([z.string().min(1), z.int()]).transform(String);
/** An absolute second, whatever the name says. */
const second = z
  .union([z.int(), z.string().regex(/^\d{1,12}$/)])
  .transform((value) => new Date(Number(value) * 1000));

export const envelopeSchema = z.object({
  /** A number, by the documents; some of TikTok's own libraries take a text. */
  code: z.union([z.int(), z.string().regex(/^\d{1,10}$/)]).transform(Number),
  message: z.string().default(''),
  request_id: z.string().nullish(),
  /** Left out of refusals. */
  data: z.unknown().optional(),
});

/** Null where there is nothing to say, which some lists do when they are empty. */
export const pageSchema = z
  .object({
    next_page_token: z.string().nullish(),
    total_count: z.int().nonnegative().nullish(),
    errors: z
      .array(
        z.object({
          code: z.union([z.int(), z.string()]).transform(Number),
          message: z.string().default(''),
          detail: z.record(z.string(), z.unknown()).nullish(),
        }),
      )
      .nullish(),
  })
  .nullish();

export const tokenSchema = z.object({
  access_token: z.string().min(1),
  access_token_expire_in: second,
  refresh_token: z.string().min(1),
  refresh_token_expire_in: second,
  open_id: z.string().min(1),
  seller_name: z.string().nullish(),
  seller_base_region: z.string().nullish(),
  granted_scopes: z.array(z.string()).nullish(),
});

export const shopListSchema = z.object({
  shops: z
    .array(
      z.object({
        id: idText,
        name: z.string().nullish(),
        region: z.string().nullish(),
        cipher: z.string().min(1),
      }),
    )
    .nullish(),
});
