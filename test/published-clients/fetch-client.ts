/**
 * Fetches a published client at run time into an ignored folder. Nothing of it is part of this project: each keeps its
 * own licence, and is only run here to see whether it can talk to the sandbox.
 */
import { execFile } from 'node:child_process';
import { access, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const folder = join(import.meta.dirname, '../../parts/published-clients');
/** A registry that does not answer within so long will not. */
const fetchMs = 180_000;

/** @returns the folder into which the npm package is unpacked, with its dependencies beside it. */
export async function fetchNpmClient(name: string, version: string): Promise<string> {
  const target = await fetchOnce(`npm-${name}-${version}`, (prefix) =>
    run(
      'npm',
      [
        ...['install', '--prefix', prefix, '--no-save', '--no-package-lock', '--ignore-scripts'],
        ...['--no-audit', '--no-fund', `${name}@${version}`],
      ],
      { timeout: fetchMs },
    ),
  );
  return join(target, 'node_modules', name);
}

/** @returns the folder to put on Python's path. */
export async function fetchPythonClient(name: string, version: string): Promise<string> {
  return fetchOnce(`pypi-${name}-${version}`, (target) =>
    run(
      'python3',
      [
        ...['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'],
        ...['--root-user-action=ignore', '--target', target, `${name}==${version}`],
      ],
      { timeout: fetchMs },
    ),
  );
}

/** Renamed into place when whole, so that an interrupted download is not taken for a client. */
async function fetchOnce(
  name: string,
  fetchInto: (folder: string) => Promise<unknown>,
): Promise<string> {
  const target = join(folder, name);
  const known = await access(target).then(
    () => true,
    () => false,
  );
  if (known) return target;
  const unfinished = `${target}.unfinished-${process.pid}`;
  await mkdir(unfinished, { recursive: true });
  try {
    await fetchInto(unfinished);
    await rename(unfinished, target);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return target;
}

/** The version of `python3` as two numbers, or null where there is none. */
export async function pythonVersion(): Promise<readonly [number, number] | null> {
  try {
    const script = 'import sys; print(*sys.version_info[:2])';
    const { stdout } = await run('python3', ['-c', script]);
    const [major, minor] = stdout.trim().split(' ').map(Number);
    return [major!, minor!];
  } catch {
    return null;
  }
}
