/** Faults on request: each rule says what goes wrong, where, how often. Seeded, so that a run can be repeated. */

export const faultKinds = [
  /** Another envelope code: 50000, 50002, 51xxx, 60001, 40067, 40133, … */
  'code',
  /** The app is shut out as by an exceeded minute or day. */
  'restrict-minute',
  'restrict-day',
  /** HTTP status with an HTML body. */
  'http',
  'slow',
  'reset',
  /** The call is carried out, its answer never arrives (shop face). */
  'lost-answer',
  'redirect',
  /** A JSON body that ends half-way. */
  'truncate',
  /** From the second page on, one row more exists than page 1 said. */
  'moved',
  /** One row of a report carries a day outside the window. */
  'foreign-day',
  /** One id comes as a bare number. */
  'bare-id',
  /** The next task ends as FAILED. */
  'task-failed',
  /** A download that is no CSV. */
  'csv-error',
] as const;
export type FaultKind = (typeof faultKinds)[number];

export interface FaultRule {
  readonly kind: FaultKind;
  /** As the request log names it, such as `report/integrated/get/`; all when absent. */
  readonly path?: string;
  readonly advertiserId?: string;
  /** On the shop face. */
  readonly shopId?: string;
  /** 0 to 1; 1 when absent. */
  readonly probability?: number;
  /** How many calls are hit at most. */
  readonly count?: number;
  /** So many matching calls pass first. */
  readonly skip?: number;
  /** The rule ends after so many real milliseconds. */
  readonly forMs?: number;
  readonly code?: number;
  readonly message?: string;
  readonly status?: number;
  readonly delayMs?: number;
  readonly location?: string;
}

interface Target {
  readonly path: string;
  readonly advertiserId: string | null;
  readonly shopId?: string | null;
}

interface ActiveRule {
  readonly id: number;
  readonly rule: FaultRule;
  readonly addedAt: number;
  readonly random: () => number;
  seen: number;
  fired: number;
}

/** Mulberry32: small, seeded, good enough to spread faults. */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export class Faults {
  readonly #seed: number;
  #rules: ActiveRule[] = [];
  #lastId = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  add(rule: FaultRule): number {
    if (!faultKinds.includes(rule.kind))
      throw new RangeError(`Unknown kind of fault: ${rule.kind}`);
    this.#lastId += 1;
    const random = seededRandom(this.#seed + this.#lastId);
    this.#rules.push({ id: this.#lastId, rule, addedAt: Date.now(), random, seen: 0, fired: 0 });
    return this.#lastId;
  }

  list(): readonly { id: number; rule: FaultRule; seen: number; fired: number }[] {
    return this.#rules.map(({ id, rule, seen, fired }) => ({ id, rule, seen, fired }));
  }

  remove(id: number): void {
    this.#rules = this.#rules.filter((active) => active.id !== id);
  }

  clear(): void {
    this.#rules = [];
  }

  /** Nearly always: answers need not be looked through then. */
  get isEmpty(): boolean {
    return this.#rules.length === 0;
  }

  /** The first rule of this kind that hits this call. */
  take(kind: FaultKind, target: Target): FaultRule | null {
    return this.#rules.find((active) => hits(active, kind, target))?.rule ?? null;
  }

  /** How many rows have moved in before this page. */
  movedBy(target: Target & { page: number }): number {
    return target.page > 1 && this.take('moved', target) ? 1 : 0;
  }
}

function hits(active: ActiveRule, kind: FaultKind, target: Target): boolean {
  const { rule } = active;
  if (rule.kind !== kind) return false;
  if (rule.path !== undefined && rule.path !== target.path) return false;
  if (rule.advertiserId !== undefined && rule.advertiserId !== target.advertiserId) return false;
  if (rule.shopId !== undefined && rule.shopId !== target.shopId) return false;
  if (rule.forMs !== undefined && Date.now() - active.addedAt > rule.forMs) return false;
  if (active.fired >= (rule.count ?? Number.POSITIVE_INFINITY)) return false;
  active.seen += 1;
  if (active.seen <= (rule.skip ?? 0)) return false;
  if (active.random() >= (rule.probability ?? 1)) return false;
  active.fired += 1;
  return true;
}
