/**
 * What the sandbox's clock brings about: audits that end, orders that move on. Actions run at their own instant, in
 * order, however far the clock was moved at once.
 */

type Action = (at: Date) => void;

interface Entry {
  readonly atMs: number;
  /** Keeps entries of one instant in the order in which they were planned. */
  readonly sequence: number;
  readonly action: Action;
}

const isBefore = (one: Entry, other: Entry): boolean =>
  one.atMs < other.atMs || (one.atMs === other.atMs && one.sequence < other.sequence);

export class Agenda {
  /** A binary heap, the next entry first. */
  readonly #heap: Entry[] = [];
  #sequence = 0;
  #running = false;

  get length(): number {
    return this.#heap.length;
  }

  at(at: Date, action: Action): void {
    this.#sequence += 1;
    const entry = { atMs: at.getTime(), sequence: this.#sequence, action };
    let place = this.#heap.push(entry) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!isBefore(entry, this.#heap[parent]!)) break;
      this.#heap[place] = this.#heap[parent]!;
      place = parent;
    }
    this.#heap[place] = entry;
  }

  /** Runs everything that is due, also what running it plans. An action gets its own instant. */
  catchUp(now: Date): void {
    if (this.#running) return;
    this.#running = true;
    try {
      while (this.#heap.length > 0 && this.#heap[0]!.atMs <= now.getTime()) {
        const { atMs, action } = this.#take();
        action(new Date(atMs));
      }
    } finally {
      this.#running = false;
    }
  }

  #take(): Entry {
    const first = this.#heap[0]!;
    const last = this.#heap.pop()!;
    if (this.#heap.length > 0) this.#sink(last);
    return first;
  }

  #sink(entry: Entry): void {
    const heap = this.#heap;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
      if (!isBefore(heap[child]!, entry)) break;
      heap[place] = heap[child]!;
      place = child;
    }
    heap[place] = entry;
  }
}
