/** What was sent to whom, how often and with what answer, in a bounded ring that tests read. */

export interface Attempt {
  /** The sandbox's clock, and real milliseconds. */
  readonly clockAt: string;
  readonly at: number;
  readonly tookMs: number;
  /** Null where there was no answer. */
  readonly status: number | null;
  readonly failure: string | null;
}

/**
 * `delivered`: an empty 200 came. `waiting`: for its turn or the next attempt. `dropped`: the last attempt failed.
 * `lost`: never sent, on purpose.
 */
export type Outcome = 'waiting' | 'delivered' | 'dropped' | 'lost';

export interface Delivery {
  /** Counts up from 1; `since` takes it. */
  readonly sequence: number;
  readonly channel: 'shop' | 'developers';
  /** What a receiver tells repetitions by; null where TikTok sends none. */
  readonly id: string | null;
  readonly type: number | string;
  readonly shopId: string | null;
  readonly address: string;
  readonly body: string;
  readonly clockAt: string;
  readonly duplicate: boolean;
  /** How long it was kept back in real time, so that others overtake it. */
  readonly heldMs: number;
  outcome: Outcome;
  readonly attempts: Attempt[];
}

const deliveriesMax = 50_000;

export class Deliveries {
  #kept: Delivery[] = [];
  #sequence = 0;
  readonly totals: Record<Outcome | 'created' | 'duplicated' | 'held' | 'unaddressed', number> = {
    ...{ created: 0, duplicated: 0, held: 0, unaddressed: 0 },
    ...{ waiting: 0, delivered: 0, dropped: 0, lost: 0 },
  };

  add(delivery: Omit<Delivery, 'sequence' | 'attempts' | 'outcome'>, outcome: Outcome): Delivery {
    this.#sequence += 1;
    const kept: Delivery = { ...delivery, outcome, sequence: this.#sequence, attempts: [] };
    this.#kept.push(kept);
    if (this.#kept.length >= 2 * deliveriesMax) this.#kept = this.#kept.slice(-deliveriesMax);
    this.totals.created += 1;
    this.totals[outcome] += 1;
    if (kept.duplicate) this.totals.duplicated += 1;
    if (kept.heldMs > 0) this.totals.held += 1;
    return kept;
  }

  end(delivery: Delivery, outcome: 'delivered' | 'dropped'): void {
    this.totals[delivery.outcome] -= 1;
    delivery.outcome = outcome;
    this.totals[outcome] += 1;
  }

  since(sequence = 0): readonly Delivery[] {
    return this.#kept.slice(-deliveriesMax).filter((delivery) => delivery.sequence > sequence);
  }

  clear(): void {
    this.#kept = [];
    for (const name of Object.keys(this.totals)) {
      if (name !== 'waiting') this.totals[name as keyof typeof this.totals] = 0;
    }
  }
}
