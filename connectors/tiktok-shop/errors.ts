/** TikTok Shop's answers with a `code` other than 0, in the words of this software (reference: "Common errors"). */
import { type ErrorCode, HubError } from '../../policy/errors.ts';
import { redacted } from '../tiktok-ads/errors.ts';

export interface ShopRefusal {
  readonly endpoint: string;
  readonly status: number;
  readonly code: number;
  readonly message: string;
  readonly requestId: string | null;
}

const tooManyRequests = 36_009_002;
/** Shared by a dozen cases, which only the message tells apart. */
const invalidRequest = 36_009_004;
/** Of the token host: neither code nor refresh token is good any more. */
const grantRefused = 36_004_004;

const codes: Readonly<Record<number, ErrorCode>> = {
  36009003: 'TIKTOK_UNAVAILABLE',
  36009007: 'TIKTOK_UNAVAILABLE',
  36009033: 'TIKTOK_APP_REFUSED',
  101000: 'NOT_PERMITTED',
  105002: 'ACCESS_TOKEN_REFUSED',
  105005: 'NOT_PERMITTED',
  106001: 'TIKTOK_APP_REFUSED',
  10002014: 'TIKTOK_UNAVAILABLE',
  10002015: 'TIKTOK_UNAVAILABLE',
  10037002: 'TIKTOK_UNAVAILABLE',
  10037003: 'TIKTOK_UNAVAILABLE',
  10037004: 'TIKTOK_UNAVAILABLE',
  10006402: 'NOT_PERMITTED',
  21008111: 'NOT_PERMITTED',
  12001000: 'TIKTOK_UNAVAILABLE',
  12052881: 'TIKTOK_UNAVAILABLE',
  12052180: 'TIKTOK_QUERY_TOO_LARGE',
  11001031: 'TIKTOK_UNAVAILABLE',
  11034023: 'TIKTOK_UNAVAILABLE',
  11034037: 'TIKTOK_UNAVAILABLE',
  21001003: 'TIKTOK_UNAVAILABLE',
  21001008: 'TIKTOK_UNAVAILABLE',
  21001011: 'TIKTOK_UNAVAILABLE',
  21023022: 'TIKTOK_UNAVAILABLE',
};

/** The first that fits; anything else was asked for wrongly. */
const invalidRequests: readonly (readonly [RegExp, ErrorCode])[] = [
  [/timestamp/i, 'TIKTOK_CLOCK_DIFFERS'],
  [/access[-_ ]?token/i, 'ACCESS_TOKEN_REFUSED'],
  [/\bapp_(key|secret)\b|\bsign(ature)?\b/i, 'TIKTOK_APP_REFUSED'],
  [/unexpected/i, 'TIKTOK_REQUEST_REFUSED'],
  [/shop_cipher|shop_id/i, 'NOT_PERMITTED'],
];

/** The limit is counted by the second. */
const rateLimitMs = 1_000;

export function shopRefusalError(refusal: ShopRefusal): HubError {
  const { code, status } = refusal;
  if (code === tooManyRequests || status === 429) return rateLimited(refusal);
  const known = code === invalidRequest ? invalidRequestCode(refusal) : codeOf(refusal);
  return shopError(
    known ?? (status >= 500 ? 'TIKTOK_UNAVAILABLE' : 'TIKTOK_REQUEST_REFUSED'),
    refusal,
  );
}

function codeOf({ code, endpoint }: ShopRefusal): ErrorCode | undefined {
  if (code !== grantRefused) return codes[code];
  return endpoint.endsWith('/refresh') ? 'AUTHORISATION_DEAD' : 'AUTH_CODE_REFUSED';
}

const invalidRequestCode = ({ message }: ShopRefusal): ErrorCode | undefined =>
  invalidRequests.find(([words]) => words.test(message))?.[1];

/** Who was refused together must not come back together. */
const rateLimited = (refusal: ShopRefusal): HubError =>
  shopError('TIKTOK_RATE_LIMITED', refusal, {
    limit: 'shop-second',
    retryAfterMs: Math.round(rateLimitMs * (1 + Math.random())),
  });

function shopError(
  errorCode: ErrorCode,
  { endpoint, code, message, requestId }: ShopRefusal,
  more: { limit?: 'shop-second'; retryAfterMs?: number } = {},
): HubError {
  const { limit, retryAfterMs } = more;
  // Queries of the token host hold the app's secret.
  const words = redacted(message.replace(/\?\S+/g, '…'));
  return new HubError(errorCode, `TikTok answered ${code} to ${endpoint}: ${words}`, {
    details: { endpoint, tiktokCode: code, requestId, ...(limit && { limit }) },
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}
