import { z } from 'zod';

/** Registered at TikTok as the app's redirect address. */
export const callbackPath = '/callbacks/oauth/tiktok-ads';

/** Sets the cookie of a consent in the browser that opens it, and goes on to TikTok. */
export const beginPath = `${callbackPath}/begin`;

export const BeginQuery = z.object({ ticket: z.string().max(512) });

/** Loose: what else TikTok or a portal adds is ignored. Bounds are far above what TikTok sends. */
export const CallbackQuery = z.object({
  auth_code: z.string().max(512).optional(),
  code: z.string().max(512).optional(),
  state: z.string().max(256).optional(),
  error: z.string().max(256).optional(),
});

export const ReceivedPath = z.strictObject({ id: z.uuid() });
