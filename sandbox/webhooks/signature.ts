/** How TikTok signs what it sends: HMAC-SHA256 over the raw body, as lower-case hexadecimal digits. */
import { createHmac } from 'node:crypto';

/** The `Authorization` header of TikTok Shop. No instant is in it: a replay carries the same signature. */
export function signShopWebhook(appKey: string, secret: string, rawBody: string): string {
  return createHmac('sha256', secret)
    .update(appKey + rawBody)
    .digest('hex');
}

/** The `TikTok-Signature` header of TikTok for Developers; `seconds` is a Unix second. */
export function signDevelopersWebhook(secret: string, seconds: number, rawBody: string): string {
  const digest = createHmac('sha256', secret).update(`${seconds}.${rawBody}`).digest('hex');
  return `t=${seconds},s=${digest}`;
}
