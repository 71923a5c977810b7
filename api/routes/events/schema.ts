import { z } from 'zod';
import { json } from '../../list.ts';

const state = z.enum(['waiting', 'done', 'set-aside']);
const source = z.enum(['tiktok-shop', 'tiktok-developers']);

export const Event = z
  .object({
    id: z.uuid(),
    source,
    kind: z.string(),
    state,
    outcome: z.string().nullable().describe('What became of it, in one word.'),
    connectionId: z
      .string()
      .nullable()
      .describe('Null for the event itself, before it is matched.'),
    sentAt: z.iso.datetime().nullable(),
    receivedAt: z.iso.datetime(),
    attempts: z.number().int(),
  })
  .meta({ id: 'Event', description: 'An event that TikTok sent: ids, kind, times; no content.' });

const row = z.number().int().min(0);
export const EventsQuery = z.strictObject({
  state: state.optional(),
  source: source.optional(),
  range: json(z.tuple([row, row])).optional(),
});
