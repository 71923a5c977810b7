/**
 * Lets a few heavy queries run at once. Each workspace waits in a line of its own and the lines take
 * turns, so that many questions of one do not hold up the first one of another.
 */
import { HubError } from '../../policy/errors.ts';

export interface GateLimits {
  /** Of all workspaces together. */
  readonly atOnce: number;
  /** Of one workspace: less than all, so that another one's question finds a place. */
  readonly atOnceOfOne: number;
  /** Of one workspace; what comes then is refused. */
  readonly waitingMax: number;
}

interface Line {
  running: number;
  readonly waiting: (() => void)[];
}

export class Gate {
  readonly #limits: GateLimits;
  /** The next turn is the first one's that may run. */
  readonly #lines = new Map<string, Line>();
  #running = 0;

  constructor(limits: GateLimits) {
    this.#limits = limits;
  }

  /** An aborted signal takes `work` out of its line; what runs already must see to itself. */
  async run<T>(workspace: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    signal?.throwIfAborted();
    const line = this.#lines.get(workspace) ?? { running: 0, waiting: [] };
    this.#lines.set(workspace, line);
    try {
      if (this.#mayRun(line)) this.#begin(workspace, line);
      else await this.#turn(line, signal);
      try {
        return await work();
      } finally {
        this.#running--;
        line.running--;
        this.#next();
      }
    } finally {
      if (line.running + line.waiting.length === 0) this.#lines.delete(workspace);
    }
  }

  #mayRun(line: Line): boolean {
    return this.#running < this.#limits.atOnce && line.running < this.#limits.atOnceOfOne;
  }

  /** Who has had a turn is last for the next one. */
  #begin(workspace: string, line: Line): void {
    this.#running++;
    line.running++;
    this.#lines.delete(workspace);
    this.#lines.set(workspace, line);
  }

  #turn({ waiting }: Line, signal: AbortSignal | undefined): Promise<void> {
    if (waiting.length >= this.#limits.waitingMax) {
      throw new HubError(
        'WORKSPACE_BUSY',
        'Wait until some of its reports are there, then ask again.',
        {
          retryAfterMs: 5000,
        },
      );
    }
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        waiting.splice(waiting.indexOf(enter), 1);
        reject(signal!.reason);
      };
      const enter = (): void => {
        signal?.removeEventListener('abort', leave);
        resolve();
      };
      signal?.addEventListener('abort', leave, { once: true });
      waiting.push(enter);
    });
  }

  #next(): void {
    for (const [workspace, line] of this.#lines) {
      if (line.waiting.length === 0 || !this.#mayRun(line)) continue;
      this.#begin(workspace, line);
      line.waiting.shift()!();
      return;
    }
  }
}
