/**
 * Sends notifications as TikTok does: a bounded number at a time, three seconds for an empty 200, else again at the
 * documented times of the sandbox's clock, and after the last of them never more.
 */
import { Agent, request } from 'undici';
import type { SandboxClock } from '../clock.ts';
import type { Deliveries, Delivery } from './deliveries.ts';
import { fateOf, type MischiefRates, noMischief } from './mischief.ts';

export interface Notification extends Pick<Delivery, 'channel' | 'id' | 'type' | 'shopId'> {
  readonly address: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Waits before the second and later attempts, in seconds of the sandbox's clock. */
  readonly retrySeconds: readonly number[];
}

/** Lets something happen when the sandbox's clock says so. */
export interface Alarm {
  at(at: Date, action: () => void): void;
}

interface Job {
  readonly notification: Notification;
  readonly delivery: Delivery;
}

const answerMs = 3_000;
const defaultParallel = 8;

export class Sender {
  readonly #clock: SandboxClock;
  readonly #alarm: Alarm;
  readonly #deliveries: Deliveries;
  readonly #seed: number;
  /** Receivers run on the loopback interface, often without TLS; redirects are not followed. */
  readonly #agent = new Agent({ connections: 64 });
  readonly #held = new Set<NodeJS.Timeout>();
  readonly #closing = new AbortController();
  #queue: Job[] = [];
  #inFlight = 0;
  #number = 0;
  rates = noMischief;
  parallel = defaultParallel;

  constructor(clock: SandboxClock, alarm: Alarm, deliveries: Deliveries, seed: number) {
    this.#clock = clock;
    this.#alarm = alarm;
    this.#deliveries = deliveries;
    this.#seed = seed;
  }

  /** What is on its way in real time; later attempts wait for the sandbox's clock and do not count. */
  get busy(): { readonly queued: number; readonly inFlight: number; readonly held: number } {
    return { queued: this.#queue.length, inFlight: this.#inFlight, held: this.#held.size };
  }

  /** Takes its fate from the rates; `rates` of its own make it surer. */
  send(notification: Notification, rates: MischiefRates = this.rates): void {
    this.#number += 1;
    const fate = fateOf(this.#seed, this.#number, rates);
    if (fate.lost) {
      this.#note(notification, { duplicate: false, heldMs: 0 }, true);
      return;
    }
    this.#sendAfter(notification, { duplicate: false, heldMs: fate.heldMs });
    if (fate.duplicateAfterMs === null) return;
    const heldMs = fate.heldMs + fate.duplicateAfterMs;
    this.#sendAfter(notification, { duplicate: true, heldMs });
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#queue = [];
    for (const timer of this.#held) clearTimeout(timer);
    this.#held.clear();
    await this.#agent.destroy();
  }

  #note(
    { channel, id, type, shopId, address, body }: Notification,
    how: Pick<Delivery, 'duplicate' | 'heldMs'>,
    lost = false,
  ): Delivery {
    const clockAt = this.#clock.now().toISOString();
    const noted = { channel, id, type, shopId, address, body, clockAt, ...how };
    return this.#deliveries.add(noted, lost ? 'lost' : 'waiting');
  }

  #sendAfter(notification: Notification, how: Pick<Delivery, 'duplicate' | 'heldMs'>): void {
    const job = { notification, delivery: this.#note(notification, how) };
    if (how.heldMs === 0) {
      this.#enqueue(job);
      return;
    }
    const timer = setTimeout(() => {
      this.#held.delete(timer);
      this.#enqueue(job);
    }, how.heldMs);
    timer.unref();
    this.#held.add(timer);
  }

  #enqueue(job: Job): void {
    if (this.#closing.signal.aborted) return;
    this.#queue.push(job);
    this.#startNext();
  }

  #startNext(): void {
    while (this.#inFlight < this.parallel && this.#queue.length > 0) {
      this.#inFlight += 1;
      const job = this.#queue.shift()!;
      void this.#attempt(job).finally(() => {
        this.#inFlight -= 1;
        this.#startNext();
      });
    }
  }

  async #attempt({ notification, delivery }: Job): Promise<void> {
    const at = Date.now();
    const clockAt = this.#clock.now().toISOString();
    const { status, failure } = await this.#post(notification);
    delivery.attempts.push({ clockAt, at, tookMs: Date.now() - at, status, failure });
    if (this.#closing.signal.aborted) return;
    if (failure === null) {
      this.#deliveries.end(delivery, 'delivered');
      return;
    }
    const wait = notification.retrySeconds[delivery.attempts.length - 1];
    if (wait === undefined) {
      this.#deliveries.end(delivery, 'dropped');
      return;
    }
    const next = new Date(this.#clock.now().getTime() + wait * 1000);
    this.#alarm.at(next, () => this.#enqueue({ notification, delivery }));
  }

  async #post({ address, body, headers }: Notification) {
    try {
      const answer = await request(address, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body,
        dispatcher: this.#agent,
        signal: AbortSignal.any([this.#closing.signal, AbortSignal.timeout(answerMs)]),
      });
      const text = await answer.body.text();
      const { statusCode: status } = answer;
      if (status !== 200) return { status, failure: 'not 200' };
      return { status, failure: text === '' ? null : 'not empty' };
    } catch (error) {
      const name = error instanceof Error ? error.name : 'unknown';
      return { status: null, failure: name === 'TimeoutError' ? 'no answer in 3 s' : name };
    }
  }
}
