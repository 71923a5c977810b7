/** 50 calls a second of each app, shop and API, counted in real clock seconds. */
import { ShopRefusal } from './answers.ts';

export interface RateViolation {
  /** Real milliseconds. */
  readonly at: number;
  readonly path: string;
  readonly shopId: string | null;
}

export const callsPerSecond = 50;
const violationsMax = 10_000;

export class ShopRate {
  readonly #violations: RateViolation[] = [];
  #second = 0;
  #counts = new Map<string, number>();
  total = 0;
  /** Null counts nothing. */
  limit: number | null;

  constructor(limit: number | null) {
    this.limit = limit;
  }

  /** @throws ShopRefusal with HTTP 429 for one call too many. */
  take(path: string, shopId: string | null): void {
    const now = Date.now();
    const second = Math.floor(now / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#counts = new Map();
    }
    const key = `${path} ${shopId}`;
    const count = (this.#counts.get(key) ?? 0) + 1;
    this.#counts.set(key, count);
    if (this.limit === null || count <= this.limit) return;
    this.total += 1;
    this.#violations.push({ at: now, path, shopId });
    if (this.#violations.length > violationsMax) this.#violations.shift();
    throw new ShopRefusal(36_009_002, 'Too many requests.', 429);
  }

  list(): readonly RateViolation[] {
    return [...this.#violations];
  }

  clear(): void {
    this.#violations.length = 0;
    this.total = 0;
  }
}
