import type { ApiDeps } from '../../deps.ts';
import type { ApiInstance } from '../../instance.ts';
import { Alive, Readiness } from './schema.ts';

/** Whether the process answers, and whether each part of the hub does. */
export function healthRoutes(app: ApiInstance, deps: Pick<ApiDeps, 'health'>): void {
  app.get(
    '/healthz',
    {
      config: { access: 'public' },
      schema: { summary: 'The process answers.', tags: ['health'], response: { 200: Alive } },
    },
    async () => ({ alive: true as const }),
  );
  app.get(
    '/readyz',
    {
      config: { access: 'public' },
      schema: {
        summary: 'Each part by name; 503 while one is not ready.',
        tags: ['health'],
        response: { 200: Readiness, 503: Readiness },
      },
    },
    async (_request, reply) => {
      const { ready, parts } = await deps.health();
      return reply.code(ready ? 200 : 503).send({ ready, parts: [...parts] });
    },
  );
}
