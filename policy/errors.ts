/**
 * Every error that can reach a person or a retry decision. `code` is stable and explained in docs/errors.md;
 * a house test holds the two against each other. Messages say what to do and carry no personal data or secret.
 */
export const errorCodes = {
  DATA_FOLDER_UNUSABLE: {
    retryable: false,
    status: 500,
    meaning: 'The data folder cannot be made, locked or read, or is not one of a hub.',
  },
  DATA_FOLDER_LOCKED: {
    retryable: true,
    status: 503,
    meaning: 'Another hub has the data folder open.',
  },
  DATA_FOLDER_NEWER: {
    retryable: false,
    status: 500,
    meaning: 'The data folder was written by a newer version of the hub.',
  },
  DATA_FOLDER_IS_DEMO: {
    retryable: false,
    status: 500,
    meaning: 'The data folder holds demo data, and credentials of TikTok are configured.',
  },
  EMBEDDED_SERVICE_FAILED: {
    retryable: true,
    status: 503,
    meaning: 'PostgreSQL or the Temporal server that the hub runs by itself could not be started.',
  },
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
    meaning: 'The request carries no valid bearer token, or no session that is alive.',
  },
  SIGN_IN_REFUSED: {
    retryable: false,
    status: 401,
    meaning: 'Address and password are not those of a verified account.',
  },
  FACTOR_NEEDED: {
    retryable: false,
    status: 403,
    meaning: 'The session waits for its second factor.',
  },
  CODE_REFUSED: {
    retryable: false,
    status: 403,
    meaning: 'The code is wrong, too old or was used before.',
  },
  PROOF_NEEDED: {
    retryable: false,
    status: 403,
    meaning: 'This needs the password again, as the last time is more than ten minutes ago.',
  },
  PASSWORD_REFUSED: {
    retryable: false,
    status: 400,
    meaning: 'The password is among those that are guessed first.',
  },
  LINK_INVALID: {
    retryable: false,
    status: 410,
    meaning: 'The link of a mail was used before, is too old, or is none of this hub.',
  },
  TOO_MANY_TRIES: {
    retryable: true,
    status: 429,
    meaning: 'Too many tries failed; the next is accepted after the time that Retry-After names.',
  },
  HASHING_BUSY: {
    retryable: true,
    status: 503,
    meaning: 'Too many passwords are being checked at once.',
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
  CALLBACK_REFUSED: {
    retryable: false,
    status: 401,
    meaning: 'An event carries no right signature of TikTok, or was sent too long ago.',
  },
  CALLBACKS_BUSY: {
    retryable: true,
    status: 503,
    meaning: 'More events of TikTok arrive than can be written down; TikTok sends them again.',
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
  KEY_GONE: {
    retryable: false,
    status: 410,
    meaning:
      'The key was destroyed or never existed: what was sealed under it cannot be read again.',
  },
  SEAL_BROKEN: {
    retryable: false,
    status: 500,
    meaning: 'A sealed value is damaged, or stands where another one belongs.',
  },
  KEYRING_LOCKED: {
    retryable: false,
    status: 500,
    meaning: 'Another process owns the keyring.',
  },
  KEYRING_MASTER_KEY_WRONG: {
    retryable: false,
    status: 500,
    meaning: 'The master key is not the one that this keyring was made with.',
  },
  KEYRING_REPLICA_MISSING: {
    retryable: false,
    status: 500,
    meaning:
      'One of the two replicas of the keyring is empty; it is never filled without being told.',
  },
  KEYRING_DAMAGED: {
    retryable: false,
    status: 500,
    meaning: 'The replicas of the keyring cannot be read, or contradict each other.',
  },
  KEYRING_UNWRITABLE: {
    retryable: true,
    status: 503,
    meaning: 'A replica of the keyring cannot be written, so nothing was acknowledged.',
  },
  CONSENT_ENDED: {
    retryable: false,
    status: 409,
    meaning:
      'The consent for this connection was withdrawn or renewed: nothing may be fetched under it.',
  },
  FENCE_UNAVAILABLE: {
    retryable: true,
    status: 503,
    meaning: 'The registry cannot be reached, so it is unknown whether a consent still holds.',
  },
  WORKSPACE_BUSY: {
    retryable: true,
    status: 429,
    meaning: 'Too many heavy questions of this workspace wait for an answer already.',
  },
  REVOCATION_PENDING: {
    retryable: true,
    status: 503,
    meaning: 'A call under the withdrawn consent may still be under way.',
  },
  QUOTA_PAUSED: {
    retryable: true,
    status: 429,
    meaning: 'TikTok asked to wait, or a daily limit is reached.',
  },
  AUTHORISATION_IN_USE: {
    retryable: false,
    status: 409,
    meaning: 'A token is not revoked while another connection uses its authorisation.',
  },
  ALREADY_CONNECTED: {
    retryable: false,
    status: 409,
    meaning: 'This account is connected in this workspace already.',
  },
  REGISTRY_UNAVAILABLE: {
    retryable: true,
    status: 503,
    meaning: 'PostgreSQL cannot be reached.',
  },
  EGRESS_REFUSED: {
    retryable: false,
    status: 502,
    meaning: 'A call would have left for a host, address or redirect that is not allowed.',
  },
  TIKTOK_UNREACHABLE: {
    retryable: true,
    status: 502,
    meaning: 'TikTok did not answer in time, or the connection broke.',
  },
  TIKTOK_UNAVAILABLE: {
    retryable: true,
    status: 502,
    meaning: 'TikTok answered that a service of its own failed.',
  },
  TIKTOK_MAINTENANCE: {
    retryable: true,
    status: 503,
    meaning: 'TikTok is under maintenance.',
  },
  TIKTOK_ANSWER_UNREADABLE: {
    retryable: true,
    status: 502,
    meaning: 'TikTok’s answer was cut off, was no JSON, or did not have the documented shape.',
  },
  TIKTOK_ANSWER_TOO_LARGE: {
    retryable: false,
    status: 502,
    meaning: 'An answer was larger than this software takes at once.',
  },
  TIKTOK_RATE_LIMITED: {
    retryable: true,
    status: 503,
    meaning: 'TikTok’s quota is used up for a second, for minutes or for the day.',
  },
  TIKTOK_QUERY_TOO_LARGE: {
    retryable: false,
    status: 502,
    meaning: 'TikTok finds the window too large; it is halved.',
  },
  TIKTOK_REQUEST_REFUSED: {
    retryable: false,
    status: 502,
    meaning: 'TikTok refused a request as wrong; the same request would be refused again.',
  },
  TIKTOK_APP_REFUSED: {
    retryable: false,
    status: 502,
    meaning: 'TikTok refused the app itself: check its id, secret and approval.',
  },
  AUTHORISATION_DEAD: {
    retryable: false,
    status: 409,
    meaning: 'TikTok no longer knows the authorisation: it was revoked there.',
  },
  ACCESS_TOKEN_REFUSED: {
    retryable: true,
    status: 503,
    meaning: 'TikTok takes the access token no more, by age or otherwise: it is renewed first.',
  },
  AUTHORISATION_RENEWING: {
    retryable: true,
    status: 503,
    meaning: 'The access token is being renewed; calls wait for it and go on by themselves.',
  },
  TIKTOK_CLOCK_DIFFERS: {
    retryable: true,
    status: 503,
    meaning:
      'TikTok refused a call for its time: the clock of this machine is wrong by half a minute or more.',
  },
  PLATFORM_NOT_CONFIGURED: {
    retryable: false,
    status: 409,
    meaning: 'The app’s credentials for this part of TikTok are not in the configuration.',
  },
  NOT_PERMITTED: {
    retryable: false,
    status: 403,
    meaning: 'The authorisation does not cover this account or this kind of data.',
  },
  AUTH_CODE_REFUSED: {
    retryable: false,
    status: 400,
    meaning:
      'TikTok refused the code of a consent: it was used before (the answer to its first use may have been lost), or is older than an hour. Begin the consent again.',
  },
  TIKTOK_TASK_NOT_READY: {
    retryable: true,
    status: 503,
    meaning: 'An asynchronous report is still being made.',
  },
  TIKTOK_TASK_FAILED: {
    retryable: false,
    status: 502,
    meaning: 'TikTok could not make an asynchronous report; it is asked for again.',
  },
  LISTING_AWAITED: {
    retryable: true,
    status: 503,
    meaning: 'A report has to be asked for by id, and the listing of those ids is not there yet.',
  },
  RESULT_TOO_LARGE: {
    retryable: false,
    status: 400,
    meaning: 'The result has more rows than one JSON answer may hold.',
  },
  WORKFLOWS_UNREACHABLE: {
    retryable: true,
    status: 503,
    meaning: 'Temporal does not answer, so nothing can be started or told.',
  },
  DISK_FULL: {
    retryable: true,
    status: 507,
    meaning: 'The disk of the data folder is full. What was begun is rolled back and repeated.',
  },
  WAREHOUSE_FILE_MISSING: {
    retryable: false,
    status: 404,
    meaning: 'The connection has no file in the warehouse.',
  },
  WAREHOUSE_UNSAFE: {
    retryable: false,
    status: 500,
    meaning:
      'The warehouse could not prove that its files are encrypted and that it reaches no network.',
  },
  STREAM_UNKNOWN: {
    retryable: false,
    status: 404,
    meaning: 'No stream has this name.',
  },
  LANDED_PART_MISSING: {
    retryable: false,
    status: 410,
    meaning: 'A landed part is gone before it was loaded: the window is pulled again.',
  },
  PART_UNREADABLE: {
    retryable: false,
    status: 502,
    meaning: 'A landed part is no page of TikTok: the window is pulled again.',
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
