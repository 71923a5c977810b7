/** The first half of a consent: the browser's cookie, the registry's state, and TikTok's page that carries it back. */
import type { FastifyReply } from 'fastify';
import type { Platform } from '../registry/registry.ts';
import { giveConsentCookie } from './consent-cookie.ts';
import type { ApiDeps } from './deps.ts';
import { callbackPath } from './routes/oauth-callback/schema.ts';

export type ConsentDeps = Pick<
  ApiDeps,
  'registry' | 'keyring' | 'tiktokAds' | 'publicUrl' | 'clock'
>;

/** Address of TikTok's consent page, for the browser that receives this reply. */
export async function beginConsent(
  deps: ConsentDeps,
  reply: FastifyReply,
  consent: { workspaceId: string; platform: Platform },
): Promise<string> {
  const { nonceHash } = await giveConsentCookie(reply, deps.keyring);
  const { state } = await deps.registry.consents.begin({ ...consent, nonceHash });
  const redirectUri = new URL(callbackPath, deps.publicUrl).href;
  return deps.tiktokAds.consentUrl({ state, redirectUri });
}
