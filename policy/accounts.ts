/** Limits of accounts and sessions, each with where it comes from. */

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** NIST SP 800-63B-4, level 2: an hour without a request, a day in all. */
export const sessionLimits = {
  idleMs: hourMs,
  ageMs: 24 * hourMs,
  /** Between password and second factor: time to fetch a telephone, or to set one up. */
  unconfirmedMs: 15 * minuteMs,
  /** How long after proving oneself what is sensitive may be done. */
  provedMs: 10 * minuteMs,
} as const;

/** A mail may lie unread for a night; what opens an account by itself must not. */
export const linkLifetimesMs = { 'verify-email': 24 * hourMs, 'reset-password': hourMs } as const;
export type LinkKind = keyof typeof linkLifetimesMs;

/** Of characters, as ASVS 6.2 wants: at least 8, better 15; at least 64 allowed. */
export const passwordLength = { min: 12, max: 256 } as const;

export interface ThrottleRule {
  readonly name: string;
  readonly tries: number;
  readonly seconds: number;
}

const rule = (name: string, tries: number, seconds: number): ThrottleRule => ({
  name,
  tries,
  seconds,
});

const quarter = 15 * 60;
/** Fixed windows. What succeeds is given back, so these are failures alone. */
export const throttleRules = {
  signInOfNetwork: rule('sign-in-network', 50, quarter),
  signInOfAddressAndNetwork: rule('sign-in-address-network', 5, quarter),
  signInOfAddress: rule('sign-in-address', 20, 3_600),
  /** A device that was signed in before has tries of its own: strangers cannot use them up. */
  signInOfKnownDevice: rule('sign-in-device', 10, quarter),
  codeOfAccount: rule('code-account', 5, quarter),
  mailToAddress: rule('mail-address', 3, 3_600),
  mailOfNetwork: rule('mail-network', 20, 3_600),
  linkOfNetwork: rule('link-network', 30, quarter),
} as const;
