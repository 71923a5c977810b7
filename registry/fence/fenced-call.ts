/** One call or load under way, and the signal that ends it. */

export interface Lease {
  /** By a clock that goes on while the process is stopped. */
  valid(): boolean;
  /** Why a call is ended when it is not. */
  lapsed(): Error;
}

const nativeAborted = Object.getOwnPropertyDescriptor(AbortSignal.prototype, 'aborted')?.get;
const nativeThrowIfAborted = AbortSignal.prototype.throwIfAborted;

export class FencedCall {
  readonly epoch: number;
  readonly #controller = new AbortController();
  readonly #cancelled: AbortSignal | undefined;
  readonly #cancel = (): void => this.#controller.abort(this.#cancelled?.reason);

  /**
   * Whoever asks the signal asks the lease: a process that was stopped and goes on must not send on the strength of a
   * check that it made before, and its timers run only after the input that waited for it.
   */
  constructor(epoch: number, lease: Lease, cancelled: AbortSignal | undefined) {
    this.epoch = epoch;
    this.#cancelled = cancelled;
    const controller = this.#controller;
    if (cancelled?.aborted) this.#cancel();
    cancelled?.addEventListener('abort', this.#cancel, { once: true });
    const check = (): void => {
      if (!lease.valid()) controller.abort(lease.lapsed());
    };
    Object.defineProperties(controller.signal, {
      aborted: {
        get(this: AbortSignal): boolean {
          check();
          return nativeAborted?.call(this) === true;
        },
      },
      throwIfAborted: {
        value(this: AbortSignal): void {
          check();
          nativeThrowIfAborted.call(this);
        },
      },
    });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  abort(reason: Error): void {
    this.#controller.abort(reason);
  }

  /** The call is over: the caller's signal, which may live long, forgets it. */
  end(): void {
    this.#cancelled?.removeEventListener('abort', this.#cancel);
  }
}
