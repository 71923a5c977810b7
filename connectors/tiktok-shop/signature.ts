/** The signature of calls to the Shop API: HMAC-SHA256 over path, sorted parameters and the bytes of the body. */
import { createHmac } from 'node:crypto';

export interface SignedCall {
  /** Without host and query. */
  readonly path: string;
  /** Decoded values, as they are before they are percent-encoded. */
  readonly query: Readonly<Record<string, string>>;
  /** Exactly what is sent; a picture's form is not signed. */
  readonly body?: string;
  readonly contentType?: string;
}

const unsigned: ReadonlySet<string> = new Set(['sign', 'access_token']);

/** 64 hexadecimal digits in lower case, for the parameter `sign`. */
export function signature(secret: string, call: SignedCall): string {
  const { path, query, body = '', contentType = 'application/json' } = call;
  const parameters = Object.entries(query)
    .filter(([name]) => !unsigned.has(name))
    .sort(([one], [other]) => Buffer.compare(Buffer.from(one), Buffer.from(other)))
    .map(([name, value]) => name + value)
    .join('');
  const signedBody = isForm(contentType) ? '' : body;
  return createHmac('sha256', secret)
    .update(`${secret}${path}${parameters}${signedBody}${secret}`)
    .digest('hex');
}

/** The media type alone tells: a boundary stands behind it. */
const isForm = (contentType: string): boolean =>
  contentType.split(';')[0]?.trim().toLowerCase() === 'multipart/form-data';
