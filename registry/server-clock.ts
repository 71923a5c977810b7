/**
 * PostgreSQL's clock on this process's monotonic one. The answer with the shortest round trip says it best; a process
 * that was stopped between question and answer is not misled.
 */
const samplesMax = 16;
/** How far ahead a slot may be asked for, whatever the round trip takes. */
const leadMsMax = 500;

export class ServerClock {
  #samples: { roundTripMs: number; offsetMs: number }[] = [];
  #roundTripMs = 0;

  observe(askedAt: number, answeredAt: number, serverAt: number): void {
    const roundTripMs = answeredAt - askedAt;
    this.#samples.push({ roundTripMs, offsetMs: (askedAt + answeredAt) / 2 - serverAt });
    if (this.#samples.length > samplesMax) this.#samples.shift();
    this.#roundTripMs += (roundTripMs - this.#roundTripMs) / 4;
  }

  /** A usual round trip and half of one more. */
  get leadMs(): number {
    return Math.min(this.#roundTripMs * 1.5, leadMsMax);
  }

  toLocal(serverAt: number): number {
    let best = this.#samples[0];
    for (const sample of this.#samples) {
      if (best === undefined || sample.roundTripMs < best.roundTripMs) best = sample;
    }
    return serverAt + (best?.offsetMs ?? 0);
  }
}
