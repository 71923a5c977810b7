import { z } from 'zod';
import { accountTime } from '../../../policy/days.ts';
import { HubError } from '../../../policy/errors.ts';
import { isGranted, pulledStreams, streams } from '../../../policy/streams/index.ts';
import { rangeWindows, type Window } from '../../../policy/windows.ts';
import type { Connection as ConnectionRow } from '../../../registry/registry.ts';
import { askWorkflows } from '../../ask-workflows.ts';
import type { ApiInstance } from '../../instance.ts';
import { answerList } from '../../list.ts';
import { problemResponses } from '../../plugins/errors.ts';
import { type ConnectionDeps, presentConnection, presentSummary } from './present.ts';
import { revoke } from './revoke.ts';
import {
  Accepted,
  Backfill,
  BackfillAccepted,
  Connection,
  ConnectionPath,
  ConnectionSummary,
  ConnectionsQuery,
  Refresh,
  Revoked,
} from './schema.ts';

const tags = ['connections'];
const streamNames = new Set(Object.values(streams).map((stream) => stream.name));

/** Connections: state, progress, completeness; pausing, refreshing, and disconnecting. */
export function connectionRoutes(app: ApiInstance, deps: ConnectionDeps): void {
  readingRoutes(app, deps);
  steeringRoutes(app, deps);
  backfillRoute(app, deps);
  app.post(
    '/api/v1/connections/:id/revoke',
    {
      config: { access: 'bearer' },
      schema: {
        summary: 'Disconnects: fetching stops at once, the data are restricted, erasing is owed.',
        tags,
        params: ConnectionPath,
        response: { 200: Revoked, 202: Revoked, ...problemResponses },
      },
    },
    async (request, reply) => {
      const { id } = await find(deps, request.params.id);
      const revoked = await revoke(deps, id, request.log);
      return reply.code(revoked.confirmedAt === null ? 202 : 200).send(revoked);
    },
  );
}

function readingRoutes(app: ApiInstance, deps: ConnectionDeps): void {
  app.get(
    '/api/v1/connections',
    {
      config: { access: 'bearer' },
      schema: {
        summary: 'Connections, also restricted ones.',
        tags,
        querystring: ConnectionsQuery,
        response: { 200: z.array(ConnectionSummary), ...problemResponses },
      },
    },
    async (request, reply) => {
      const { workspaceId, state, id } = request.query.filter ?? {};
      const rows = await deps.registry.connections.list({
        ...(workspaceId === undefined ? {} : { workspaceId }),
        ...(state === undefined ? {} : { states: [state].flat() }),
      });
      const found = rows.filter((row) => id === undefined || id.includes(row.id));
      // Sorted by fields that are not sealed, so that only the names of the shown rows are opened.
      const sortable = found.map((row) => ({ ...row, createdAt: row.createdAt.getTime(), row }));
      const shown = answerList(request, reply, 'connections', request.query, sortable);
      return Promise.all(shown.map(({ row }) => presentSummary(deps, row)));
    },
  );
  app.get(
    '/api/v1/connections/:id',
    {
      config: { access: 'bearer' },
      schema: {
        summary: 'One connection with progress, completeness and freshness by stream.',
        tags,
        params: ConnectionPath,
        response: { 200: Connection, ...problemResponses },
      },
    },
    async (request) => presentConnection(deps, await find(deps, request.params.id)),
  );
}

function steeringRoutes(app: ApiInstance, deps: ConnectionDeps): void {
  const turns = [
    { verb: 'pause', state: 'paused', summary: 'Stops pulling until resumed.' },
    { verb: 'resume', state: 'active', summary: 'Goes on pulling.' },
  ] as const;
  for (const { verb, state, summary } of turns) {
    app.post(
      `/api/v1/connections/:id/${verb}`,
      {
        config: { access: 'bearer' },
        schema: {
          summary,
          tags,
          params: ConnectionPath,
          response: { 200: Accepted, ...problemResponses },
        },
      },
      async (request) => {
        const { id } = await findOpen(deps, request.params.id);
        await deps.registry.connections.setState(id, state);
        await askWorkflows(deps.workflows[verb](id));
        return { state };
      },
    );
  }
  app.post(
    '/api/v1/connections/:id/refresh',
    {
      config: { access: 'bearer' },
      schema: {
        summary: 'Pulls what is fresh before anything else.',
        tags,
        params: ConnectionPath,
        body: Refresh,
        response: { 202: Accepted, ...problemResponses },
      },
    },
    async (request, reply) => {
      const { id, state } = await findOpen(deps, request.params.id);
      const { streams: names } = request.body;
      requireKnown(names);
      await askWorkflows(deps.workflows.refresh(id, names));
      return reply.code(202).send({ state });
    },
  );
}

function backfillRoute(app: ApiInstance, deps: ConnectionDeps): void {
  app.post(
    '/api/v1/connections/:id/backfill',
    {
      config: { access: 'bearer' },
      schema: {
        summary:
          'Pulls a range of days once more or further back: after fresh data, before the rest.',
        tags,
        params: ConnectionPath,
        body: Backfill,
        response: { 202: BackfillAccepted, ...problemResponses },
      },
    },
    async (request, reply) => {
      const { from, to, streams: names } = request.body;
      const connection = await findOpen(deps, request.params.id);
      requireKnown(names);
      // Of the account, whose zone may be ahead of this day in UTC: later ones are no days yet.
      const { day } = accountTime(deps.clock.now(), connection.timeZone ?? 'UTC');
      if (to > day) {
        throw new HubError('REQUEST_INVALID', 'The range ends after today of the account.', {
          details: { to, today: day },
        });
      }
      const windows = await planRange(deps, connection, { from, to }, names);
      await askWorkflows(deps.workflows.wake(connection.id));
      return reply.code(202).send({ state: connection.state, windows });
    },
  );
}

/** Of the streams that were named, or of all: those that go by days and that the consent covers. */
async function planRange(
  { registry }: ConnectionDeps,
  { id, platform, authorisationId }: ConnectionRow,
  range: Window,
  names: readonly string[] | undefined,
): Promise<number> {
  const authorisation = await registry.authorisations.find(authorisationId);
  let planned = 0;
  for (const stream of pulledStreams(platform)) {
    if (names !== undefined && !names.includes(stream.name)) continue;
    if (!isGranted(stream, authorisation?.scopes ?? [])) continue;
    const windows = rangeWindows(stream, range);
    if (windows.length > 0) await registry.windows.plan(id, stream.name, windows);
    planned += windows.length;
  }
  return planned;
}

function requireKnown(names: readonly string[] | undefined): void {
  const unknown = names?.filter((name) => !streamNames.has(name)).length ?? 0;
  if (unknown === 0) return;
  throw new HubError('REQUEST_INVALID', 'Name streams of GET /api/v1/streams.', {
    details: { unknown },
  });
}

async function find(deps: ConnectionDeps, id: string): Promise<ConnectionRow> {
  const row = await deps.registry.connections.find(id);
  if (!row) throw new HubError('NOT_FOUND', 'No connection has this id.');
  return row;
}

async function findOpen(deps: ConnectionDeps, id: string): Promise<ConnectionRow> {
  const row = await find(deps, id);
  if (row.state !== 'active' && row.state !== 'paused') {
    throw new HubError('STATE_CONFLICT', 'The connection was disconnected; connect it again.', {
      details: { state: row.state },
    });
  }
  return row;
}
