/**
 * This process's side of the fence (design §8). Its one dedicated session holds a shared advisory lock for each
 * connection that a call is under way for, renews the process's lease, and hears of revocations.
 */
import { HubError } from '../../policy/errors.ts';
import { channelName } from '../notify.ts';
import { Session, type SessionClient } from '../session.ts';
import { FencedCall, type Lease } from './fenced-call.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { acknowledge, fenceLock, type Revocation, readConsent, renewLease } from './sql.ts';

/** After its last call a lock is kept this long: pages of one window follow each other. */
const lingerMs = 1_000;

const noLease = { monotonic: 0, wall: 0 };

export interface HolderOptions {
  readonly databaseUrl: string;
  readonly holderId: string;
  readonly leaseMs: number;
  readonly callDeadlineMs: number;
  readonly identity: ProcessIdentity | null;
}

/** One connection that this process holds, or held a moment ago. */
interface Held {
  readonly calls: Set<FencedCall>;
  locked: boolean;
  locking: Promise<void> | undefined;
  /** As read under the lock; undefined once a revocation was heard. */
  consent: { epoch: number; open: boolean } | undefined;
  /** Counts revocations heard, so that an answer that is older than one is not kept. */
  version: number;
  /** Owed to whoever confirms: no call under an older epoch is under way. */
  acknowledge: number | undefined;
  linger: NodeJS.Timeout | undefined;
}

export class FenceHolder {
  readonly #options: HolderOptions;
  readonly #session: Session;
  readonly #held = new Map<string, Held>();
  /** On the monotonic clock, which goes on while the process is stopped, and on the wall clock, while the machine is. */
  #leaseUntil = noLease;
  #renewing: NodeJS.Timeout | undefined;
  readonly #lease: Lease = { valid: () => this.#leaseValid(), lapsed: unavailable };

  constructor(options: HolderOptions) {
    this.#options = options;
    this.#session = new Session(options.databaseUrl, 'hub-fence', options.leaseMs, {
      connected: (client) => this.#connected(client),
      lost: () => this.#lost(),
      heard: (_channel, payload) => this.#heard(JSON.parse(payload) as Revocation),
    });
  }

  async hold<T>(
    connectionId: string,
    epoch: number,
    work: (signal: AbortSignal) => Promise<T>,
    cancelled?: AbortSignal,
  ): Promise<T> {
    await this.#session.connect().catch((cause: unknown) => {
      throw unavailable(cause);
    });
    const held = this.#enter(connectionId);
    const call = new FencedCall(epoch, this.#lease, cancelled);
    held.calls.add(call);
    try {
      await this.#admit(connectionId, held, epoch);
      call.signal.throwIfAborted();
      return await work(call.signal);
    } finally {
      call.end();
      held.calls.delete(call);
      this.#leave(connectionId, held);
    }
  }

  #leaseValid(): boolean {
    const { monotonic, wall } = this.#leaseUntil;
    return performance.now() < monotonic && Date.now() < wall && this.#session.client !== undefined;
  }

  #enter(connectionId: string): Held {
    let held = this.#held.get(connectionId);
    if (held === undefined) {
      held = {
        calls: new Set(),
        locked: false,
        locking: undefined,
        consent: undefined,
        version: 0,
        acknowledge: undefined,
        linger: undefined,
      };
      this.#held.set(connectionId, held);
    }
    clearTimeout(held.linger);
    return held;
  }

  async #admit(connectionId: string, held: Held, epoch: number): Promise<void> {
    if (!held.locked) {
      held.locking ??= this.#lock(connectionId, held).finally(() => {
        held.locking = undefined;
      });
      await held.locking;
    }
    if (held.consent?.epoch !== epoch) {
      const client = this.#client();
      const { version } = held;
      const consent = await this.#ask(() => readConsent(client, connectionId));
      if (held.version === version && held.locked) held.consent = consent;
      if (consent?.epoch !== epoch || !consent.open) throw consentEnded();
    } else if (!held.consent.open) throw consentEnded();
  }

  /** Never waits for the lock: the session must stay free to renew the lease. */
  async #lock(connectionId: string, held: Held): Promise<void> {
    const client = this.#client();
    const { rows } = await this.#ask(() =>
      client.query<{ locked: boolean }>(
        `select pg_try_advisory_lock_shared(${fenceLock}) as locked`,
        [connectionId],
      ),
    );
    if (client !== this.#session.client) throw unavailable();
    held.locked = rows[0]?.locked === true;
    // A revocation is being confirmed; whether it concerns this epoch, the next try finds out.
    if (!held.locked) throw unavailable();
  }

  #leave(connectionId: string, held: Held): void {
    if (held.acknowledge !== undefined) this.#acknowledge(connectionId, held, held.acknowledge);
    else if (held.calls.size === 0) {
      held.linger = setTimeout(() => this.#unlock(connectionId, held), lingerMs);
      held.linger.unref();
    }
  }

  #unlock(connectionId: string, held: Held): void {
    if (held.calls.size > 0) return;
    clearTimeout(held.linger);
    this.#held.delete(connectionId);
    const client = this.#session.client;
    if (!held.locked || client === undefined) return;
    held.locked = false;
    client
      .query(`select pg_advisory_unlock_shared(${fenceLock})`, [connectionId])
      .catch(() => this.#session.abandon());
  }

  #heard({ connectionId, epoch }: Revocation): void {
    const held = this.#enter(connectionId);
    held.version += 1;
    held.consent = undefined;
    for (const call of held.calls) if (call.epoch < epoch) call.abort(consentEnded());
    this.#acknowledge(connectionId, held, Math.max(epoch, held.acknowledge ?? 0));
  }

  /** Once no call under an older epoch is left; an answer that gets lost is asked for again. */
  #acknowledge(connectionId: string, held: Held, epoch: number): void {
    held.acknowledge = epoch;
    for (const call of held.calls) if (call.epoch < epoch) return;
    held.acknowledge = undefined;
    this.#unlock(connectionId, held);
    const client = this.#session.client;
    if (client === undefined) return;
    acknowledge(client, this.#options.holderId, { connectionId, epoch }).catch(() => undefined);
  }

  async #connected(client: SessionClient): Promise<void> {
    await client.query(`listen ${channelName('fence')}`);
    // The server notices a dead network within half a minute, and with it the locks that nobody holds any more.
    for (const setting of ['idle = 10', 'interval = 5', 'count = 4']) {
      await client.query(`set tcp_keepalives_${setting}`);
    }
    await this.#renew(client);
    clearInterval(this.#renewing);
    this.#renewing = setInterval(() => this.#tick(), this.#options.leaseMs / 5);
    this.#renewing.unref();
  }

  #tick(): void {
    if (!this.#leaseValid()) this.#abortAll();
    const client = this.#session.client;
    if (client !== undefined) this.#renew(client).catch(() => this.#session.abandon());
  }

  /** Counted from before the question: the server's lease ends later than the one that is kept here. */
  async #renew(client: SessionClient): Promise<void> {
    const { leaseMs } = this.#options;
    const next = { monotonic: performance.now() + leaseMs, wall: Date.now() + leaseMs };
    await renewLease(client, this.#options);
    if (client === this.#session.client) this.#leaseUntil = next;
  }

  #lost(): void {
    clearInterval(this.#renewing);
    this.#leaseUntil = noLease;
    this.#abortAll();
    for (const held of this.#held.values()) {
      held.locked = false;
      held.consent = undefined;
      held.version += 1;
    }
  }

  #abortAll(): void {
    for (const { calls } of this.#held.values())
      for (const call of calls) call.abort(unavailable());
  }

  #client(): SessionClient {
    const { client } = this.#session;
    if (client === undefined) throw unavailable();
    return client;
  }

  async #ask<T>(question: () => Promise<T>): Promise<T> {
    try {
      return await question();
    } catch (cause) {
      throw unavailable(cause);
    }
  }

  /** Gives the lease back, so that no revocation waits for this process. */
  async close(): Promise<void> {
    clearInterval(this.#renewing);
    this.#leaseUntil = noLease;
    this.#abortAll();
    await this.#session.client
      ?.query('delete from fence_holders where id = $1', [this.#options.holderId])
      .catch(() => undefined);
    await this.#session.close();
    for (const held of this.#held.values()) clearTimeout(held.linger);
  }
}

const consentEnded = (): HubError =>
  new HubError('CONSENT_ENDED', 'The consent for this connection has ended: nothing is fetched.');

const unavailable = (cause?: unknown): HubError =>
  new HubError(
    'FENCE_UNAVAILABLE',
    'It is not known whether the consent still holds; asked again.',
    {
      retryAfterMs: 1_000,
      cause,
    },
  );
