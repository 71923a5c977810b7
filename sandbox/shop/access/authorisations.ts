/** Codes that consent gives out, tokens they are exchanged for, and how grants end. */
import { createHash, randomBytes } from 'node:crypto';
import type { SandboxClock } from '../../clock.ts';
import { invalidRequest, ShopRefusal } from '../answers.ts';
import type { ShopAppCredentials } from '../endpoint.ts';
import type { Seller } from '../world.ts';

/** `strict`: a refresh ends the old tokens at once. `lenient`: see `graceSeconds`. */
export const refreshModes = ['strict', 'lenient'] as const;
export type RefreshMode = (typeof refreshModes)[number];

/** What one consent gave. Times are Unix seconds. */
export interface ShopGrant {
  readonly id: string;
  readonly sellerId: string;
  readonly openId: string;
  readonly scopes: readonly string[];
  readonly grantedAt: number;
  /** Where the seller's grant ends: refresh tokens die with it. */
  readonly endsAt: number;
  /** What calls answer since the seller has withdrawn it; null while it stands. */
  readonly withdrawnCode: number | null;
  readonly tokenPrefix: string;
  /** Newest last; older ones may still be good for a while. */
  readonly tokens: readonly TokenPair[];
}

export interface TokenPair {
  readonly accessToken: string;
  readonly accessEndsAt: number;
  readonly refreshToken: string;
  readonly refreshEndsAt: number;
  /** When a refresh took this pair's place; null for the newest. */
  readonly replacedAt: number | null;
}

export interface GrantChange {
  /** All of the seller when absent. */
  readonly grantId?: string;
  readonly withdrawnCode?: number;
  readonly scopes?: readonly string[];
  /** Unix seconds. */
  readonly endsAt?: number;
  /** Access tokens end now, refresh tokens go on. */
  readonly expireAccess?: boolean;
}

interface Code {
  readonly sellerId: string;
  readonly scopes: readonly string[];
  readonly issuedAt: number;
  used: boolean;
}

export const codeSeconds = 1_800;
export const accessSeconds = 7 * 86_400;
const defaultGrantSeconds = 365 * 86_400;
/** For so long after a refresh an old refresh token is still taken, in `lenient` mode. */
export const graceSeconds = 600;

/** The same seed gives the same app, so that a sandbox that starts again is known to its clients. */
export function shopAppCredentials(seed: number): ShopAppCredentials {
  const digest = createHash('sha256').update(`sandbox shop app ${seed}`).digest();
  const appKey = digest.subarray(0, 8).readBigUInt64BE().toString(36).slice(0, 12);
  const serviceId = String(7_000_000_000_000_000_000n + (digest.readBigUInt64BE(8) % 10n ** 18n));
  return { appKey, secret: digest.subarray(12, 32).toString('hex'), serviceId };
}

export class ShopAuthorisations {
  readonly #clock: SandboxClock;
  readonly #refreshMode: RefreshMode;
  readonly #changed: () => void;
  readonly #codes = new Map<string, Code>();
  readonly #grants = new Map<string, ShopGrant>();
  readonly #grantOfToken = new Map<string, string>();

  constructor(
    clock: SandboxClock,
    refreshMode: RefreshMode,
    restored: readonly ShopGrant[],
    changed: () => void,
  ) {
    this.#clock = clock;
    this.#refreshMode = refreshMode;
    this.#changed = changed;
    for (const grant of restored) this.#index(grant);
  }

  issueCode(sellerId: string, scopes: readonly string[]): string {
    const code = `TTP_${randomBytes(24).toString('base64url')}`;
    this.#codes.set(code, { sellerId, scopes, issuedAt: this.#now(), used: false });
    return code;
  }

  /** A code is good for half an hour, once. */
  exchange(code: string, sellerOf: (id: string) => Seller | null): ShopGrant {
    const known = this.#codes.get(code);
    if (!known || known.used || this.#now() - known.issuedAt >= codeSeconds) {
      throw new ShopRefusal(36_004_004, 'Authorization code is invalid or expired.');
    }
    known.used = true;
    return this.issueGrant(sellerOf(known.sellerId)!, known.scopes);
  }

  /** A grant without a consent page. Older ones of the seller go on: each workspace has its own. */
  issueGrant(
    seller: Seller,
    scopes: readonly string[],
    grantSeconds = defaultGrantSeconds,
  ): ShopGrant {
    const grantedAt = this.#now();
    const endsAt = grantedAt + grantSeconds;
    const grant = {
      id: randomBytes(8).toString('hex'),
      sellerId: seller.id,
      openId: seller.openId,
      scopes,
      grantedAt,
      endsAt,
      withdrawnCode: null,
      tokenPrefix: seller.baseRegion === 'US' ? 'TTP_' : 'ROW_',
      tokens: [] as TokenPair[],
    };
    const complete = { ...grant, tokens: [newPair(grantedAt, grant)] };
    this.#keep(complete);
    return complete;
  }

  refresh(refreshToken: string): ShopGrant {
    const now = this.#now();
    const grant = this.#grants.get(this.#grantOfToken.get(refreshToken) ?? '');
    const pair = grant?.tokens.find((candidate) => candidate.refreshToken === refreshToken);
    if (!grant || !pair || grant.withdrawnCode !== null || !this.#refreshes(pair, grant, now)) {
      throw new ShopRefusal(36_004_004, 'Refresh token is invalid or expired.');
    }
    const replaced = grant.tokens.map((old) => ({ ...old, replacedAt: old.replacedAt ?? now }));
    const kept = replaced.filter(
      (old) => old.accessEndsAt > now || this.#refreshes(old, grant, now),
    );
    const next = { ...grant, tokens: [...kept, newPair(now, grant)] };
    this.#keep(next);
    return next;
  }

  /** @throws ShopRefusal when calls with this token are not, or no longer, answered. */
  find(accessToken: string): ShopGrant {
    const grant = this.#grants.get(this.#grantOfToken.get(accessToken) ?? '');
    const pair = grant?.tokens.find((candidate) => candidate.accessToken === accessToken);
    if (!grant || !pair) throw invalidRequest('Invalid x-tts-access-token.');
    if (grant.withdrawnCode !== null) {
      throw new ShopRefusal(grant.withdrawnCode, 'The access token is no longer valid.');
    }
    const replaced = pair.replacedAt !== null && this.#refreshMode === 'strict';
    if (replaced || this.#now() >= Math.min(pair.accessEndsAt, grant.endsAt)) {
      throw new ShopRefusal(105_002, 'The access token has expired.');
    }
    return grant;
  }

  list(): readonly ShopGrant[] {
    return [...this.#grants.values()];
  }

  /** What tests may do to the standing grants of a seller. @returns those that were touched. */
  change(sellerId: string, over: GrantChange): readonly ShopGrant[] {
    const { expireAccess = false, grantId, ...plain } = over;
    const touched = this.list().filter(
      (grant) =>
        grant.sellerId === sellerId &&
        grant.withdrawnCode === null &&
        (grantId === undefined || grant.id === grantId),
    );
    for (const grant of touched) {
      const tokens = expireAccess
        ? grant.tokens.map((pair) => ({ ...pair, accessEndsAt: this.#now() }))
        : grant.tokens;
      this.#keep({ ...grant, ...plain, tokens });
    }
    return touched;
  }

  #refreshes(pair: TokenPair, grant: ShopGrant, now: number): boolean {
    if (now >= Math.min(pair.refreshEndsAt, grant.endsAt)) return false;
    if (pair.replacedAt === null) return true;
    return this.#refreshMode === 'lenient' && now - pair.replacedAt < graceSeconds;
  }

  #keep(grant: ShopGrant): void {
    this.#index(grant);
    this.#changed();
  }

  #index(grant: ShopGrant): void {
    this.#grants.set(grant.id, grant);
    for (const pair of grant.tokens) {
      this.#grantOfToken.set(pair.accessToken, grant.id);
      this.#grantOfToken.set(pair.refreshToken, grant.id);
    }
  }

  #now(): number {
    return Math.floor(this.#clock.now().getTime() / 1000);
  }
}

function newPair(now: number, { endsAt, tokenPrefix }: ShopGrant): TokenPair {
  const token = (bytes: number): string => tokenPrefix + randomBytes(bytes).toString('base64url');
  return {
    accessToken: token(36),
    accessEndsAt: Math.min(now + accessSeconds, endsAt),
    refreshToken: token(30),
    refreshEndsAt: endsAt,
    replacedAt: null,
  };
}
