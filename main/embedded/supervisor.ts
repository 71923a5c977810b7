/** Keeps the hub's own servers running: started in order, healed when one dies, stopped in reverse order. */
import { setTimeout as delay } from 'node:timers/promises';
import type { RunningService } from './processes.ts';

export interface SupervisedService {
  readonly name: string;
  /** Called again after a death; must then answer at the same address, so that clients find it again. */
  start(): Promise<RunningService>;
}

export type ServiceState = 'stopped' | 'starting' | 'ready' | 'restarting' | 'stopping';

export interface SupervisorOptions {
  services: readonly SupervisedService[];
  log: (line: string) => void;
  /** Told of each change, for readiness and for what must be done again after a restart. */
  onState?: (name: string, state: ServiceState) => void;
}

export interface Supervisor {
  /** Settles when all are ready; when one fails, those before it are stopped and the failure is thrown. */
  start(): Promise<void>;
  /** Settles when no process is left. */
  stop(): Promise<void>;
  states(): Readonly<Record<string, ServiceState>>;
}

/** A server that cannot start is tried again at once, then ever more rarely, but at least this often. */
const pauseMsMax = 5000;
const pauseMsFirst = 100;

/** After this long without a death, the next one counts as the first. */
const steadyMs = 5000;

export function createSupervisor(options: SupervisorOptions): Supervisor {
  const { services, log, onState } = options;
  const states = new Map<string, ServiceState>(services.map(({ name }) => [name, 'stopped']));
  const watched: { name: string; end(): Promise<void> }[] = [];
  let ending = new AbortController();
  let starting: Promise<void> = Promise.resolve();

  function change(name: string, state: ServiceState): void {
    states.set(name, state);
    onState?.(name, state);
  }

  async function startAll(): Promise<void> {
    for (const service of services) {
      if (ending.signal.aborted) return;
      change(service.name, 'starting');
      try {
        const running = await service.start();
        const end = keepRunning({ service, running, log, change, ending });
        watched.push({ name: service.name, end });
      } catch (error) {
        change(service.name, 'stopped');
        await endAll();
        throw error;
      }
    }
  }

  async function endAll(): Promise<void> {
    ending.abort();
    for (let last = watched.pop(); last !== undefined; last = watched.pop()) {
      change(last.name, 'stopping');
      await last.end();
      change(last.name, 'stopped');
    }
  }

  return {
    start() {
      ending = new AbortController();
      starting = startAll();
      return starting;
    },
    async stop() {
      ending.abort();
      await starting.catch(() => {}); // Whoever started was told.
      await endAll();
    },
    states: () => Object.fromEntries(states),
  };
}

/** Returns the function that ends the service for good. */
function keepRunning(watched: {
  service: SupervisedService;
  running: RunningService;
  log: (line: string) => void;
  change: (name: string, state: ServiceState) => void;
  ending: AbortController;
}): () => Promise<void> {
  const { service, log, change, ending } = watched;
  const { name } = service;
  let running: RunningService | undefined = watched.running;

  async function startAgain(failures: number): Promise<RunningService | undefined> {
    for (let attempt = failures; ; attempt++) {
      const pauseMs = Math.min(pauseMsMax, pauseMsFirst * 2 ** attempt);
      await delay(pauseMs, undefined, { signal: ending.signal }).catch(() => {});
      if (ending.signal.aborted) return undefined;
      try {
        return await service.start();
      } catch (error) {
        log(`${name} does not start: ${error instanceof Error ? error.message : error}`);
      }
    }
  }

  async function watch(): Promise<void> {
    let failures = 0;
    while (running !== undefined) {
      const readyAt = performance.now();
      change(name, 'ready');
      await running.exited;
      if (ending.signal.aborted) return;
      failures = performance.now() - readyAt > steadyMs ? 0 : failures;
      log(`${name} ended by itself; it is started again.`);
      change(name, 'restarting');
      running = undefined;
      running = await startAgain(failures++);
      if (ending.signal.aborted) return;
    }
  }

  const watching = watch();
  return async () => {
    const known = running;
    await known?.stop();
    await watching;
    if (running !== known) await running?.stop(); // It was just being started again.
  };
}
