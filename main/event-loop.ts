/** Drives the consumer of TikTok's events: when one is appended, and every few seconds for what waits for its time. */
import type { EventConsumer } from '../activities/consume-events.ts';
import type { Clock } from '../policy/clock.ts';
import type { Registry } from '../registry/registry.ts';
import type { Log } from './log.ts';

export interface EventLoop {
  /** Resolves when the batch that is under way has ended. */
  close(): Promise<void>;
}

export interface EventLoopOptions {
  readonly registry: Pick<Registry, 'events' | 'listen'>;
  readonly consumer: EventConsumer;
  readonly clock: Clock;
  readonly log: Log;
}

/** Real time: retries and notifications that were lost with a session. */
const pollMs = 2_000;
const purgeEveryMs = 3_600_000;
const keptMs = 7 * 86_400_000;

export async function startEventLoop(options: EventLoopOptions): Promise<EventLoop> {
  const { registry, consumer, clock, log } = options;
  const stopping = new AbortController();
  let wake = Promise.withResolvers<void>();
  const silence = await registry.listen('events', () => wake.resolve());

  async function pass(): Promise<void> {
    try {
      await registry.events.exclusively(async () => {
        await consumer.consume(stopping.signal);
      });
    } catch (error) {
      log('warn', 'events could not be acted on; they are taken again', { cause: nameOf(error) });
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const timer = setTimeout(() => wake.resolve(), pollMs);
      await wake.promise;
      clearTimeout(timer);
      wake = Promise.withResolvers<void>();
      if (!stopping.signal.aborted) await pass();
    }
  }

  const purge = async (): Promise<void> => {
    try {
      const before = new Date(clock.now().getTime() - keptMs);
      const { unhandled } = await registry.events.purge(before);
      if (unhandled > 0) log('error', 'events ended unhandled after seven days', { unhandled });
    } catch (error) {
      log('error', 'old events could not be removed', { cause: nameOf(error) });
    }
  };
  const purging = setInterval(purge, purgeEveryMs);
  wake.resolve();
  // What waited longer than seven days is acted on once more before it goes.
  const running = pass().then(purge).then(run);
  return {
    async close() {
      stopping.abort();
      wake.resolve();
      clearInterval(purging);
      await running;
      await silence();
    },
  };
}

const nameOf = (error: unknown): string => {
  const { code, name } = error as { code?: string; name?: string };
  return code ?? name ?? 'unknown';
};
