/**
 * Everything that must be there before the hub can run. Each npm script that needs it calls this first; a step
 * that is done already costs a few milliseconds. Plain Node 18 and newer, no dependency: at this moment there may
 * be nothing else.
 *
 * npm puts node_modules/.bin in front of PATH before that folder exists, so a second `node` in the same script is
 * the Node 24 that step one installed. The scripts say `hash -r` in between, because a shell remembers where it
 * found `node` the first time.
 */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleStep } from './setup/bundle.mjs';
import { withLock } from './setup/lock.mjs';
import { packagesStep } from './setup/packages.mjs';
import { partSteps } from './setup/parts.mjs';
import { SetupError, say } from './setup/say.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

try {
  if (Number.parseInt(process.versions.node, 10) < 18) {
    throw new SetupError(`Node 18 or newer is needed to begin, and this is ${process.version}.`);
  }
  const steps = [packagesStep(root), ...partSteps(root, process.env), bundleStep(root)];
  if (steps.some((step) => step.isNeeded())) {
    await withLock(join(root, 'parts'), async () => {
      for (const step of steps) {
        if (!step.isNeeded()) continue; // Asked again: another set-up may just have done it.
        say(step.title);
        const startedAt = Date.now();
        await step.run();
        say(`${step.title}: done in ${((Date.now() - startedAt) / 1000).toFixed(1)} s`);
      }
    });
  }
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  console.error(`\nSet-up stopped: ${error.message}`);
  process.exitCode = 1;
}
