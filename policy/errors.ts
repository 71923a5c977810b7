/**
 * Every error that can reach a person or a retry decision. `code` is stable and explained in docs/errors.md;
 * a house test holds the two against each other. Messages say what to do and carry no personal data or secret.
 */
export const errorCodes = {
  CONFIGURATION_INVALID: {
    retryable: false,
    status: 500,
    meaning: 'The configuration has unknown, missing or bad values.',
  },
  REQUEST_INVALID: {
    retryable: false,
    status: 400,
    meaning: 'The request does not fit what this address accepts.',
  },
  UNAUTHENTICATED: {
    retryable: false,
    status: 401,
    meaning: 'The request carries no valid bearer token.',
  },
  ORIGIN_REFUSED: {
    retryable: false,
    status: 403,
    meaning: 'A page of another site tried to change something here.',
  },
  NOT_FOUND: {
    retryable: false,
    status: 404,
    meaning: 'Nothing is known by this address or id.',
  },
  NOT_ACCEPTABLE: {
    retryable: false,
    status: 406,
    meaning: 'The result cannot be given in any of the formats that were asked for.',
  },
  STATE_CONFLICT: {
    retryable: false,
    status: 409,
    meaning: 'The state of the thing does not allow this.',
  },
  BODY_TOO_LARGE: {
    retryable: false,
    status: 413,
    meaning: 'The body of the request is larger than this address accepts.',
  },
  MEDIA_TYPE_UNSUPPORTED: {
    retryable: false,
    status: 415,
    meaning: 'Bodies are accepted as application/json only.',
  },
  RANGE_INVALID: {
    retryable: false,
    status: 416,
    meaning: 'The Range header of a list is not `<resource>=<first>-<last>`.',
  },
  HOST_REFUSED: {
    retryable: false,
    status: 421,
    meaning: 'The Host header names another site than this hub.',
  },
  INTERNAL: {
    retryable: false,
    status: 500,
    meaning: 'Something failed that the hub did not expect.',
  },
} as const satisfies Record<string, { retryable: boolean; status: number; meaning: string }>;

export type ErrorCode = keyof typeof errorCodes;

export interface HubErrorOptions {
  /** Nouns of the failure (random ids, names of streams, counts): never a person, a token or a row. */
  details?: Readonly<Record<string, string | number | boolean | null>>;
  /** Milliseconds after which a retry can succeed, where the cause says so. */
  retryAfterMs?: number;
  cause?: unknown;
}

export class HubError extends Error {
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, string | number | boolean | null>>;
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message: string, options: HubErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'HubError';
    this.code = code;
    this.details = options.details ?? {};
    this.retryAfterMs = options.retryAfterMs;
  }

  get retryable(): boolean {
    return errorCodes[this.code].retryable;
  }
}
