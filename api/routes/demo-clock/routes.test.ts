import fastify from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { expect, test } from 'vitest';
import type { ApiInstance } from '../../instance.ts';
import { demoClockRoutes } from './routes.ts';

function build({ isDemo }: { isDemo: boolean }) {
  let now = new Date('2026-11-24T10:00:00Z');
  const moveClock = async (to: Date): Promise<void> => {
    now = to;
  };
  const app: ApiInstance = fastify();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  demoClockRoutes(app, {
    clock: { now: () => now },
    moveClock: isDemo ? moveClock : undefined,
  });
  return app;
}

const url = '/api/v1/demo/clock';

test('the clock shows what it was moved to', async () => {
  const app = build({ isDemo: true });
  expect((await app.inject({ url })).json()).toEqual({ now: '2026-11-24T10:00:00.000Z' });
  const payload = { now: '2026-12-24T10:00:00Z' };
  const moved = await app.inject({ method: 'POST', url, payload });
  expect(moved.json()).toEqual({ now: '2026-12-24T10:00:00.000Z' });
  const refused = await app.inject({ method: 'POST', url, payload: { now: 'soon' } });
  expect(refused.statusCode).toBe(400);
});

test('a real folder has no such route', async () => {
  expect((await build({ isDemo: false }).inject({ url })).statusCode).toBe(404);
});
