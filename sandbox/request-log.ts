/** What the sandbox was asked, newest last, in a bounded ring that tests read. */
export interface RequestEntry {
  /** Counts up from 1; `since` takes it. */
  readonly sequence: number;
  /** Real milliseconds. */
  readonly at: number;
  readonly clockAt: string;
  readonly method: string;
  readonly path: string;
  readonly advertiserId: string | null;
  /** A hash of the token, never the token. */
  readonly tokenId: string | null;
  /** The envelope's code; null where the answer was none (a fault of transport, a raw CSV). */
  readonly code: number | null;
  readonly httpStatus: number;
  readonly tookMs: number;
  readonly page: string | null;
  readonly pageSize: string | null;
  readonly reportType: string | null;
  readonly dataLevel: string | null;
  readonly dimensions: string | null;
  readonly startDate: string | null;
  readonly endDate: string | null;
  readonly filtering: string | null;
  readonly taskId: string | null;
}

/** Each face has a log of its own, with entries of its own. */
export class RequestLog<Entry extends { readonly sequence: number } = RequestEntry> {
  readonly #entriesMax: number;
  #entries: Entry[] = [];
  #sequence = 0;

  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax;
  }

  add(entry: Omit<Entry, 'sequence'>): void {
    this.#sequence += 1;
    this.#entries.push({ ...entry, sequence: this.#sequence } as Entry);
    // Cut in one piece when twice the size is reached: shifting each time would copy the ring for every call.
    if (this.#entries.length >= 2 * this.#entriesMax) {
      this.#entries = this.#entries.slice(-this.#entriesMax);
    }
  }

  since(sequence = 0): readonly Entry[] {
    return this.#entries.slice(-this.#entriesMax).filter((entry) => entry.sequence > sequence);
  }

  clear(): void {
    this.#entries = [];
  }
}
