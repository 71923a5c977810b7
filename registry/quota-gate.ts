/** One app's slots in this process: waiters in order, slots taken from PostgreSQL a few at a time. */
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { HubError } from '../policy/errors.ts';
import type { Database } from './database.ts';
import { ServerClock } from './server-clock.ts';

/** TikTok's lowest tier allows 10 a second; one is left for jitter on the way. */
const defaultPerSecond = 9;
/** Slots are taken at most this far ahead in one statement: a pause or another process waits no longer for them. */
const aheadMs = 100;
/**
 * A slot that is later than a quarter of a spacing is given up, not sent in a bunch: the other three quarters are left
 * to what can be late on the way. Timers are late by some milliseconds under load, at any rate.
 */
const lateMsMin = 5;
/** No process takes more than `aheadMs`; ten seconds is more than any number of processes have taken. */
const slotAheadMsMax = 10_000;

interface Waiter {
  readonly signal: AbortSignal;
  readonly granted: PromiseWithResolvers<void>;
}

export class Gate {
  readonly #database: Database;
  readonly #app: string;
  #waiters: Waiter[] = [];
  #running = false;
  #generation = 0;
  readonly #server = new ServerClock();
  perSecond = defaultPerSecond;

  constructor(database: Database, app: string) {
    this.#database = database;
    this.#app = app;
  }

  recheck(): void {
    this.#generation += 1;
  }

  async take(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const waiter: Waiter = { signal, granted: Promise.withResolvers<void>() };
    const abandon = (): void => {
      this.#waiters = this.#waiters.filter((other) => other !== waiter);
      waiter.granted.reject(signal.reason);
    };
    signal.addEventListener('abort', abandon, { once: true });
    this.#waiters.push(waiter);
    if (!this.#running) void this.#run();
    try {
      await waiter.granted.promise;
    } finally {
      signal.removeEventListener('abort', abandon);
    }
    // A fenced call's signal asks the lease again here, right before the send.
    signal.throwIfAborted();
  }

  async #run(): Promise<void> {
    this.#running = true;
    try {
      while (this.#waiters.length > 0) await this.#serve();
    } catch (error) {
      for (const waiter of this.#waiters.splice(0)) waiter.granted.reject(error);
    } finally {
      this.#running = false;
    }
  }

  async #serve(): Promise<void> {
    const spacingMs = 1_000 / this.perSecond;
    const lateMs = Math.max(spacingMs / 4, lateMsMin);
    const slotsMax = Math.max(1, Math.floor(aheadMs / spacingMs));
    const slots = Math.min(this.#waiters.length, slotsMax);
    const generation = this.#generation;
    const first = await this.#reserve(slots, spacingMs);
    for (let slot = 0; slot < slots; slot += 1) {
      const at = first + slot * spacingMs;
      await sleepUntil(at);
      // A pause came meanwhile: what was taken ahead is not used.
      if (generation !== this.#generation) return;
      // The process was stopped or its event loop stood still: this slot is given up.
      if (performance.now() - at > lateMs) continue;
      this.#waiters.shift()?.granted.resolve();
    }
  }

  /** Returns the first of the slots on this process's monotonic clock, which goes on while it is stopped. */
  async #reserve(slots: number, spacingMs: number): Promise<number> {
    const takenMs = slots * spacingMs;
    const askedAt = performance.now();
    // An idle gate's slot stands a round trip ahead, so that the answer is here in time. A slot is never more than
    // `slotAheadMsMax` ahead: after the server's clock was set back, the gate must not wait for it to catch up.
    const { rows } = await sql<{ pausedMs: number | null; endsAt: number; serverAt: number }>`
      with paused as (
        select max(until) as until from quota_pauses
        where app = ${this.#app} and until > clock_timestamp()
      ), taken as (
        insert into quota_slots as slots (app, next_slot_at)
        select ${this.#app}, clock_timestamp() + ${this.#server.leadMs + takenMs}::float8 * interval '1 ms'
        from paused where until is null
        on conflict (app) do update set next_slot_at = ${takenMs}::float8 * interval '1 ms' + greatest(
          least(slots.next_slot_at, clock_timestamp() + ${slotAheadMsMax}::float8 * interval '1 ms'),
          clock_timestamp() + ${this.#server.leadMs}::float8 * interval '1 ms')
        returning extract(epoch from next_slot_at)::float8 * 1000 as ends_at
      )
      select extract(epoch from paused.until - clock_timestamp())::float8 * 1000 as paused_ms,
        taken.ends_at,
        extract(epoch from clock_timestamp())::float8 * 1000 as server_at
      from paused left join taken on true`.execute(this.#database);
    const [row] = rows;
    if (row === undefined) throw new Error('The gate gave no answer.');
    this.#server.observe(askedAt, performance.now(), row.serverAt);
    if (row.pausedMs !== null) throw quotaPaused(Math.ceil(row.pausedMs));
    return this.#server.toLocal(row.endsAt - takenMs);
  }
}

async function sleepUntil(at: number): Promise<void> {
  for (let left = at - performance.now(); left > 0; left = at - performance.now()) {
    await sleep(Math.ceil(left));
  }
}

export const quotaPaused = (retryAfterMs: number): HubError =>
  new HubError(
    'QUOTA_PAUSED',
    'TikTok asked to wait, or the day is used up. It goes on by itself.',
    { retryAfterMs },
  );
