import { z } from 'zod';

export const Workspace = z
  .object({ id: z.string(), name: z.string() })
  .meta({ id: 'Workspace', description: 'Whose connections and reports stand together.' });
