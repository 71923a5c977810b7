/** TikTok's answers with a `code` other than 0, in the words of this software (reference: "Return codes"). */
import { type ErrorCode, HubError } from '../../policy/errors.ts';

export interface Refusal {
  readonly endpoint: string;
  readonly code: number;
  readonly message: string;
  readonly requestId: string | null;
}

export type RateLimit = 'second' | 'minute' | 'day';

const codes: Readonly<Record<number, ErrorCode>> = {
  // Partly done is not done: the rest would be missing without a word.
  20001: 'TIKTOK_UNAVAILABLE',
  40001: 'NOT_PERMITTED',
  40003: 'NOT_PERMITTED',
  40067: 'TIKTOK_QUERY_TOO_LARGE',
  40101: 'TIKTOK_APP_REFUSED',
  40102: 'AUTHORISATION_DEAD',
  40103: 'AUTHORISATION_DEAD',
  40105: 'AUTHORISATION_DEAD',
  40106: 'NOT_PERMITTED',
  40107: 'AUTHORISATION_DEAD',
  40110: 'AUTH_CODE_REFUSED',
  40113: 'TIKTOK_APP_REFUSED',
  40115: 'TIKTOK_APP_REFUSED',
  40116: 'TIKTOK_APP_REFUSED',
  40118: 'TIKTOK_APP_REFUSED',
  40119: 'NOT_PERMITTED',
  40124: 'TIKTOK_APP_REFUSED',
  40125: 'TIKTOK_APP_REFUSED',
  40130: 'NOT_PERMITTED',
  40200: 'TIKTOK_TASK_FAILED',
  40201: 'TIKTOK_TASK_NOT_READY',
  40202: 'TIKTOK_UNAVAILABLE',
  40300: 'NOT_PERMITTED',
  40301: 'NOT_PERMITTED',
  40700: 'TIKTOK_UNAVAILABLE',
  60001: 'TIKTOK_MAINTENANCE',
};

/** The app as a whole is held back: all its calls wait. */
const appLimitCodes: ReadonlySet<number> = new Set([40100, 61000]);
/** One endpoint, account or value is held back: only this call waits. */
const otherLimitCodes: ReadonlySet<number> = new Set([40016, 40132, 40133]);

/** TikTok's own advice: the next second, five minutes, 00:00 UTC. */
const secondMs = 1_000;
const minutePauseMs = 5 * 60_000;
const dayMs = 86_400_000;
/** No advice exists for the limit of one account or endpoint. */
const otherPauseMs = 60_000;
/** Maintenance takes long; Singer's client asks again at this pace. */
const maintenancePauseMs = 5 * 60_000;

/**
 * Tells by TikTok's words which of the three counters is used up. They are the same for minute and day; a
 * restriction that has outlived the minute's pause, without a call let through between, is the day's.
 */
export class RateLimitReader {
  #restrictedSinceMs: number | null = null;

  read(message: string, nowMs: number): RateLimit {
    if (/QPD|per day|daily/i.test(message)) return 'day';
    if (/QPS|per second/i.test(message)) return 'second';
    if (/QPM|per minute/i.test(message)) return 'minute';
    // Unknown words are taken for a restriction too: waiting longer is the safer mistake.
    const since = this.#restrictedSinceMs;
    // Of what was long ago nobody knows whether it has ended since.
    if (since === null || nowMs - since >= 2 * minutePauseMs) this.#restrictedSinceMs = nowMs;
    else if (nowMs - since >= minutePauseMs) return 'day';
    return 'minute';
  }

  letThrough(): void {
    this.#restrictedSinceMs = null;
  }
}

/** Milliseconds until a limit ends, in real time: TikTok's counters know no other. */
export function pauseMs(limit: RateLimit, nowMs: number): number {
  if (limit === 'second') return secondMs;
  return limit === 'minute' ? minutePauseMs : dayMs - (nowMs % dayMs);
}

export function refusalError(refusal: Refusal, limits: RateLimitReader, nowMs: number): HubError {
  const { code } = refusal;
  if (appLimitCodes.has(code)) {
    const limit = limits.read(refusal.message, nowMs);
    return hubError('TIKTOK_RATE_LIMITED', refusal, pauseMs(limit, nowMs), limit);
  }
  limits.letThrough();
  if (otherLimitCodes.has(code)) {
    return hubError('TIKTOK_RATE_LIMITED', refusal, otherPauseMs, null);
  }
  const known = codes[code] ?? (isServerSide(code) ? 'TIKTOK_UNAVAILABLE' : undefined);
  const wait = known === 'TIKTOK_MAINTENANCE' ? maintenancePauseMs : undefined;
  return hubError(known ?? 'TIKTOK_REQUEST_REFUSED', refusal, wait);
}

const isServerSide = (code: number): boolean => code >= 50_000 && code < 60_000;

function hubError(
  errorCode: ErrorCode,
  { endpoint, code, message, requestId }: Refusal,
  retryAfterMs?: number,
  limit?: RateLimit | null,
): HubError {
  return new HubError(errorCode, `TikTok answered ${code} to ${endpoint}: ${redacted(message)}`, {
    details: { endpoint, tiktokCode: code, requestId, ...(limit === undefined ? {} : { limit }) },
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

/** TikTok repeats what it was sent: ids, tokens, addresses go; the sentence that explains stays. */
export function redacted(message: string): string {
  return message
    .replace(/\S+@\S+/g, '…')
    .replace(/https?:\S+/g, '…')
    .replace(/[\w-]*\d{5,}[\w-]*|\b[\w-]{24,}\b/g, (word) => (isFieldName(word) ? word : '…'))
    .slice(0, 200);
}

/** `real_time_cost_per_conversion` is long as well, and is what the sentence is about. */
const isFieldName = (word: string): boolean => /^[a-z]+(_[a-z0-9]{1,12}){2,}$/.test(word);

/** The answer is not TikTok's API speaking: a gateway's page, half a body, a shape nobody knows. */
export function unreadable(endpoint: string, status: number, reason: string): HubError {
  const code = status === 200 ? 'TIKTOK_ANSWER_UNREADABLE' : 'TIKTOK_UNAVAILABLE';
  const message = `The answer to ${endpoint} cannot be read (HTTP ${status}): ${reason}.`;
  return new HubError(code, message, { details: { endpoint, status, reason } });
}
