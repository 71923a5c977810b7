import { isCancellation, log, proxyActivities } from '@temporalio/workflow';
import { callOptions, officeOptions, shopCallOptions } from '../activity-options.ts';
import { failureCode } from '../failures.ts';
import { inParallel } from '../in-parallel.ts';
import type { SyncConnectionActivities } from '../sync-connection/contract.ts';
import type {
  AuthorisationCheck,
  ReconcileAuthorisationsActivities,
  ReconcileAuthorisationsResult,
} from './contract.ts';

type Activities = ReconcileAuthorisationsActivities;

const { readChecks, noteChecked, countPolls } = proxyActivities<Activities>(officeOptions);
const { restrictConnection } = proxyActivities<SyncConnectionActivities>(officeOptions);

/** One that waits for TikTok's quota or for its renewal is asked for again by a later run. */
const limits = { scheduleToCloseTimeout: '5m', priority: { priorityKey: 2 } } as const;
const ask = {
  'tiktok-ads': proxyActivities<Activities>({ ...callOptions, ...limits }),
  'tiktok-shop': proxyActivities<Activities>({ ...shopCallOptions, ...limits }),
};

/** Calls under way at a time: the rest of the app's quota belongs to the syncs. */
const inFlight = 4;

export async function reconcileAuthorisations(): Promise<ReconcileAuthorisationsResult> {
  const { checks } = await readChecks();
  let ended = 0;
  await inParallel(checks, inFlight, async (check) => {
    ended += await checkOne(check);
  });
  await countPolls();
  return { asked: checks.length, ended };
}

async function checkOne(check: AuthorisationCheck): Promise<number> {
  const { authorisationId, platform } = check;
  try {
    const { ended } = await ask[platform].askForAccounts(check);
    for (const connection of ended) await restrictConnection(connection);
    await noteChecked({ authorisationId });
    return ended.length;
  } catch (error) {
    if (isCancellation(error)) throw error;
    const code = failureCode(error);
    log.info('An authorisation could not be asked for; a later run does.', {
      authorisationId,
      code,
    });
    return 0;
  }
}
