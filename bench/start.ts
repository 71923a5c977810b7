/** `hub start` to ready, the first time on an empty folder and the second time. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startHubProcess } from '../test/hub-process.ts';

const secondMsMax = 10_000;
const folder = await mkdtemp(join(tmpdir(), 'bench-start-'));
try {
  for (const which of ['first', 'second'] as const) {
    const dataFolder = join(folder, 'data');
    const hub = await startHubProcess({ dataFolder, args: ['--accounts', '1', '--ads', '5'] });
    await hub.stop();
    const ratio =
      which === 'second' ? ` = ${(hub.readyMs / secondMsMax).toFixed(2)} of the limit` : '';
    console.log(`${which} start: ${(hub.readyMs / 1000).toFixed(1)} s${ratio}`);
    if (which === 'second' && hub.readyMs > secondMsMax) process.exitCode = 1;
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
