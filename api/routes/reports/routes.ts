import { z } from 'zod';
import { HubError } from '../../../policy/errors.ts';
import type { ReportResult } from '../../../warehouse/warehouse.ts';
import type { ApiDeps } from '../../deps.ts';
import type { ApiInstance } from '../../instance.ts';
import { problemResponses } from '../../plugins/errors.ts';
import { answerReport, clientLeaves } from './answer.ts';
import { chooseFormat, mediaTypes } from './formats.ts';
import { AdPerformanceQuery, ReportAnswer, type ReportMeta } from './schema.ts';

type Deps = Pick<ApiDeps, 'registry' | 'warehouse' | 'clock'>;

const notes = [
  'Days and weeks are those of each account’s own time zone.',
  'Each row has one currency; amounts of different currencies are never added up.',
  'Restricted connections are in no report.',
];

const binary = z.string().meta({ format: 'binary' });
const ReportResponse = {
  description: 'Rows; without JSON the meta stands in the headers `Hub-*`.',
  content: {
    [mediaTypes.json]: { schema: ReportAnswer },
    [mediaTypes.csv]: { schema: z.string() },
    [mediaTypes.ndjson]: { schema: z.string() },
    [mediaTypes.parquet]: { schema: binary },
    [mediaTypes.arrow]: { schema: binary },
  },
};

export function reportRoutes(app: ApiInstance, deps: Deps): void {
  app.get(
    '/api/v1/reports/ad-performance',
    {
      config: { access: 'bearer' },
      schema: {
        summary: 'Spend and results of ads over one workspace’s open connections.',
        tags: ['reports'],
        querystring: AdPerformanceQuery,
        response: { 200: ReportResponse, ...problemResponses },
      },
    },
    async (request, reply) => {
      const { workspaceId, connectionIds, format: asked, ...parameters } = request.query;
      const format = chooseFormat(asked, request.headers.accept);
      const asOf = parameters.asOf ?? deps.clock.now().toISOString();
      const sources = await openConnections(deps, workspaceId, connectionIds);
      const signal = clientLeaves(reply);
      try {
        const asker = { workspaceId, signal };
        const result = await deps.warehouse.report('ad-performance', parameters, sources, asker);
        return await answerReport(reply, format, result, describe(result, asOf));
      } catch (error) {
        if (!signal.aborted) throw error;
        // Nobody is there to be told.
        return reply.hijack();
      }
    },
  );
}

/** Exactly one workspace's connections, without restricted and ended ones. */
async function openConnections(
  deps: Deps,
  workspaceId: string,
  connectionIds: readonly string[] | undefined,
) {
  if (!(await deps.registry.workspaces.find(workspaceId))) {
    throw new HubError('NOT_FOUND', 'Name a workspace of GET /api/v1/workspaces.');
  }
  const states = ['active', 'paused'] as const;
  const open = await deps.registry.connections.list({ workspaceId, states });
  const unknown = connectionIds?.filter((id) => !open.some((row) => row.id === id)).length ?? 0;
  if (unknown > 0) {
    throw new HubError('NOT_FOUND', 'Name open connections of this workspace.', {
      details: { unknown },
    });
  }
  return open
    .filter(({ id }) => connectionIds?.includes(id) ?? true)
    .map(({ id, currency, timeZone }) => ({ id, currency, timeZone }));
}

const kindsOfDays = ['asked', 'verified', 'counted', 'moving', 'unverifiable', 'missing'] as const;

function describe(result: ReportResult, asOf: string): ReportMeta {
  const completeness = Object.fromEntries(
    kindsOfDays.map((kind) => [kind, result.sources.reduce((n, s) => n + s.days[kind], 0)]),
  ) as ReportMeta['completeness'];
  const times = (pick: 'newestPulledAt' | 'oldestPulledAt') =>
    result.sources.flatMap((source) => source[pick]?.toISOString() ?? []).sort();
  return {
    report: 'ad-performance',
    asOf,
    rows: result.rows,
    completeness,
    newestPulledAt: times('newestPulledAt').at(-1) ?? null,
    oldestPulledAt: times('oldestPulledAt')[0] ?? null,
    sources: result.sources.map((source) => ({
      ...source,
      newestPulledAt: source.newestPulledAt?.toISOString() ?? null,
      oldestPulledAt: source.oldestPulledAt?.toISOString() ?? null,
    })),
    formulas: { ...result.formulas },
    notes,
  };
}
