import { z } from 'zod';
import type { ApiDeps } from '../../deps.ts';
import type { ApiInstance } from '../../instance.ts';
import { problemResponses } from '../../plugins/errors.ts';
import { Event, EventsQuery } from './schema.ts';

/** The most rows of one answer. */
const rowsMax = 1_000;

/** What TikTok sent within seven days; `state=set-aside` is what a person has to look at. */
export function eventRoutes(app: ApiInstance, { registry }: Pick<ApiDeps, 'registry'>): void {
  app.get(
    '/api/v1/events',
    {
      config: { access: 'bearer' },
      schema: {
        summary: 'Events that TikTok sent, newest first: ids, kinds and times, no content.',
        tags: ['events'],
        querystring: EventsQuery,
        response: { 200: z.array(Event), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { state, source, range: [first, last] = [0, rowsMax - 1] } = request.query;
      const { rows, total } = await registry.events.list({
        ...(state === undefined ? {} : { state }),
        ...(source === undefined ? {} : { source }),
        offset: first,
        limit: Math.max(0, Math.min(last - first + 1, rowsMax)),
      });
      const shown = rows.length === 0 ? '*' : `${first}-${first + rows.length - 1}`;
      reply.header('content-range', `events ${shown}/${total}`);
      return rows.map((row) => ({
        ...row,
        sentAt: row.sentAt?.toISOString() ?? null,
        receivedAt: row.receivedAt.toISOString(),
      }));
    },
  );
}
