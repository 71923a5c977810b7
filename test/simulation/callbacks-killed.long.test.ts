import { test } from 'vitest';
import { pourAndKill } from './callbacks-killed.ts';

test('every event that was acknowledged is acted on, though the hub is killed twenty times meanwhile', async () => {
  await pourAndKill(20);
});
