import { z } from 'zod';
import { pictureTypes } from '../../../policy/pictures.ts';
import type { ApiDeps } from '../../deps.ts';
import type { ApiInstance } from '../../instance.ts';
import { problemResponses } from '../../plugins/errors.ts';
import { findRecordId, notFound } from '../../shop-records.ts';
import { PicturePath } from './schema.ts';

/** A picture of one address stays the same; a day is short enough for one that was replaced. */
const keptByBrowser = 'private, max-age=86400, immutable';

/** Thumbnails from the hub's own cache: no browser of a member calls TikTok's hosts. */
export function pictureRoutes(
  app: ApiInstance,
  deps: Pick<ApiDeps, 'registry' | 'readPicture'>,
): void {
  const binary = { schema: z.string().meta({ format: 'binary' }) };
  app.get(
    '/api/v1/pictures/:kind/:id',
    {
      config: { access: 'bearer' },
      schema: {
        summary: 'The thumbnail of a product or of a unit of sale.',
        tags: ['pictures'],
        params: PicturePath,
        response: {
          200: {
            description: 'Fetched once, then from the hub’s cache.',
            content: Object.fromEntries(pictureTypes.map((type) => [type, binary])),
          },
          ...problemResponses,
        },
      },
    },
    async (request, reply) => {
      const { kind, id } = request.params;
      const found = await findRecordId(deps, id);
      const picture = await deps.readPicture({ kind, ...found });
      if (picture === undefined) throw notFound();
      return (
        reply
          .type(picture.type)
          .header('cache-control', keptByBrowser)
          .header('x-content-type-options', 'nosniff')
          // Bytes pass the serialiser by, whose type knows texts only.
          .send(picture.bytes as unknown as string)
      );
    },
  );
}
