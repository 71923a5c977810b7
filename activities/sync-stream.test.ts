import { MockActivityEnvironment } from '@temporalio/testing';
import { expect, test } from 'vitest';
import { createSyncStreamActivities, type SyncStreamDeps } from './sync-stream.ts';

const at = new Date('2026-11-24T09:30:00Z');
const window = { from: '2026-11-01', to: '2026-11-20' };
const call = { connectionId: 'c', epoch: 1, stream: 'ads_reports_daily', window, pullId: 'p' };
const input = { ...call, deletedOnly: true, chunk: 0, page: 1, part: 1 };

/** An account without deleted ads, whose listing of ads has come so far. */
function pullByIds(listing: { pulledAt: Date | null }) {
  const deps = {
    registry: { windows: { list: async () => [listing] } },
    warehouse: { entityIds: async () => ({ ids: [], total: 0 }) },
    clock: { now: () => at },
  } as unknown as SyncStreamDeps;
  const { pullPageByIds } = createSyncStreamActivities(deps);
  return new MockActivityEnvironment().run(pullPageByIds, input);
}

test('nobody asks for deleted ads before the first listing has named them', async () => {
  await expect(pullByIds({ pulledAt: null })).rejects.toMatchObject({
    type: 'LISTING_AWAITED',
    nonRetryable: false,
  });
  const none = { chunks: 0, totalPages: 0, pulledAtMs: at.getTime() };
  expect(await pullByIds({ pulledAt: at })).toMatchObject(none);
});
