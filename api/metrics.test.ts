import { Registry as MetricsRegistry } from 'prom-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ApiHub, createApiHub } from '../test/api-hub.ts';
import { buildMetricsApp } from './metrics.ts';

let hub: ApiHub;
beforeAll(async () => {
  hub = await createApiHub();
});
afterAll(() => hub.close());

test('figures of the hub, without ids, names or addresses', async () => {
  const { registry, metrics } = hub.deps;
  const connection = await hub.connect('7001035076276387841', 'canary-name');
  await registry.windows.plan(connection.id, 'campaigns', [
    { from: '0001-01-01', to: '9999-12-31', priority: 5 },
  ]);
  await registry.quota.pause('app', 'minute', new Date(Date.now() + 60_000));
  await registry.tasks.open({
    kind: 'token-may-be-valid',
    subjectId: connection.authorisationId,
    dueAt: new Date(),
  });
  await hub.call('GET', `/api/v1/connections/${connection.id}?x=1`);
  await hub.call('GET', '/canary-address');
  const app = await buildMetricsApp({ ...hub.deps, metrics });
  const response = await app.inject('/metrics');
  expect(response.statusCode).toBe(200);
  const text = response.body;
  expect(text).toContain('hub_connections{state="active"} 1');
  expect(text).toContain('hub_windows{state="planned"} 1');
  expect(text).toContain('hub_quota_pauses{kind="minute"} 1');
  expect(text).toContain('hub_obligations_due{kind="sync-connection"} 1');
  expect(text).toContain('hub_open_tasks{kind="token-may-be-valid"} 1');
  expect(text).toMatch(/hub_attached_files \d+/);
  expect(text).toContain('hub_figures_complete 1');
  expect(text).toContain('route="/api/v1/connections/:id"');
  expect(text).toContain('process_cpu_seconds_total');
  expect(text).not.toMatch(/canary|7001035076276387841/);
  expect(text).not.toContain(connection.id);
  expect(text).not.toContain(hub.workspace.id);
  await app.close();
});

test('a store that cannot be asked is shown, and the rest as well', async () => {
  const warehouse = { ...hub.deps.warehouse, metrics: () => Promise.reject(new Error('closed')) };
  const app = await buildMetricsApp({ ...hub.deps, warehouse, metrics: new MetricsRegistry() });
  const { body } = await app.inject('/metrics');
  expect(body).toContain('hub_figures_complete 0');
  expect(body).toContain('hub_connections{');
  await app.close();
});
