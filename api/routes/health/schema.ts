import { z } from 'zod';

export const Alive = z.object({ alive: z.literal(true) });

export const Readiness = z
  .object({
    ready: z.boolean(),
    parts: z.array(
      z.object({ name: z.string(), ready: z.boolean(), detail: z.string().optional() }),
    ),
  })
  .meta({ id: 'Readiness' });
