/**
 * TikTok's three counters per app: a second, a minute, a day, all at once. Seconds are real clock seconds. Minutes and
 * days are real too, plus whatever a test lets pass with `pass`.
 */
import { Refusal } from '../answers.ts';

export interface QuotaLimits {
  readonly second: number;
  readonly minute: number;
  readonly day: number;
}

export type Tier = 'basic' | 'advanced' | 'premium' | 'ultimate' | 'none';

export const tiers: Readonly<Record<Exclude<Tier, 'none'>, QuotaLimits>> = {
  basic: { second: 10, minute: 600, day: 864_000 },
  advanced: { second: 20, minute: 1_200, day: 1_728_000 },
  premium: { second: 30, minute: 1_800, day: 2_592_000 },
  ultimate: { second: 50, minute: 3_000, day: 4_320_000 },
};

/** `/report/task/create/` has limits of its own beside the app's. */
export const reportTaskLimits: QuotaLimits = { second: 2, minute: 60, day: 4_500 };

/** `/gmv_max/report/get/` too: few for a new app, more from the next tier on. */
export const gmvMaxLimits = (tier: Tier): QuotaLimits =>
  tier === 'basic'
    ? { second: 8, minute: 240, day: 20_000 }
    : { second: 20, minute: 600, day: 50_000 };

/** A minute's excess shuts the app out for 5 minutes. */
const minutePauseMs = 300_000;
const dayMs = 86_400_000;
const violationsMax = 10_000;

export interface QuotaViolation {
  readonly at: number;
  readonly quota: string;
  /** `paused`: a call while the app was shut out. */
  readonly clock: 'second' | 'minute' | 'day' | 'paused';
  readonly limit: number;
  readonly current: number;
  readonly path: string;
}

export class ViolationLog {
  readonly #kept: QuotaViolation[] = [];
  total = 0;

  add(violation: QuotaViolation): void {
    this.total += 1;
    this.#kept.push(violation);
    if (this.#kept.length > violationsMax) this.#kept.shift();
  }

  list(): readonly QuotaViolation[] {
    return [...this.#kept];
  }

  clear(): void {
    this.#kept.length = 0;
    this.total = 0;
  }
}

export class Quota {
  readonly #name: string;
  readonly #appId: string;
  readonly #violations: ViolationLog;
  readonly #counts = {
    second: { window: -1, used: 0 },
    minute: { window: -1, used: 0 },
    day: { window: -1, used: 0 },
  };
  #limits: QuotaLimits | null;
  #pausedUntil = 0;
  #passedMs = 0;

  constructor(name: string, appId: string, limits: QuotaLimits | null, violations: ViolationLog) {
    this.#name = name;
    this.#appId = appId;
    this.#limits = limits;
    this.#violations = violations;
  }

  setLimits(limits: QuotaLimits | null): void {
    this.#limits = limits;
  }

  /** For tests: lets time pass for the minute, the day and their pauses only. */
  pass(milliseconds: number): void {
    this.#passedMs += milliseconds;
  }

  /** Shuts the app out as an exceeded minute or day does. */
  pause(clock: 'minute' | 'day'): void {
    const now = this.#now();
    const end = clock === 'minute' ? now + minutePauseMs : (Math.floor(now / dayMs) + 1) * dayMs;
    this.#pausedUntil = Math.max(this.#pausedUntil, end);
  }

  /** Counts a call and throws 40100 when it is one too many. */
  take(path: string): void {
    const limits = this.#limits;
    const now = this.#now();
    if (now < this.#pausedUntil) {
      this.#note('paused', 0, 0, path);
      throw this.#restricted();
    }
    const second = this.#count('second', Math.floor(Date.now() / 1000));
    const minute = this.#count('minute', Math.floor(now / 60_000));
    const day = this.#count('day', Math.floor(now / dayMs));
    if (!limits) return;
    if (day > limits.day || minute > limits.minute) {
      const clock = day > limits.day ? 'day' : 'minute';
      this.pause(clock);
      this.#note(clock, limits[clock], clock === 'day' ? day : minute, path);
      throw this.#restricted();
    }
    if (second > limits.second) {
      this.#note('second', limits.second, second, path);
      const text = `reaches the QPS limit ${limits.second}, current QPS is ${second}`;
      throw new Refusal(40100, `App ${this.#appId} ${text}`);
    }
  }

  #now(): number {
    return Date.now() + this.#passedMs;
  }

  #count(clock: 'second' | 'minute' | 'day', window: number): number {
    const count = this.#counts[clock];
    if (count.window !== window) {
      count.window = window;
      count.used = 0;
    }
    count.used += 1;
    return count.used;
  }

  #note(clock: QuotaViolation['clock'], limit: number, current: number, path: string): void {
    this.#violations.add({ at: Date.now(), quota: this.#name, clock, limit, current, path });
  }

  #restricted(): Refusal {
    const text = `requests from App ${this.#appId} are temporarily restricted`;
    return new Refusal(40100, `Due to too many requests, ${text}`);
  }
}
