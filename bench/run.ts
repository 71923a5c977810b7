/**
 * `npm run bench [name …]`: runs the benchmarks of this folder, each in a process of its own, and
 * prints ratios.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';

const folder = new URL('./', import.meta.url).pathname;
const asked = process.argv.slice(2);
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.ts') && file !== 'run.ts')
  .map((file) => file.slice(0, -'.ts'.length))
  .filter((name) => asked.length === 0 || asked.includes(name));
if (names.length === 0) console.error(`There is no benchmark called ${asked.join(' or ')}.`);
const failed = names.filter((name) => {
  console.log(`\n== ${name}`);
  const args = ['--expose-gc', `${folder}${name}.ts`];
  return spawnSync(process.execPath, args, { stdio: 'inherit' }).status !== 0;
});
process.exitCode = failed.length > 0 || names.length === 0 ? 1 : 0;
