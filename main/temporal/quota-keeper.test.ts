/** On the real server: the time-skipping one knows no rates of queues. */
import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';
import { gmvMaxQuota } from '../../activities/tiktok-call.ts';
import { openRegistry } from '../../registry/open.ts';
import type { Registry } from '../../registry/registry.ts';
import { createTestDatabase } from '../../test/databases.ts';
import { connectAccountType } from '../../workflows/connect-account/contract.ts';
import { queues } from '../../workflows/queues.ts';
import { buildBundle } from './bundle.ts';
import { registerNamespace } from './namespace.ts';
import { createQuotaKeeper, queueRates } from './quota-keeper.ts';
import { installTemporalLog } from './runtime.ts';
import type { HubActivities } from './workers.ts';

let registry: Registry;
let client: Client;
const closing: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  installTemporalLog(() => {});
  const database = await createTestDatabase();
  closing.push(() => database.drop());
  registry = await openRegistry({ databaseUrl: database.url, clock: { now: () => new Date() } });
  closing.push(() => registry.close());
  const connection = await Connection.connect({ address: inject('temporalAddress') });
  closing.push(() => connection.close());
  const namespace = `quota-${randomUUID()}`;
  await registerNamespace(connection, namespace);
  client = new Client({ connection, namespace });
});
afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

async function rateOf(name: string): Promise<number | undefined> {
  const { config } = await client.workflowService.describeTaskQueue({
    namespace: client.options.namespace,
    taskQueue: { name },
    taskQueueType: 2,
    reportConfig: true,
  });
  const limit = config?.queueRateLimit?.rateLimit;
  // protobuf leaves a zero out.
  return limit ? (limit.requestsPerSecond ?? 0) : undefined;
}

test('one call a second stays free; report tasks and GMV Max share the rest', () => {
  const rates = { 'tiktok-ads': 7, 'tiktok-ads-report-tasks': 1, 'tiktok-gmv-max': 1 };
  expect(queueRates(10, [])).toEqual(rates);
  expect(queueRates(10, [{ kind: 'second' }])).toEqual(rates);
  expect(Object.values(queueRates(10, [{ kind: 'day' }]))).toEqual([0, 0, 0]);
  expect(queueRates(50, [])['tiktok-gmv-max']).toBe(4);
  expect(queueRates(10, [], [{ kind: 'minute' }])).toEqual({ ...rates, 'tiktok-gmv-max': 0 });
});

test('a pause stops the queues of the app, and its end lets them go on by itself', async () => {
  const appId = randomUUID();
  const keeper = await createQuotaKeeper({ client, registry, appId, callsPerSecond: 20 });
  const { namespace } = client.options;
  const connection = await NativeConnection.connect({ address: inject('temporalAddress') });
  let calledAt = 0;
  const exchangeAuthCode: HubActivities['exchangeAuthCode'] = async () => {
    calledAt = Date.now();
    return { state: 'failed' };
  };
  const common = { connection, namespace };
  const workflowBundle = await buildBundle();
  const hub = await Worker.create({ ...common, taskQueue: queues.hub, workflowBundle });
  const ads = await Worker.create({
    ...common,
    taskQueue: queues.tiktokAds,
    activities: { exchangeAuthCode },
  });
  const callOnce = (authorisationId: string): Promise<unknown> =>
    client.workflow.execute(connectAccountType, {
      workflowId: authorisationId,
      taskQueue: queues.hub,
      args: [{ authorisationId, takeAll: true }],
    });
  await hub.runUntil(
    ads.runUntil(async () => {
      expect(await rateOf(queues.tiktokAds)).toBe(16);
      expect(await rateOf(queues.tiktokAdsReportTasks)).toBe(1);
      await callOnce(randomUUID());
      const gmvMaxUntil = new Date(Date.now() + 2_000);
      await registry.quota.pause(gmvMaxQuota(appId), 'minute', gmvMaxUntil);
      const gmvMaxRate = () => rateOf(queues.tiktokGmvMax);
      await vi.waitFor(async () => expect(await gmvMaxRate()).toBe(0), 3_000);
      expect(await rateOf(queues.tiktokAds)).toBe(16);
      await vi.waitFor(async () => expect(await gmvMaxRate()).toBe(2), 60_000);
      const until = new Date(Date.now() + 4_000);
      await registry.quota.pause('another app', 'day', new Date(Date.now() + 60_000));
      await registry.quota.pause(appId, 'minute', until);
      for (const queue of [queues.tiktokAds, queues.tiktokAdsReportTasks, queues.tiktokGmvMax]) {
        await vi.waitFor(async () => expect(await rateOf(queue)).toBe(0), 3_000);
      }
      await callOnce(randomUUID());
      expect(calledAt).toBeGreaterThanOrEqual(until.getTime());
      expect(await rateOf(queues.tiktokAds)).toBe(16);
    }),
  );
  await keeper.close();
  await connection.close();
});
