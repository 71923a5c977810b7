import { test } from 'vitest';
import { pourAndKill } from './callbacks-killed.ts';

test('every event that was acknowledged is acted on, though the hub is killed three times meanwhile', async () => {
  await pourAndKill(3);
}, 180_000);
