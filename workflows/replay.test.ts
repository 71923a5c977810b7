/**
 * Histories that earlier versions wrote must replay on the workflows of today: else a running workflow breaks at
 * the upgrade. `RECORD_HISTORIES=1 npx vitest run workflows` writes them anew.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { Worker } from '@temporalio/worker';
import { beforeAll, expect, test } from 'vitest';
import { buildBundle } from '../main/temporal/bundle.ts';
import { installTemporalLog } from '../main/temporal/runtime.ts';

const root = import.meta.dirname;
const recorded = readdirSync(root, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .flatMap(({ name }) =>
    readdirSync(`${root}/${name}/histories`).map((file) => `${name}/histories/${file}`),
  );
let bundle: { code: string };
beforeAll(async () => {
  installTemporalLog(() => {});
  bundle = await buildBundle();
});

async function replayError(history: unknown): Promise<Error | undefined> {
  const one = [{ workflowId: 'replayed', history }];
  for await (const { error } of Worker.runReplayHistories({ workflowBundle: bundle }, one)) {
    return error;
  }
  throw new Error('Nothing was replayed.');
}

const read = (path: string) => JSON.parse(readFileSync(`${root}/${path}`, 'utf8'));

test.each(recorded)('%s replays', async (path) => {
  expect(await replayError(read(path))).toBeUndefined();
});

test('a history that does not fit is found', async () => {
  const text = readFileSync(`${root}/reconcile-obligations/histories/owed.json`, 'utf8');
  const other = JSON.parse(text.replaceAll('applyRates', 'somethingElse'));
  expect((await replayError(other))?.name).toBe('DeterminismViolationError');
});
