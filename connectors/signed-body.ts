/** HMAC-SHA256 over raw bytes, and ids from bodies that TikTok gave none. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

const hexDigest = /^[0-9a-f]{64}$/;

export const isHexDigest = (text: unknown): text is string =>
  typeof text === 'string' && hexDigest.test(text);

/** Whether `signature` is the lower-case hex HMAC of `prefix` and the body. Takes the same time for every wrong one. */
export function isSignedBy(
  secret: string,
  prefix: string,
  body: Uint8Array,
  signature: string,
): boolean {
  if (!isHexDigest(signature)) return false;
  const expected = createHmac('sha256', secret).update(prefix).update(body).digest();
  return timingSafeEqual(expected, Buffer.from(signature, 'hex'));
}

/** An id that is the same for the same content. */
export const idOfContent = (content: string | Uint8Array): string =>
  `sha256-${createHash('sha256').update(content).digest('hex')}`;
