import { z } from 'zod';

export const Stream = z
  .object({
    id: z.string().describe('The stream’s name.'),
    platform: z.string(),
    meaning: z.string(),
    load: z.enum(['window', 'entity', 'append']),
    key: z.array(z.string()),
    time: z.object({ field: z.string(), grain: z.enum(['day', 'hour']) }).nullable(),
    scope: z.string(),
    retention: z.string(),
    fields: z.array(
      z.object({
        name: z.string(),
        type: z.string(),
        sqlType: z.string(),
        unit: z.string().nullable(),
        meaning: z.string(),
        category: z.string(),
        subject: z.string(),
        source: z.string(),
        additive: z.boolean().describe('May be added over rows and days.'),
      }),
    ),
    dropped: z.array(z.object({ source: z.string(), reason: z.string() })),
  })
  .meta({ id: 'Stream', description: 'What is stored of a stream, and what is not.' });
