import { randomUUID } from 'node:crypto';
import { ApplicationFailure } from '@temporalio/activity';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { HubActivities } from '../../main/temporal/workers.ts';
import {
  recordHistory,
  startWorkflowEnvironment,
  type WorkflowEnvironment,
} from '../../test/workflow-environment.ts';
import { queues } from '../queues.ts';
import { syncStreamId } from '../sync-stream/contract.ts';
import {
  type ConnectionReading,
  pauseSignal,
  progressQuery,
  refreshSignal,
  resumeSignal,
  type StreamReading,
  type SyncConnectionInput,
  syncConnectionType,
  wakeSignal,
} from './contract.ts';

let environment: WorkflowEnvironment;
beforeAll(async () => {
  environment = await startWorkflowEnvironment({ realServer: true });
});
afterAll(() => environment.close());

const hourMs = 3_600_000;
const due = (stream: string, priority: StreamReading['priority'] = 3): StreamReading => ({
  stream,
  authorised: true,
  priority,
});

/** A connection whose streams each owe some windows; all else follows from what the workflow asks. */
function connection(owed: Record<string, number>, first: Partial<ConnectionReading> = {}) {
  const left = new Map(Object.entries(owed));
  const world = {
    reading: { state: 'active', epoch: 1, timeZone: 'UTC', nextDueInMs: hourMs, ...first } as Omit<
      ConnectionReading,
      'streams'
    >,
    order: [] as string[],
    readings: 0,
    rebuilds: 0,
    refreshed: [] as (readonly string[] | null)[],
    restricted: 0,
    left,
  };
  const activities: Partial<HubActivities> = {
    rebuildWindows: async () => {
      world.rebuilds += 1;
    },
    readConnection: async () => {
      world.readings += 1;
      const streams = [...left].map(([stream, windows]) => due(stream, windows > 0 ? 3 : null));
      return { ...world.reading, streams };
    },
    readStreamPlan: async ({ stream, limit }) => ({
      windows: Array.from({ length: Math.min(limit, left.get(stream) ?? 0) }, (_, n) => ({
        from: `2026-11-${10 + n}`,
        to: `2026-11-${10 + n}`,
        priority: 3,
      })),
      timeZone: 'UTC',
      passes: 1,
      taskable: false,
      listed: false,
      byToken: false,
      taskRowsMin: null,
    }),
    pullPage: async ({ stream }) => {
      world.order.push(stream);
      return {
        pulledAtMs: 0,
        rows: 1,
        totalNumber: 1,
        totalPages: 1,
        totalMetrics: null,
        throttled: false,
      };
    },
    loadWindow: async ({ stream }) => {
      left.set(stream, left.get(stream)! - 1);
      return { rows: 1 };
    },
    discardPull: async () => {},
    setPaused: async ({ paused }) => {
      world.reading = { ...world.reading, state: paused ? 'paused' : 'active' };
    },
    planRefresh: async ({ streams }) => {
      world.refreshed.push(streams);
    },
    restrictConnection: async () => {
      world.restricted += 1;
    },
  };
  return { world, activities };
}

/** What an earlier story left running is refused: a story's world holds only what its own connection did. */
function onlyFor(connectionId: string, activities: Partial<HubActivities>): Partial<HubActivities> {
  const own = Object.entries(activities).map(([name, activity]) => [
    name,
    (input: { connectionId: string }) => {
      if (input.connectionId !== connectionId) return refused('NOT_EXPECTED')();
      return (activity as (input: unknown) => Promise<unknown>)(input);
    },
  ]);
  return Object.fromEntries(own);
}

async function start(
  activities: Partial<HubActivities>,
  input: Partial<SyncConnectionInput> = {},
  { activities: state, client } = environment,
): Promise<WorkflowHandle> {
  const connectionId = randomUUID();
  state(onlyFor(connectionId, activities));
  return client.workflow.start(syncConnectionType, {
    workflowId: `sync-connection-${connectionId}`,
    taskQueue: queues.hub,
    args: [{ connectionId, ...input }],
  });
}

/** Hours in a moment, on a server of its own: that of other tests would wait for what they left running. */
async function whileTimeSkips(work: (skipping: WorkflowEnvironment) => Promise<void>) {
  const skipping = await startWorkflowEnvironment();
  try {
    await work(skipping);
  } finally {
    await skipping.close();
  }
}

const refused = (code: string) => async (): Promise<never> => {
  throw ApplicationFailure.nonRetryable('refused', code);
};

test('the account comes first; the others follow once its zone is known', async () => {
  const { world, activities } = connection(
    { campaigns: 2, ads: 1, advertisers: 1 },
    { timeZone: null },
  );
  const handle = await start({
    ...activities,
    loadWindow: async (input) => {
      if (input.stream === 'advertisers') {
        world.reading = { ...world.reading, timeZone: 'Asia/Shanghai' };
      }
      return activities.loadWindow!(input);
    },
  });
  await vi.waitFor(() => expect(world.order).toHaveLength(4), 10_000);
  expect(world.order[0]).toBe('advertisers');
  await vi.waitFor(async () => {
    const progress = await handle.query(progressQuery);
    expect(progress).toEqual({
      state: 'running',
      streams: ['campaigns', 'ads', 'advertisers'].map((stream) => ({ stream, state: 'idle' })),
    });
  });
  world.reading = { ...world.reading, state: 'ended' };
  await handle.signal(wakeSignal);
  expect(await handle.result()).toEqual({ outcome: 'consent-ended' });
  await recordHistory(handle, 'sync-connection', 'backfill');
});

test('it wakes by itself when something becomes due, and at once when a person asks', () =>
  whileTimeSkips(async (skipping) => {
    const { world, activities } = connection({ ads: 0 });
    const handle = await start(activities, {}, skipping);
    await vi.waitFor(() => expect(world.readings).toBe(1), 10_000);
    await skipping.test.sleep(hourMs + 1_000);
    await vi.waitFor(() => expect(world.readings).toBe(2), 10_000);
    await handle.signal(refreshSignal, { streams: ['ads'] });
    await vi.waitFor(() => expect(world.refreshed).toEqual([['ads']]), 10_000);
    await handle.terminate();
  }));

test('pause stops pulling in the middle of a window, resume goes on where it was', async () => {
  const { world, activities } = connection({ ads: 3 });
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const handle = await start({
    ...activities,
    pullPage: async (input) => {
      const answer = await activities.pullPage!(input);
      await held;
      return answer;
    },
  });
  await vi.waitFor(() => expect(world.order.length).toBeGreaterThan(0), 10_000);
  await handle.signal(pauseSignal);
  await vi.waitFor(async () => {
    expect((await handle.query(progressQuery)).state).toBe('paused');
  });
  release();
  expect(world.left.get('ads')).toBe(3);
  await handle.signal(resumeSignal);
  await vi.waitFor(() => expect(world.left.get('ads')).toBe(0), 10_000);
  world.reading = { ...world.reading, state: 'ended' };
  await handle.signal(wakeSignal);
  await handle.result();
  await recordHistory(handle, 'sync-connection', 'paused');
});

test('a long history continues as new and forgets nothing', async () => {
  const { world, activities } = connection({ ads: 120, campaigns: 1 });
  const handle = await start(
    {
      ...activities,
      pullPage: async (input) =>
        input.stream === 'campaigns' ? refused('NOT_PERMITTED')() : activities.pullPage!(input),
      checkAuthorisation: async () => ({ granted: true }),
    },
    { historyEventsMax: 40 },
  );
  await vi.waitFor(() => expect(world.left.get('ads')).toBe(0), 20_000);
  await vi.waitFor(async () => {
    const { streams } = await handle.query(progressQuery);
    expect(streams).toContainEqual({ stream: 'campaigns', state: 'not-authorised' });
  });
  expect(world.rebuilds).toBeGreaterThan(1);
  world.reading = { ...world.reading, state: 'ended' };
  await handle.signal(wakeSignal);
  await handle.result();
});

test('a dead token restricts the connection and ends the sync', async () => {
  const { world, activities } = connection({ ads: 3 });
  const handle = await start({ ...activities, pullPage: refused('AUTHORISATION_DEAD') });
  expect(await handle.result()).toEqual({ outcome: 'authorisation-dead' });
  expect(world.restricted).toBe(1);
});

test('a refused stream makes it ask whether the account is still granted', async () => {
  const { world, activities } = connection({ ads: 3 });
  const handle = await start({
    ...activities,
    pullPage: refused('NOT_PERMITTED'),
    checkAuthorisation: async () => ({ granted: false }),
  });
  expect(await handle.result()).toEqual({ outcome: 'authorisation-dead' });
  expect(world.restricted).toBe(1);
});

test('a window that fails is left alone for ten minutes while the others go on', () =>
  whileTimeSkips(async (skipping) => {
    const { world, activities } = connection({ ads: 1, campaigns: 30 });
    let failures = 0;
    const handle = await start(
      {
        ...activities,
        readStreamPlan: async (input) => {
          const plan = await activities.readStreamPlan!(input);
          const skipped = new Set(input.skip.map(({ from }) => from));
          return { ...plan, windows: plan.windows.filter(({ from }) => !skipped.has(from)) };
        },
        pullPage: async (input) =>
          input.stream === 'ads' ? refused('TIKTOK_UNAVAILABLE')() : activities.pullPage!(input),
        failWindow: async () => {
          failures += 1;
        },
      },
      {},
      skipping,
    );
    await vi.waitFor(() => expect(world.left.get('campaigns')).toBe(0), 10_000);
    await vi.waitFor(async () => {
      const { streams } = await handle.query(progressQuery);
      expect(streams).toContainEqual({ stream: 'ads', state: 'failed' });
    });
    expect(failures).toBe(1);
    await skipping.test.sleep(hourMs / 6 + 1_000);
    await vi.waitFor(() => expect(failures).toBe(2), 10_000);
    await handle.terminate();
  }));

test('a person who asks again while a window fails does not wait for its ten minutes', async () => {
  const { world, activities } = connection({ ads: 1 });
  const asked = Promise.withResolvers<void>();
  let attempts = 0;
  const handle = await start({
    ...activities,
    readStreamPlan: async (input) => {
      const plan = await activities.readStreamPlan!(input);
      const skipped = new Set(input.skip.map(({ from }) => from));
      return { ...plan, windows: plan.windows.filter(({ from }) => !skipped.has(from)) };
    },
    pullPage: async (input) => {
      attempts += 1;
      if (attempts > 1) return activities.pullPage!(input);
      await asked.promise;
      return refused('TIKTOK_UNAVAILABLE')();
    },
    failWindow: async () => {},
  });
  await vi.waitFor(() => expect(attempts).toBe(1), 10_000);
  await handle.signal(refreshSignal, {});
  await vi.waitFor(() => expect(world.refreshed).toHaveLength(1), 10_000);
  asked.resolve();
  await vi.waitFor(() => expect(world.left.get('ads')).toBe(0), 5_000);
  await handle.terminate();
});

test('what a person asks for during a backfill is pulled next, at once of a stream that waits its turn', async () => {
  const reports = ['ads', 'campaigns', 'ad_groups', 'advertisers'].map(
    (of) => `${of}_reports_daily`,
  );
  const backfilled = ['ads', 'campaigns', 'ad_groups', 'advertisers', 'audiences', ...reports];
  const { world, activities } = connection(Object.fromEntries(backfilled.map((s) => [s, 30])));
  const held = Promise.withResolvers<void>();
  const asked = new Set<string>();
  const handle = await start({
    ...activities,
    readConnection: async (input) => {
      const reading = await activities.readConnection!(input);
      const priority = (stream: string) => (asked.has(stream) ? 1 : 5);
      const streams = reading.streams.map((one) => ({ ...one, priority: priority(one.stream) }));
      return { ...reading, streams } as ConnectionReading;
    },
    readStreamPlan: async (input) => {
      const plan = await activities.readStreamPlan!(input);
      const backfill = plan.windows.map((window) => ({ ...window, priority: 5 as const }));
      const today = { from: '2026-11-24', to: '2026-11-24', priority: 1 as const };
      const first = asked.has(input.stream) ? [today] : [];
      return { ...plan, windows: [...first, ...backfill].slice(0, input.limit) };
    },
    pullPage: async (input) => {
      const answer = await activities.pullPage!(input);
      world.order.splice(-1, 1, `${input.stream} ${input.window.from}`);
      await held.promise;
      return answer;
    },
    loadWindow: async (input) => {
      if (input.window.from === '2026-11-24') asked.delete(input.stream);
      return activities.loadWindow!(input);
    },
    planRefresh: async ({ streams }) => {
      for (const stream of streams!) asked.add(stream);
      world.refreshed.push(streams);
    },
  });
  // Eight streams at a time, two windows each: all are under way when the person asks.
  await vi.waitFor(() => expect(world.order).toHaveLength(16), 20_000);
  const waiting = backfilled.find(
    (one) => !world.order.some((pull) => pull.startsWith(`${one} `)),
  )!;
  const streams = ['ads', waiting];
  await handle.signal(refreshSignal, { streams });
  await vi.waitFor(() => expect(world.order[16]).toBe(`${waiting} 2026-11-24`), 20_000);
  expect(world.refreshed).toEqual([streams]);
  held.resolve();
  const ofAds = () => world.order.slice(16).filter((pull) => pull.startsWith('ads '));
  await vi.waitFor(() => expect(ofAds()[0]).toBe('ads 2026-11-24'), 20_000);
  await handle.terminate();
});

test('cancelled by a revocation while it pulls, it ends and loads nothing more', async () => {
  const { world, activities } = connection({ ads: 3 });
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const handle = await start({
    ...activities,
    pullPage: async (input) => {
      const answer = await activities.pullPage!(input);
      await held;
      return answer;
    },
  });
  await vi.waitFor(() => expect(world.order.length).toBeGreaterThan(0), 10_000);
  await handle.cancel();
  await expect(handle.result()).rejects.toThrow(WorkflowFailedError);
  const connectionId = handle.workflowId.replace('sync-connection-', '');
  const stream = environment.client.workflow.getHandle(syncStreamId(connectionId, 'ads'));
  await expect(stream.result()).rejects.toThrow(WorkflowFailedError);
  release();
  expect(world.left.get('ads')).toBe(3);
  await recordHistory(handle, 'sync-connection', 'cancelled');
});
