import { z } from 'zod';
import { type TaskKind, tasks } from '../../../policy/tasks.ts';

export const Task = z
  .object({
    id: z.string(),
    kind: z.enum(Object.keys(tasks) as [TaskKind, ...TaskKind[]]),
    toDo: z.string().describe('What a person has to do.'),
    subjectId: z.string().describe('Random id of what it is about.'),
    dueAt: z.iso.datetime(),
    details: z.record(z.string(), z.union([z.string(), z.number()])),
    createdAt: z.iso.datetime(),
    closedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Task', description: 'What this software cannot finish by itself.' });

export const TaskFilter = z.strictObject({
  kind: Task.shape.kind.optional(),
  subjectId: z.string().max(100).optional(),
  closed: z.boolean().optional().describe('Closed ones instead of open ones.'),
});
