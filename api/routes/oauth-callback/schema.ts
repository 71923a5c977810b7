import { z } from 'zod';
import type { Platform } from '../../../policy/stream.ts';

/** Registered at TikTok as the redirect addresses of the two apps. */
export const callbackPaths = {
  'tiktok-ads': '/callbacks/oauth/tiktok-ads',
  'tiktok-shop': '/callbacks/oauth/tiktok-shop',
} as const satisfies Record<Platform, string>;

/** Sets the cookie of a consent in the browser that opens it, and goes on to TikTok. */
export const beginPath = (platform: Platform): string => `${callbackPaths[platform]}/begin`;

export const BeginQuery = z.object({ ticket: z.string().max(512) });

/** Loose: what else TikTok or a portal adds is ignored. Bounds are far above what TikTok sends. */
export const CallbackQuery = z.object({
  auth_code: z.string().max(512).optional(),
  code: z.string().max(512).optional(),
  state: z.string().max(256).optional(),
  error: z.string().max(256).optional(),
});

export const ReceivedPath = z.strictObject({ id: z.uuid() });
