import { z } from 'zod';

/** Registered at TikTok as the app's redirect address. */
export const callbackPath = '/callbacks/oauth/tiktok-ads';

/** Loose: what else TikTok or a portal adds is ignored. Bounds are far above what TikTok sends. */
export const CallbackQuery = z.object({
  auth_code: z.string().max(512).optional(),
  code: z.string().max(512).optional(),
  state: z.string().max(256).optional(),
  error: z.string().max(256).optional(),
});

export const ReceivedPath = z.strictObject({ id: z.uuid() });
