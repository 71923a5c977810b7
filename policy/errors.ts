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
