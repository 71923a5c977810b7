/** Figures of what TikTok sends unasked: counts by sender and reason, no ids. */
import { Counter, Gauge, Registry as MetricsRegistry } from 'prom-client';
import type { EventSource } from '../../../connectors/webhook.ts';
import type { Registry } from '../../../registry/registry.ts';
import type { ApiDeps } from '../../deps.ts';

export type Refusal = 'signature' | 'age' | 'size' | 'busy';

export interface CallbackCounts {
  received(source: EventSource): void;
  refused(source: EventSource, reason: Refusal): void;
  duplicate(source: EventSource): void;
  setAside(source: EventSource, reason: string): void;
}

export function countCallbacks({
  metrics = new MetricsRegistry(),
  registry,
  clock,
}: Pick<ApiDeps, 'metrics' | 'registry' | 'clock'>): CallbackCounts {
  const registers = [metrics];
  const counter = <L extends string>(name: string, help: string, ...labelNames: L[]) =>
    new Counter({ name, help, labelNames, registers });
  const received = counter(
    'hub_events_received_total',
    'Events of TikTok that were acknowledged.',
    'source',
  );
  const refused = counter(
    'hub_events_refused_total',
    'Deliveries that were refused.',
    'source',
    'reason',
  );
  const duplicates = counter(
    'hub_events_duplicate_total',
    'Events that had been received before.',
    'source',
  );
  const setAside = counter(
    'hub_events_set_aside_total',
    'Signed events that say nothing usable.',
    'source',
    'reason',
  );
  gaugeBacklog(metrics, registry, clock);
  return {
    received: (source) => received.inc({ source }),
    refused: (source, reason) => refused.inc({ source, reason }),
    duplicate: (source) => duplicates.inc({ source }),
    setAside: (source, reason) => setAside.inc({ source, reason }),
  };
}

/** Asked of the registry when somebody looks; nothing when it cannot be asked. */
function gaugeBacklog(metrics: MetricsRegistry, registry: Registry, clock: ApiDeps['clock']): void {
  const lag = new Gauge({
    name: 'hub_events_lag_seconds',
    help: 'Age of the oldest event that is due and not acted on.',
    registers: [metrics],
  });
  new Gauge({
    name: 'hub_events',
    help: 'Events of the last seven days by state.',
    labelNames: ['state'],
    registers: [metrics],
    async collect() {
      this.reset();
      lag.reset();
      const backlog = await registry.events.backlog().catch(() => undefined);
      if (backlog === undefined) return;
      for (const [state, count] of Object.entries(backlog.counts)) this.set({ state }, count);
      const { oldestDue } = backlog;
      lag.set(oldestDue === null ? 0 : (clock.now().getTime() - oldestDue.getTime()) / 1000);
    },
  });
}
