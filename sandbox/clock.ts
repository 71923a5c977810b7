/** The sandbox's own clock: real time plus an offset, so that it runs on from wherever it is put. */
export class SandboxClock {
  #offsetMs: number;

  constructor(startsAt: Date) {
    this.#offsetMs = startsAt.getTime() - Date.now();
  }

  get offsetMs(): number {
    return this.#offsetMs;
  }

  now(): Date {
    return new Date(Date.now() + this.#offsetMs);
  }

  set(now: Date): void {
    this.setOffset(now.getTime() - Date.now());
  }

  setOffset(offsetMs: number): void {
    if (!Number.isFinite(offsetMs) || Number.isNaN(new Date(Date.now() + offsetMs).getTime())) {
      throw new RangeError('The clock needs a valid instant.');
    }
    this.#offsetMs = offsetMs;
  }

  advance(milliseconds: number): void {
    this.setOffset(this.#offsetMs + milliseconds);
  }
}
