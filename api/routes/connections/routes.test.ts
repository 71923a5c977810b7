import { randomUUID } from 'node:crypto';
import { setTimeout as sleepForever } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Connection } from '../../../registry/registry.ts';
import { type ApiHub, createApiHub } from '../../../test/api-hub.ts';
import { revoke } from './revoke.ts';

const dayMs = 24 * 3_600_000;

let hub: ApiHub;
let first: Connection;
let second: Connection;
beforeAll(async () => {
  hub = await createApiHub();
  first = await hub.connect('7001035076276387841', 'Pottery');
  second = await hub.connect('7001035076276387842', 'Kettles');
});
afterAll(() => hub.close());
beforeEach(() => {
  hub.workflows.calls.length = 0;
  for (const name of Object.keys(hub.workflows.answers)) {
    delete hub.workflows.answers[name as keyof typeof hub.workflows.answers];
  }
});

const list = (query: Record<string, unknown>, headers: Record<string, string> = {}) => {
  const text = Object.entries(query).map(([name, value]): [string, string] => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  return hub.call('GET', `/api/v1/connections?${new URLSearchParams(text)}`, { headers });
};

test('lists follow ra-data-simple-rest: sort, range, filter, Content-Range', async () => {
  const all = await list({ sort: ['accountId', 'DESC'], range: [0, 24], filter: {} });
  expect(all.statusCode).toBe(200);
  expect(all.headers['content-range']).toBe('connections 0-1/2');
  expect(all.json().map((row: { name: string }) => row.name)).toEqual(['Kettles', 'Pottery']);
  expect(all.json()[1]).toEqual({
    id: first.id,
    workspaceId: hub.workspace.id,
    authorisationId: first.authorisationId,
    platform: 'tiktok-ads',
    accountId: '7001035076276387841',
    name: 'Pottery',
    state: 'active',
    timeZone: null,
    currency: null,
    createdAt: first.createdAt.toISOString(),
  });
  const page = await list({ sort: ['accountId', 'ASC'], range: [1, 1] });
  expect(page.headers['content-range']).toBe('connections 1-1/2');
  expect(page.json()[0].id).toBe(second.id);
  const beyond = await list({ range: [7, 9] });
  expect(beyond.headers['content-range']).toBe('connections */2');
  expect(beyond.json()).toEqual([]);
  const byId = await list({ filter: { id: [second.id] } });
  expect(byId.json()).toHaveLength(1);
  const byState = await list({ filter: { state: 'paused', workspaceId: hub.workspace.id } });
  expect(byState.json()).toEqual([]);
});

test('a Range header does as well; a wrong one is refused with the total', async () => {
  const header = await list({}, { range: 'connections=0-0' });
  expect(header.headers['content-range']).toBe('connections 0-0/2');
  for (const range of ['bytes=0-10', 'connections=5-1', 'connections=a-b', 'connections=0-']) {
    const refused = await list({}, { range });
    expect(refused.statusCode, range).toBe(416);
    expect(refused.json().code).toBe('RANGE_INVALID');
    expect(refused.headers['content-range']).toBe('connections */2');
  }
});

test.each([
  { sort: ['sealedName', 'ASC'] },
  { sort: 'accountId' },
  { range: [0] },
  { range: [-1, 5] },
  { filter: { email: 'x' } },
  { filter: '{' },
  { filter: { state: [] } },
  { page: 1 },
])('a query that does not fit is refused: %o', async (query) => {
  expect((await list(query)).statusCode).toBe(400);
});

test('one connection: progress, completeness, freshness by stream', async () => {
  const { windows } = hub.deps.registry;
  const [older, newer] = [
    { from: '2026-10-01', to: '2026-10-30' },
    { from: '2026-10-31', to: '2026-11-20' },
  ] as const;
  const planned = [older, newer].map((window) => ({ ...window, priority: 5 as const }));
  await windows.plan(first.id, 'ads_reports_daily', planned);
  const pulledAt = new Date('2026-11-21T08:00:00.000Z');
  const figures = { completeness: 'verified', rows: 12, pulledAt } as const;
  await windows.loaded(first.id, 'ads_reports_daily', newer, figures);
  await windows.failed(first.id, 'ads_reports_daily', older, 'EGRESS_REFUSED');
  const stream = { state: 'pulling', windowsLoaded: 1, windowsLeft: 1, rows: 12 } as const;
  hub.workflows.answers.progress = async () => ({
    state: 'running',
    streams: [{ stream: 'ads_reports_daily', ...stream }],
  });
  const response = await hub.call('GET', `/api/v1/connections/${first.id}`);
  expect(response.json()).toMatchObject({
    id: first.id,
    name: 'Pottery',
    scopes: ['4', '200'],
    sync: 'running',
    streams: [
      {
        stream: 'ads_reports_daily',
        state: 'pulling',
        windows: { planned: 0, loaded: 1, failed: 1 },
        rows: 12,
        newestPulledAt: '2026-11-21T08:00:00.000Z',
        completeness: { verified: 1 },
        failures: [
          { code: 'EGRESS_REFUSED', meaning: expect.stringContaining('not allowed'), windows: 1 },
        ],
      },
    ],
    unknownFields: [],
    quarantine: [],
    eraseDueAt: null,
  });
});

test('a connection whose file is not made yet is shown', async () => {
  const { id: authorisationId } = await hub.authorise([]);
  const { id } = await hub.deps.registry.connections.open({
    id: randomUUID(),
    workspaceId: hub.workspace.id,
    authorisationId,
    platform: 'tiktok-ads',
    accountId: '7001035076276387899',
    sealedName: await hub.deps.keyring.seal(
      [await hub.deps.keyring.ensure('connection', 'other')],
      'another context',
      Buffer.from('x'),
    ),
  });
  await hub.deps.keyring.destroy(['connection:other']);
  const response = await hub.call('GET', `/api/v1/connections/${id}`);
  expect(response.json()).toMatchObject({ id, name: null, unknownFields: [], quarantine: [] });
});

test('a workflow that does not answer, or cannot, hides its own part only', async () => {
  hub.workflows.answers.progress = () => Promise.reject(new Error('no worker'));
  const failed = await hub.call('GET', `/api/v1/connections/${first.id}`);
  expect(failed.json()).toMatchObject({ id: first.id, sync: null });
  const controller = new AbortController();
  hub.workflows.answers.progress = () => sleepForever(60_000, undefined, controller);
  const late = await hub.call('GET', `/api/v1/connections/${first.id}`);
  expect(late.json()).toMatchObject({ id: first.id, sync: null });
  controller.abort();
});

test('pausing, resuming and refreshing', async () => {
  const post = (verb: string, payload?: object) =>
    hub.call('POST', `/api/v1/connections/${first.id}/${verb}`, payload ? { payload } : {});
  expect((await post('pause')).json()).toEqual({ state: 'paused' });
  expect((await hub.deps.registry.connections.find(first.id))!.state).toBe('paused');
  expect((await post('resume')).json()).toEqual({ state: 'active' });
  expect((await hub.deps.registry.connections.find(first.id))!.state).toBe('active');
  expect((await post('refresh', { streams: ['campaigns'] })).statusCode).toBe(202);
  expect((await post('refresh', {})).statusCode).toBe(202);
  const unknown = await post('refresh', { streams: ['campaigns', 'people'] });
  expect(unknown.json()).toMatchObject({ code: 'REQUEST_INVALID', details: { unknown: 1 } });
  expect(hub.workflows.calls).toEqual([
    `pause ${first.id}`,
    `resume ${first.id}`,
    `refresh ${first.id} ["campaigns"]`,
    `refresh ${first.id}`,
  ]);
});

test('a range is planned behind fresh data, of streams that go by days and are granted', async () => {
  const { windows } = hub.deps.registry;
  const url = `/api/v1/connections/${first.id}/backfill`;
  const range = { from: '2024-12-30', to: '2025-01-02' };
  const ask = (payload: object) => hub.call('POST', url, { payload });
  const streams = ['ads_reports_daily', 'campaigns'];
  const planned = await ask({ ...range, streams });
  expect(planned.statusCode, planned.body).toBe(202);
  // A listing is always pulled whole; a window never crosses the year.
  expect(planned.json()).toEqual({ state: 'active', windows: 2 });
  const old = (await windows.list(first.id, 'ads_reports_daily')).filter(({ to }) => to < '2026');
  expect(old).toMatchObject([
    { from: '2025-01-01', to: '2025-01-02', state: 'planned', priority: 4 },
    { from: '2024-12-30', to: '2024-12-31', state: 'planned', priority: 4 },
  ]);
  expect(await windows.list(first.id, 'campaigns')).toEqual([]);
  expect(hub.workflows.calls).toEqual([`wake ${first.id}`]);
  for (const wrong of [
    { from: '2025-01-02', to: '2025-01-01' },
    { from: '2020-01-01', to: '2025-01-01' },
    { from: '2025-02-30', to: '2025-03-01' },
    { from: '2025-01-01', to: '2999-01-01' },
    { ...range, streams: ['people'] },
    {},
  ]) {
    expect((await ask(wrong)).statusCode, JSON.stringify(wrong)).toBe(400);
  }
  expect(hub.workflows.calls).toHaveLength(1);
});

test('without workflows nothing is told, and the answer says when to try again', async () => {
  hub.workflows.answers.refresh = () => Promise.reject(new Error('14 UNAVAILABLE'));
  const url = `/api/v1/connections/${first.id}/refresh`;
  const response = await hub.call('POST', url, { payload: {} });
  expect(response.statusCode).toBe(503);
  expect(response.headers['retry-after']).toBe('60');
  expect(response.json()).toMatchObject({ code: 'WORKFLOWS_UNREACHABLE', retryable: true });
});

test('revoking restricts at once, owes the erasure on day 85, and is confirmed', async () => {
  const before = Date.now();
  const url = `/api/v1/connections/${second.id}/revoke`;
  const response = await hub.call('POST', url);
  expect(response.statusCode).toBe(200);
  const revoked = response.json();
  expect(revoked.state).toBe('restricted');
  expect(Date.parse(revoked.confirmedAt)).toBeGreaterThanOrEqual(before);
  const days = (Date.parse(revoked.eraseDueAt) - before) / dayMs;
  expect(days).toBeGreaterThanOrEqual(85);
  expect(days).toBeLessThan(85.01);
  expect(hub.workflows.calls).toEqual([
    `revokeConnection ${second.id}`,
    `revokeConfirmed ${second.id}`,
  ]);
  const row = (await hub.deps.registry.connections.find(second.id))!;
  expect(row).toMatchObject({ state: 'restricted', epoch: second.epoch + 1 });

  // Again: the same promise, no second one, and the date does not move.
  hub.time.offsetMs = 5 * dayMs;
  try {
    const again = await hub.call('POST', url);
    expect(again.json()).toMatchObject({ state: 'restricted', eraseDueAt: revoked.eraseDueAt });
  } finally {
    hub.time.offsetMs = 0;
  }
  const kind = 'erase-connection';
  const owed = await hub.deps.registry.obligations.open({ kind, subjectId: second.id });
  expect(owed).toHaveLength(1);

  const detail = await hub.call('GET', `/api/v1/connections/${second.id}`);
  expect(detail.json()).toMatchObject({ state: 'restricted', eraseDueAt: revoked.eraseDueAt });
  for (const verb of ['pause', 'resume', 'refresh']) {
    const refused = await hub.call('POST', `/api/v1/connections/${second.id}/${verb}`, {
      payload: {},
    });
    expect(refused.json(), verb).toMatchObject({ code: 'STATE_CONFLICT', status: 409 });
  }
});

test('without its workflow the fence itself confirms', async () => {
  const connection = await hub.connect('7001035076276387843');
  hub.workflows.answers.revokeConnection = () => Promise.reject(new Error('no server'));
  const response = await hub.call('POST', `/api/v1/connections/${connection.id}/revoke`);
  expect(response.statusCode).toBe(200);
  expect(response.json().confirmedAt).not.toBeNull();
  expect(hub.workflows.calls).toEqual([`revokeConnection ${connection.id}`]);
});

test('a workflow server that hangs does not hold up the fence', async () => {
  const connection = await hub.connect('7001035076276387845');
  const controller = new AbortController();
  hub.workflows.answers.revokeConnection = () => sleepForever(60_000, undefined, controller);
  const bounds = { start: 50, confirm: 30_000 };
  const revoked = await revoke(hub.deps, connection.id, hub.app.log, bounds);
  expect(revoked.confirmedAt).not.toBeNull();
  expect(hub.workflows.calls).toEqual([`revokeConnection ${connection.id}`]);
  controller.abort();
});

test('a confirmation that takes too long is a promise, not a lie', async () => {
  const connection = await hub.connect('7001035076276387844');
  const controller = new AbortController();
  hub.workflows.answers.revokeConfirmed = () => sleepForever(60_000, undefined, controller);
  const revoked = await revoke(hub.deps, connection.id, hub.app.log, {
    start: 1000,
    confirm: 50,
  });
  expect(revoked).toMatchObject({ state: 'restricted', confirmedAt: null });
  expect((await hub.deps.registry.connections.find(connection.id))!.state).toBe('restricted');
  controller.abort();
});
