import { z } from 'zod';
import { sqlTypes } from '../../../policy/stream.ts';
import { streams } from '../../../policy/streams/index.ts';
import type { ApiInstance } from '../../instance.ts';
import { answerList, listQuery } from '../../list.ts';
import { problemResponses } from '../../plugins/errors.ts';
import { Stream } from './schema.ts';

const presented: z.input<typeof Stream>[] = Object.values(streams).map((stream) => ({
  id: stream.name,
  platform: stream.platform,
  meaning: stream.meaning,
  load: stream.load,
  key: [...stream.key],
  time: stream.time,
  scope: stream.scope,
  retention: stream.retention,
  fields: stream.fields.map((field) => ({
    name: field.name,
    type: field.type,
    sqlType: sqlTypes[field.type],
    unit: field.unit ?? null,
    meaning: field.meaning,
    category: field.category,
    subject: field.subject,
    source: field.source,
    additive: field.additive ?? false,
  })),
  dropped: [...stream.dropped],
}));

/** The data map as data: what each stream is and each field means. */
export function streamRoutes(app: ApiInstance): void {
  app.get(
    '/api/v1/streams',
    {
      config: { access: 'bearer' },
      schema: {
        summary: 'Every stream with its fields, categories and what is dropped.',
        tags: ['streams'],
        querystring: listQuery(['id', 'platform', 'load'], z.strictObject({})),
        response: { 200: z.array(Stream), ...problemResponses },
      },
    },
    async (request, reply) => answerList(request, reply, 'streams', request.query, presented),
  );
}
