/**
 * Goal: a copy of Temporal's store tells nothing of what workflows were given, said or failed with. Method: a server
 * with a file of its own, canaries sent through every way a payload has, the file's bytes searched. First the same
 * without the codec, to prove that the search finds them. Not covered by design: ids and types of workflows.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApplicationFailure, Context } from '@temporalio/activity';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createKeyring } from '../../keyring/create.ts';
import { queues } from '../../workflows/queues.ts';
import { startTemporalServer, type TemporalServer } from '../embedded/temporal-server.ts';
import { findParts } from '../parts.ts';
import { buildBundle } from './bundle.ts';
import { createSealingCodec } from './codec.ts';
import { connectTemporal, type TemporalLink } from './connection.ts';
import { installTemporalLog } from './runtime.ts';

let folder: string;
let server: TemporalServer;
const logged: string[] = [];
beforeAll(async () => {
  installTemporalLog((level, message, fields) => {
    logged.push(`${level} ${message} ${JSON.stringify(fields)}`);
  });
  folder = await mkdtemp(join(tmpdir(), 'codec-'));
  server = await startTemporalServer({
    file: join(folder, 'store', 'temporal.db'),
    binary: findParts({ temporalCli: process.env.TEMPORAL_CLI }).temporalCli,
    log: () => {},
  });
});
afterAll(async () => {
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

const canaries = ['argument', 'memo', 'heartbeat', 'result', 'failure', 'detail'] as const;
const canary = (prefix: string, name: (typeof canaries)[number]): string =>
  `${prefix}-${name}-canary`;

/** One activity that says everything it can, fails once, and succeeds. */
async function sendCanaries(
  { client, workers, namespace, dataConverter }: TemporalLink,
  prefix: string,
): Promise<void> {
  const talk = async (): Promise<unknown> => {
    const context = Context.current();
    context.heartbeat(canary(prefix, 'heartbeat'));
    // The last one is not tried again.
    if (context.info.attempt === 1 && context.info.activityType !== 'endUnchosen') {
      const message = canary(prefix, 'failure');
      throw ApplicationFailure.create({ message, details: [canary(prefix, 'detail')] });
    }
    return { asked: canary(prefix, 'result') };
  };
  const common = { connection: workers, namespace, dataConverter };
  const hub = await Worker.create({
    ...common,
    taskQueue: queues.hub,
    workflowBundle: await buildBundle(),
  });
  const activities = { default: talk };
  const office = await Worker.create({ ...common, taskQueue: queues.office, activities });
  const revocation = await Worker.create({ ...common, taskQueue: queues.revocation, activities });
  const work = client.workflow.execute('reconcileObligations', {
    workflowId: `canaries-of-${prefix}`,
    taskQueue: queues.hub,
    args: [canary(prefix, 'argument')],
    memo: { note: canary(prefix, 'memo') },
  });
  await hub.runUntil(office.runUntil(revocation.runUntil(work)));
}

async function foundInStore(prefix: string): Promise<string[]> {
  const store = join(folder, 'store');
  const names = await readdir(store);
  const bytes = await Promise.all(names.map((name) => readFile(join(store, name))));
  const found = (name: (typeof canaries)[number]) =>
    bytes.some((file) => file.includes(canary(prefix, name)));
  return canaries.filter(found);
}

test('the search finds what is not sealed', async () => {
  const namespace = 'open';
  const connection = await Connection.connect({ address: server.address });
  const workers = await NativeConnection.connect({ address: server.address });
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
  });
  const client = new Client({ connection, namespace });
  const open = { client, connection, workers, namespace, dataConverter: {} };
  await sendCanaries({ ...open, registerNamespace: async () => {}, close: async () => {} }, 'open');
  expect(await foundInStore('open')).toEqual([...canaries]);
  await workers.close();
  await connection.close();
});

test('every payload comes back as it was, also an empty one that is a plain array', async () => {
  const keyring = await createKeyring({
    dirs: [join(folder, 'keys-3'), join(folder, 'keys-4')],
    masterKey: randomBytes(32),
    clock: { now: () => new Date() },
  });
  const codec = await createSealingCodec(keyring);
  const metadata = { encoding: Buffer.from('binary/null') };
  const payloads = [
    { metadata, data: [] as unknown as Uint8Array },
    { metadata, data: null },
    { metadata, data: Buffer.from([0, 255, 10]) },
  ];
  const decoded = await codec.decode(await codec.encode(payloads));
  expect(decoded.map(({ data }) => [...(data ?? [])])).toEqual([[], [], [0, 255, 10]]);
  expect(String(decoded[0]?.metadata?.encoding)).toBe('binary/null');
  expect(await codec.decode(payloads)).toEqual(payloads);
  await keyring.close();
});

test('with the codec nothing is found, and no text of a failure is in the log', async () => {
  const keyring = await createKeyring({
    dirs: [join(folder, 'keys-1'), join(folder, 'keys-2')],
    masterKey: randomBytes(32),
    clock: { now: () => new Date() },
  });
  const link = await connectTemporal({ address: server.address, keyring });
  try {
    await sendCanaries(link, 'sealed');
    expect(await foundInStore('sealed')).toEqual([]);
    expect(await link.client.workflow.result('canaries-of-sealed')).toEqual({
      asked: canary('sealed', 'result'),
    });
  } finally {
    await link.close();
    await keyring.close();
  }
  expect(logged.some((line) => line.includes('Activity failed'))).toBe(true);
  expect(logged.filter((line) => line.includes('canary'))).toEqual([]);
});
