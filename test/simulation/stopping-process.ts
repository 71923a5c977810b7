/**
 * A process that loads under a consent and stops itself (SIGSTOP) right before the commit of its second load, when the
 * fence was asked for the last time.
 */
import { writeSync } from 'node:fs';
import { openRegistry } from '../../registry/open.ts';
import { dailyRow, openTestWarehouse, pullInto, testStreams } from '../../warehouse/testing.ts';

const [databaseUrl = '', connectionId = '', folder = '', masterKey = '', leaseMs = ''] =
  process.argv.slice(2);

const registry = await openRegistry({
  databaseUrl,
  clock: { now: () => new Date() },
  ...{ leaseMs: Number(leaseMs), callDeadlineMs: Number(leaseMs) },
});
const test = await openTestWarehouse(
  { streams: testStreams },
  { folder, masterKey: Buffer.from(masterKey, 'hex') },
);
await test.warehouse.create(connectionId);

let checks = 0;
const load = (day: string, checked: () => void) =>
  registry.fence.hold(connectionId, 1, (fence) => {
    const throwIfAborted = (): void => {
      fence.throwIfAborted();
      checks += 1;
      checked();
    };
    return pullInto(test.warehouse, {
      ...{ connectionId, pullId: day, window: { from: day, to: day } },
      rows: [dailyRow(1, day)],
      signal: { throwIfAborted } as AbortSignal,
    });
  });

await load('2026-11-01', () => {});
const last = checks;
checks = 0;
await load('2026-11-02', () => {
  if (checks < last) return;
  writeSync(1, 'stopping\n');
  process.kill(process.pid, 'SIGSTOP');
});
await test.close();
await registry.close();
