import { isCancellation, proxyActivities } from '@temporalio/workflow';
import { officeOptions, warehouseOptions } from '../activity-options.ts';
import { inParallel } from '../in-parallel.ts';
import type { PurgeExpiredActivities, PurgeExpiredInput, PurgeExpiredResult } from './contract.ts';

const { listBuyersFiles, expireBuyers, expireFiles } =
  proxyActivities<PurgeExpiredActivities>(warehouseOptions);
const { expireEvents, expireDayKeys } = proxyActivities<PurgeExpiredActivities>(officeOptions);

/** A rewrite uses a core; loads of the day go on beside it. */
const rewritesInFlight = 2;

export async function purgeExpired(_input: PurgeExpiredInput): Promise<PurgeExpiredResult> {
  const result = { rewritten: 0, forgotten: 0, failed: 0 };
  const { connectionIds } = await listBuyersFiles();
  await inParallel(connectionIds, rewritesInFlight, async (connectionId) => {
    try {
      const { done } = await expireBuyers({ connectionId });
      result[done] += 1;
    } catch (error) {
      // One shop's broken file keeps no other buyer longer.
      if (isCancellation(error)) throw error;
      result.failed += 1;
    }
  });
  await expireFiles();
  await expireEvents();
  // Last: what the keys had sealed is gone by now.
  await expireDayKeys();
  return result;
}
