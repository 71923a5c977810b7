/**
 * A process of the hub as the fence sees it, for tests that kill and stop it: makes calls under one consent until that
 * ends, several at a time. Each waits between its check and its send, as a call that waits for its slot does.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { HubError } from '../../policy/errors.ts';
import { openRegistry } from '../open.ts';

const [databaseUrl = '', connectionId = '', target = '', calls = '', waitMs = '', leaseMs = ''] =
  process.argv.slice(2);

const registry = await openRegistry({
  databaseUrl,
  clock: { now: () => new Date() },
  leaseMs: Number(leaseMs),
  callDeadlineMs: 1_000,
});

async function call(): Promise<void> {
  for (;;) {
    try {
      await registry.fence.hold(connectionId, 1, async (signal) => {
        await sleep(Number(waitMs));
        signal.throwIfAborted();
        const answer = await fetch(target, { signal });
        await answer.text();
      });
    } catch (error) {
      if (error instanceof HubError && error.code === 'CONSENT_ENDED') return;
      await sleep(20);
    }
  }
}

await Promise.all(Array.from({ length: Number(calls) }, call));
process.send?.('ended');
await registry.close();
