/** Figures for operators, on a port of their own: counts and durations, no ids and nobody's data. */
import fastify, { type FastifyInstance } from 'fastify';
import {
  collectDefaultMetrics,
  Gauge,
  Histogram,
  type Registry as MetricsRegistry,
} from 'prom-client';
import type { ApiDeps } from './deps.ts';
import type { ApiInstance } from './instance.ts';

/** Times every request of the API by its route as declared, so that no id becomes a label. */
export function measureRequests(app: ApiInstance, metrics: MetricsRegistry): void {
  const durations = new Histogram({
    name: 'hub_http_request_seconds',
    help: 'Duration of requests by route.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.02, 0.05, 0.15, 0.5, 1.5, 5, 15, 60],
    registers: [metrics],
  });
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none';
    // Methods that no route has come from outside and could be anything.
    const method = route === 'none' ? 'any' : request.method;
    durations.observe({ method, route, status: reply.statusCode }, reply.elapsedTime / 1000);
  });
}

type MetricsDeps = Pick<ApiDeps, 'registry' | 'warehouse' | 'clock'> & {
  readonly metrics: MetricsRegistry;
};

/** The app of the metrics port: `GET /metrics` only. */
export async function buildMetricsApp(deps: MetricsDeps): Promise<FastifyInstance> {
  const { metrics } = deps;
  collectDefaultMetrics({ register: metrics });
  const measure = hubGauges(deps);
  const app = fastify({ logger: false, requestTimeout: 15_000 });
  app.get('/metrics', async (_request, reply) => {
    await measure();
    reply.type(metrics.contentType);
    return metrics.metrics();
  });
  return app;
}

/** Gauges of the hub, and the function that fills them from the stores. */
function hubGauges({ registry, warehouse, clock, metrics }: MetricsDeps): () => Promise<void> {
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({ name, help, labelNames, registers: [metrics] });
  const connections = gauge('hub_connections', 'Connections by state.', ['state']);
  const windows = gauge('hub_windows', 'Windows of open connections by state.', ['state']);
  const rows = gauge('hub_rows_loaded', 'Rows that the last load of each window had.', ['stream']);
  const pauses = gauge('hub_quota_pauses', 'Quota pauses in force.', ['kind']);
  const due = gauge('hub_obligations_due', 'Obligations that are due and not done.', ['kind']);
  const openTasks = gauge('hub_open_tasks', 'Open tasks for people.', ['kind']);
  const files = gauge('hub_attached_files', 'Attached database files.');
  const memory = gauge('hub_warehouse_memory_bytes', 'Memory that DuckDB holds.');
  const complete = gauge('hub_figures_complete', '1 when every store could be asked just now.');

  const measureConnections = async (): Promise<void> => {
    const all = await registry.connections.list();
    for (const { state } of all) connections.inc({ state });
    for (const { id } of all.filter((row) => row.state === 'active' || row.state === 'paused')) {
      for (const figure of await registry.windows.progress(id)) {
        windows.inc({ state: 'planned' }, figure.planned);
        windows.inc({ state: 'loaded' }, figure.loaded);
        windows.inc({ state: 'failed' }, figure.failed);
        rows.inc({ stream: figure.stream }, figure.rows);
      }
    }
  };

  return async () => {
    for (const each of [connections, windows, rows, pauses, due, openTasks]) each.reset();
    try {
      await measureConnections();
      for (const { kind } of await registry.quota.pauses(clock.now())) pauses.inc({ kind });
      for (const { kind } of await registry.obligations.due(clock.now())) due.inc({ kind });
      for (const { kind } of await registry.tasks.list()) openTasks.inc({ kind });
      const { attachedFiles, memoryBytes } = await warehouse.metrics();
      files.set(attachedFiles);
      memory.set(memoryBytes);
      complete.set(1);
    } catch {
      // A scrape shows what can be shown; /readyz names the part that failed.
      complete.set(0);
    }
  };
}
