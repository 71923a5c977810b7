/** The clock of a demo folder, moved together with the sandbox's. Does not exist on a real folder. */
import type { ApiDeps } from '../../deps.ts';
import type { ApiInstance } from '../../instance.ts';
import { problemResponses } from '../../plugins/errors.ts';
import { DemoClock, MoveClock } from './schema.ts';

export function demoClockRoutes(
  app: ApiInstance,
  { clock, moveClock }: Pick<ApiDeps, 'clock' | 'moveClock'>,
): void {
  if (moveClock === undefined) return;
  const read = () => ({ now: clock.now().toISOString() });
  app.get(
    '/api/v1/demo/clock',
    {
      config: { access: 'bearer' },
      schema: {
        summary: 'What time it is for this demo hub and its sandbox.',
        tags: ['demo'],
        response: { 200: DemoClock, ...problemResponses },
      },
    },
    async () => read(),
  );
  app.post(
    '/api/v1/demo/clock',
    {
      config: { access: 'bearer' },
      schema: {
        summary: 'Moves the clock; what becomes due by it is done.',
        tags: ['demo'],
        body: MoveClock,
        response: { 200: DemoClock, ...problemResponses },
      },
    },
    async (request) => {
      await moveClock(new Date(request.body.now));
      return read();
    },
  );
}
