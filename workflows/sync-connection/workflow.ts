import { condition, continueAsNew, proxyActivities, workflowInfo } from '@temporalio/workflow';
import { callOptions, officeOptions, warehouseOptions } from '../activity-options.ts';
import { failureCode } from '../failures.ts';
import type {
  ConnectionReading,
  SyncConnectionActivities,
  SyncConnectionInput,
  SyncConnectionResult,
} from './contract.ts';
import { receiveSignals } from './signals.ts';
import { StreamRuns } from './stream-runs.ts';

const { rebuildWindows, readConnection, planRefresh } =
  proxyActivities<SyncConnectionActivities>(warehouseOptions);
const { setPaused, restrictConnection } = proxyActivities<SyncConnectionActivities>(officeOptions);
const { checkAuthorisation } = proxyActivities<SyncConnectionActivities>({
  ...callOptions,
  priority: { priorityKey: 1 },
});

/** A child costs about ten events: some two hundred of them in one run. */
const defaultHistoryEventsMax = 2_000;

export async function syncConnection(input: SyncConnectionInput): Promise<SyncConnectionResult> {
  const { connectionId, historyEventsMax = defaultHistoryEventsMax } = input;
  const signals = receiveSignals();
  const runs = new StreamRuns(connectionId, input.carried, signals);
  await rebuildWindows({ connectionId });

  for (;;) {
    await obeySignals();
    const reading = await readConnection({ connectionId });
    signals.reading = reading;
    if (reading.state === 'ended') {
      await runs.stop();
      return { outcome: 'consent-ended' };
    }
    if (await authorisationDied(reading)) {
      await runs.stop();
      await restrictConnection({ connectionId, epoch: reading.epoch });
      return { outcome: 'authorisation-dead' };
    }
    if (await historyIsLong()) {
      return continueAsNew<typeof syncConnection>({ ...input, carried: runs.carry() });
    }
    if (reading.state === 'paused') await runs.stop();
    else runs.startDue(reading);
    await condition(() => signals.woken, Math.min(reading.nextDueInMs, runs.restEndsInMs()));
  }

  async function obeySignals(): Promise<void> {
    signals.woken = false;
    const { pause, refresh } = signals.take();
    if (pause !== null) await setPaused({ connectionId, paused: pause });
    if (refresh === null) return;
    runs.forgive();
    await planRefresh({ connectionId, streams: refresh.streams ?? null });
    await runs.giveWay();
  }

  /** A dead token ends the sync; a stream that was refused makes us ask whether the account is still granted. */
  async function authorisationDied({ epoch }: ConnectionReading): Promise<boolean> {
    const endings = runs.takeEndings();
    if (endings.includes('authorisation-dead')) return true;
    if (!endings.includes('not-authorised')) return false;
    try {
      return !(await checkAuthorisation({ connectionId, epoch })).granted;
    } catch (error) {
      return failureCode(error) === 'AUTHORISATION_DEAD';
    }
  }

  async function historyIsLong(): Promise<boolean> {
    const { historyLength, continueAsNewSuggested } = workflowInfo();
    if (historyLength < historyEventsMax && !continueAsNewSuggested) return false;
    await runs.giveWay();
    await runs.finish();
    return !signals.pending();
  }
}
