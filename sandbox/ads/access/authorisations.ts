/** The app, the codes that consent gives out, and the tokens they are exchanged for. */
import { createHash, randomBytes } from 'node:crypto';
import type { SandboxClock } from '../../clock.ts';
import { Refusal } from '../answers.ts';

export interface AppCredentials {
  readonly appId: string;
  readonly secret: string;
}

export interface Grant {
  readonly accessToken: string;
  /** Names the token in logs: a hash, never the token. */
  readonly tokenId: string;
  readonly scopes: readonly number[];
  readonly advertiserIds: readonly string[];
  readonly dead: boolean;
}

interface AuthCode {
  readonly issuedAt: number;
  readonly advertiserIds: readonly string[];
  readonly scopes: readonly number[];
  used: boolean;
}

/** An auth_code lives one hour and is used once. */
const authCodeMs = 3_600_000;

/** The same seed gives the same app, so that a sandbox that starts again is known to its clients. */
export function appCredentials(seed: number): AppCredentials {
  const digest = createHash('sha256').update(`sandbox app ${seed}`).digest();
  const digits = (digest.readBigUInt64BE(0) % 10n ** 18n).toString().padStart(18, '0');
  return { appId: `7${digits}`, secret: digest.subarray(8, 28).toString('hex') };
}

export const tokenIdOf = (token: string) =>
  createHash('sha256').update(token).digest('hex').slice(0, 16);

export class Authorisations {
  readonly #clock: SandboxClock;
  readonly #codes = new Map<string, AuthCode>();
  readonly #grants = new Map<string, Grant>();
  readonly #changed: () => void;

  constructor(clock: SandboxClock, restored: readonly Grant[], changed: () => void) {
    this.#clock = clock;
    this.#changed = changed;
    for (const grant of restored) this.#grants.set(grant.accessToken, grant);
  }

  issueCode(advertiserIds: readonly string[], scopes: readonly number[]): string {
    const code = randomBytes(20).toString('hex');
    const issuedAt = this.#clock.now().getTime();
    this.#codes.set(code, { issuedAt, advertiserIds, scopes, used: false });
    return code;
  }

  exchange(code: string): Grant {
    const known = this.#codes.get(code);
    if (!known) throw new Refusal(40110, 'Auth code is incorrect.');
    if (known.used) throw new Refusal(40110, 'Auth code has been used.');
    if (this.#clock.now().getTime() - known.issuedAt > authCodeMs) {
      throw new Refusal(40110, 'Auth code has expired.');
    }
    known.used = true;
    return this.issueToken(known.advertiserIds, known.scopes);
  }

  issueToken(advertiserIds: readonly string[], scopes: readonly number[]): Grant {
    const accessToken = randomBytes(20).toString('hex');
    const tokenId = tokenIdOf(accessToken);
    const grant = { accessToken, tokenId, scopes, advertiserIds, dead: false };
    this.#keep(grant);
    return grant;
  }

  /** The living grant of a token. */
  find(accessToken: string): Grant | null {
    const grant = this.#grants.get(accessToken);
    return grant && !grant.dead ? grant : null;
  }

  list(): readonly Grant[] {
    return [...this.#grants.values()];
  }

  revoke(grant: Grant): void {
    this.#keep({ ...grant, dead: true });
  }

  /** The advertiser cancels at TikTok, silently: the token loses the account, or dies. */
  withdraw(input: { advertiserId?: string; tokenId?: string; dead?: boolean }): number {
    const touched = this.list().filter(
      (grant) =>
        (input.tokenId === undefined || grant.tokenId === input.tokenId) &&
        (input.advertiserId === undefined || grant.advertiserIds.includes(input.advertiserId)),
    );
    for (const grant of touched) {
      const advertiserIds = grant.advertiserIds.filter((id) => id !== input.advertiserId);
      this.#keep({ ...grant, advertiserIds, dead: grant.dead || input.dead === true });
    }
    return touched.length;
  }

  #keep(grant: Grant): void {
    this.#grants.set(grant.accessToken, grant);
    this.#changed();
  }
}
