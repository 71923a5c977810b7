/** The first half of a consent: the browser's cookie, the registry's state, and TikTok's page that carries it back. */
import type { FastifyReply } from 'fastify';
import type { Platform } from '../registry/registry.ts';
import { giveConsentCookie } from './consent-cookie.ts';
import type { ApiDeps } from './deps.ts';
import { callbackPaths } from './routes/oauth-callback/schema.ts';

export type ConsentDeps = Pick<
  ApiDeps,
  'registry' | 'keyring' | 'tiktokAds' | 'tiktokShop' | 'publicUrl' | 'clock'
>;

/** Address of TikTok's consent page, for the browser that receives this reply. */
export async function beginConsent(
  deps: ConsentDeps,
  reply: FastifyReply,
  consent: { workspaceId: string; platform: Platform },
): Promise<string> {
  const { nonceHash } = await giveConsentCookie(reply, deps.keyring);
  const { state } = await deps.registry.consents.begin({ ...consent, nonceHash });
  // Where a shop's consent leads back to is registered at TikTok with the app, and nowhere else.
  if (consent.platform === 'tiktok-shop') return deps.tiktokShop.consentUrl({ state });
  const redirectUri = new URL(callbackPaths[consent.platform], deps.publicUrl).href;
  return deps.tiktokAds.consentUrl({ state, redirectUri });
}
