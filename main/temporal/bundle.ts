/** Builds the workflow bundle (`node main/temporal/bundle.ts`), which workers load instead of bundling at each start. */
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, type WorkflowBundleOption } from '@temporalio/worker';
import { failureConverterPath } from './connection.ts';

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const workflowsPath = path('../../workflows/index.ts');
const bundlePath = path('../../dist/workflow-bundle.js');

/** The bundle that set-up built; without one it is built in memory. */
export async function loadBundle(): Promise<WorkflowBundleOption> {
  return existsSync(bundlePath) ? { codePath: bundlePath } : buildBundle();
}

/** From the sources as they are now. */
export async function buildBundle(): Promise<{ code: string }> {
  const silent = () => {};
  const logger = { log: silent, trace: silent, debug: silent, info: silent, warn: silent };
  const { code } = await bundleWorkflowCode({
    workflowsPath,
    failureConverterPath,
    logger: { ...logger, error: (message) => console.error(message) },
  });
  return { code };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { code } = await buildBundle();
  await mkdir(dirname(bundlePath), { recursive: true });
  await writeFile(bundlePath, code);
}
