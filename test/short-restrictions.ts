/** TikTok shuts an app out for five minutes after an exceeded minute: too long for a test to wait. */
import type { TikTokAdsClient } from '../connectors/tiktok-ads/client.ts';
import { HubError } from '../policy/errors.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';

const restrictionMs = 300_000;
const shortMs = 1_000;

/**
 * The same client, but a restriction of the minute lasts a second: then the sandbox lets its five minutes pass, and
 * the hub is told to wait for no longer.
 */
export function withShortRestrictions(client: TikTokAdsClient, sandbox: Sandbox): TikTokAdsClient {
  let isRestricted = false;
  const endRestriction = () => {
    sandbox.appQuota.pass(restrictionMs);
    isRestricted = false;
  };
  const shorten = (error: unknown): unknown => {
    if (!(error instanceof HubError) || error.details.limit !== 'minute') return error;
    if (!isRestricted) setTimeout(endRestriction, shortMs);
    isRestricted = true;
    const { code, message, details } = error;
    return new HubError(code, message, { details, retryAfterMs: shortMs + 100 });
  };
  return new Proxy(client, {
    get(target, name: keyof TikTokAdsClient) {
      const method = target[name] as (...input: unknown[]) => unknown;
      if (name === 'consentUrl') return method;
      return async (...input: unknown[]) => {
        try {
          return await method(...input);
        } catch (error) {
          throw shorten(error);
        }
      };
    },
  });
}
