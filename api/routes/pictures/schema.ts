import { z } from 'zod';
import { type PictureKind, pictureSources } from '../../../policy/pictures.ts';

export const PicturePath = z.strictObject({
  kind: z.enum(Object.keys(pictureSources) as [PictureKind, ...PictureKind[]]),
  id: z.string().regex(/^[0-9a-f-]{36}\.[\w.~:/-]{1,200}$/, 'is <connection>.<id>'),
});
