import { z } from 'zod';
import type { ApiDeps } from '../../deps.ts';
import type { ApiInstance } from '../../instance.ts';
import { answerList, listQuery } from '../../list.ts';
import { problemResponses } from '../../plugins/errors.ts';
import { Workspace } from './schema.ts';

export function workspaceRoutes(app: ApiInstance, deps: Pick<ApiDeps, 'registry'>): void {
  app.get(
    '/api/v1/workspaces',
    {
      config: { access: 'bearer' },
      schema: {
        summary: 'All workspaces.',
        tags: ['workspaces'],
        querystring: listQuery(['id', 'name'], z.strictObject({})),
        response: { 200: z.array(Workspace), ...problemResponses },
      },
    },
    async (request, reply) =>
      answerList(
        request,
        reply,
        'workspaces',
        request.query,
        await deps.registry.workspaces.list(),
      ),
  );
}
