/** The workflows, bundled once for all workers; built again when a file of them changed. */
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { nodeProgram } from './packages.mjs';
import { SetupError, show } from './say.mjs';

const builder = 'main/temporal/bundle.ts';
const bundle = 'dist/workflow-bundle.js';
const sources = ['workflows', 'policy', 'main/temporal'];

export function bundleStep(root) {
  const stamp = join(root, 'dist', '.workflow-bundle-of');
  return {
    title: 'Workflow bundle',
    isNeeded() {
      if (!existsSync(join(root, builder))) return false;
      const made = existsSync(join(root, bundle)) && existsSync(stamp);
      return !made || readFileSync(stamp, 'utf8') !== fingerprint(root);
    },
    async run() {
      const wanted = fingerprint(root); // Before building: a file changed meanwhile makes it stale again.
      const code = await show(nodeProgram(root), [join(root, builder)], { cwd: root });
      if (code !== 0 || !existsSync(join(root, bundle))) {
        throw new SetupError('The workflows cannot be bundled; the reason is above.');
      }
      mkdirSync(join(root, 'dist'), { recursive: true });
      writeFileSync(`${stamp}.new`, wanted);
      renameSync(`${stamp}.new`, stamp);
    },
  };
}

/** Of the sources and of the lock, which names the version of the bundler. */
function fingerprint(root) {
  const hash = createHash('sha256').update(readFileSync(join(root, 'package-lock.json')));
  for (const folder of sources) {
    for (const file of filesBelow(join(root, folder))) {
      hash.update(`\0${relative(root, file)}\0`).update(readFileSync(file));
    }
  }
  return hash.digest('hex');
}

function filesBelow(folder) {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { withFileTypes: true });
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(path);
    return /\.ts$/.test(entry.name) && !/\.test\.ts$/.test(entry.name) ? [path] : [];
  });
}
