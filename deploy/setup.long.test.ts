/**
 * A fresh clone, below a folder that only its owner may enter, with the Node that the machine has: from nothing to
 * a running command. Real npm, real downloads, killed once in the middle. A script that tells its Node stands in for
 * the hub.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';

const repository = join(import.meta.dirname, '..');
let home: string;
let clone: string;

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'hub-clone-'));
  clone = join(home, 'hub');
  execFileSync('git', ['clone', '--quiet', '--depth=1', `file://${repository}`, clone]);
  const tell =
    "const node: string = process.execPath;\nconsole.log('ran on', process.version, node);\n";
  writeFileSync(join(clone, 'main/hub.ts'), tell);
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** As a person would after cloning: nothing of this checkout in the environment. */
function hub(more: Record<string, string> = {}) {
  const path = process.env
    .PATH!.split(delimiter)
    .filter((folder) => !folder.includes('node_modules'));
  const outside = Object.entries(process.env).filter(([name]) => !name.startsWith('npm_'));
  const child = spawn('npm', ['run', 'hub', '--', 'tell'], {
    cwd: clone,
    env: { ...Object.fromEntries(outside), PATH: path.join(delimiter), ...more },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => (output += chunk));
  const done = once(child, 'close').then(([code]) => ({ code, output }));
  return { child, done };
}

test('killed while npm installs, it starts over; then the command runs on the Node that came along', async () => {
  const interrupted = hub();
  while (!existsSync(join(clone, 'node_modules/typescript'))) await delay(20);
  process.kill(-interrupted.child.pid!, 'SIGKILL');
  await interrupted.done;
  expect(existsSync(join(clone, 'node_modules/.set-up-done'))).toBe(false);

  // Told to run no install scripts, as careful people do.
  const { code, output } = await hub({ npm_config_ignore_scripts: 'true' }).done;
  expect(output).toContain('Packages from npm');
  expect(output).toContain('npm skipped the install script of PostgreSQL');
  expect(output).toContain('ran on v24.');
  if (process.platform === 'linux')
    expect(output).toContain(join(clone, 'node_modules/node-linux-'));
  expect(code).toBe(0);

  const startedAt = performance.now();
  execFileSync(process.execPath, [join(clone, 'deploy/setup.mjs')]);
  const secondMs = performance.now() - startedAt;
  console.log(`A second set-up takes ${secondMs.toFixed(0)} ms.`);
  expect(secondMs).toBeLessThan(1000);
});
