import { tasks } from '../../../policy/tasks.ts';
import type { Task as TaskRow } from '../../../registry/registry.ts';
import type { ApiDeps } from '../../deps.ts';
import type { ApiInstance } from '../../instance.ts';
import { answerList, listQuery } from '../../list.ts';
import { problemResponses } from '../../plugins/errors.ts';
import { Task, TaskFilter } from './schema.ts';

export function taskRoutes(app: ApiInstance, { registry }: Pick<ApiDeps, 'registry'>): void {
  app.get(
    '/api/v1/tasks',
    {
      config: { access: 'bearer' },
      schema: {
        summary: 'What waits for a person, the most urgent first.',
        tags: ['tasks'],
        querystring: listQuery(['dueAt', 'createdAt', 'kind'], TaskFilter),
        response: { 200: Task.array(), ...problemResponses },
      },
    },
    async (request, reply) => {
      const rows = await registry.tasks.list(request.query.filter);
      return answerList(request, reply, 'tasks', request.query, rows.map(present));
    },
  );
}

const present = (row: TaskRow) => ({
  ...row,
  toDo: tasks[row.kind],
  dueAt: row.dueAt.toISOString(),
  createdAt: row.createdAt.toISOString(),
  closedAt: row.closedAt?.toISOString() ?? null,
});
