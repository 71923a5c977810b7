import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ApiHub, createApiHub } from '../../../test/api-hub.ts';
import { buildApp } from '../../app.ts';

let hub: ApiHub;
beforeAll(async () => {
  hub = await createApiHub();
});
afterAll(() => hub.close());

test('alive and ready, each part by name', async () => {
  expect((await hub.app.inject('/healthz')).json()).toEqual({ alive: true });
  const ready = await hub.app.inject('/readyz');
  expect(ready.statusCode).toBe(200);
  expect(ready.json()).toEqual({ ready: true, parts: [{ name: 'postgresql', ready: true }] });
});

test('a part that is not ready makes it 503 and is named', async () => {
  const parts = [
    { name: 'postgresql', ready: true },
    { name: 'temporal', ready: false, detail: 'does not answer' },
  ];
  const health = async () => ({ ready: false, parts });
  const app = await buildApp({ ...hub.deps, metrics: undefined, logger: false, health });
  const response = await app.inject('/readyz');
  expect(response.statusCode).toBe(503);
  expect(response.json()).toEqual({ ready: false, parts });
  // The process itself is alive all the same.
  expect((await app.inject('/healthz')).statusCode).toBe(200);
  await app.close();
});
