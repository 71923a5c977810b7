/** The signature of calls: HMAC-SHA256 over path, sorted parameters and the body as it was sent. */
import { createHmac, timingSafeEqual } from 'node:crypto';

export interface SignedRequest {
  readonly path: string;
  /** Decoded values. */
  readonly query: Readonly<Record<string, string>>;
  readonly contentType: string;
  readonly body: Buffer;
}

const unsigned = new Set(['sign', 'access_token']);

const isMultipart = (contentType: string): boolean =>
  contentType.split(';')[0]!.trim().toLowerCase() === 'multipart/form-data';

/** @returns 64 lower-case hexadecimal digits. */
export function signRequest(secret: string, request: SignedRequest): string {
  const parameters = Object.keys(request.query)
    .filter((name) => !unsigned.has(name))
    .sort((one, other) => Buffer.compare(Buffer.from(one), Buffer.from(other)))
    .map((name) => name + request.query[name]);
  const hmac = createHmac('sha256', secret);
  hmac.update(secret + request.path + parameters.join(''));
  if (!isMultipart(request.contentType)) hmac.update(request.body);
  return hmac.update(secret).digest('hex');
}

export function isSignedBy(secret: string, sign: string, request: SignedRequest): boolean {
  const expected = Buffer.from(signRequest(secret, request));
  const given = Buffer.from(sign);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
