/**
 * Three processes send in one app's slots; their event loops stand still, one is stopped and goes on. An HTTP server
 * counts the instants at which they sent, in every second, whether it begins with the clock's or not. Not modelled:
 * lateness on the way, for which one call a second is left.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { createTestDatabase } from '../test/databases.ts';
import { migrate } from './migrate.ts';

test.each([
  { perSecond: 9, stallMsMax: 0 },
  { perSecond: 9, stallMsMax: 150 },
  { perSecond: 19, stallMsMax: 150 },
  { perSecond: 49, stallMsMax: 60 },
])(
  '$perSecond a second, standing still up to $stallMsMax ms',
  async (input) => {
    const { perSecond, stallMsMax } = input;
    const database = await createTestDatabase();
    await migrate(database.url);
    const sends: number[] = [];
    const server = createServer((_request, response) => {
      sends.push(performance.now());
      response.end('{}');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const target = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const script = new URL('./sending-process.ts', import.meta.url);
    const args = [database.url, target, perSecond, stallMsMax].map(String);
    const senders = [1, 2, 3].map(() => fork(script, args));
    try {
      while (sends.length < perSecond * 4) await once(server, 'request');
      senders[0]!.kill('SIGSTOP');
      await sleep(1_500);
      senders[0]!.kill('SIGCONT');
      const sent = sends.length;
      while (sends.length < sent + perSecond * 6) await once(server, 'request');
    } finally {
      await Promise.all(senders.map(end));
      server.closeAllConnections();
      server.close();
      await database.drop();
    }
    // TikTok's limit is one above the rate.
    expect(busiestSecond(sends)).toBeLessThanOrEqual(perSecond + 1);
  },
  120_000,
);

async function end(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

function busiestSecond(sends: readonly number[]): number {
  return Math.max(
    ...sends.map((start) => sends.filter((at) => at >= start && at < start + 1_000).length),
  );
}
