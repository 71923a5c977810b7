/** For tests: events pour in while the process that takes them is killed again and again; none that it acknowledged is lost. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'vitest';
import { createKeyring } from '../../keyring/create.ts';
import { openRegistry } from '../../registry/open.ts';
import type { Registry } from '../../registry/registry.ts';
import { askDatabase, createTestDatabase } from '../databases.ts';

const shopId = '7495540735365777507';
const senders = 40;
/** One of so many is delivered twice, as TikTok does. */
const twiceEvery = 5;
/** The most that the consumer has under way when it is killed; then it is acted on again. */
const batchMax = 250;

export async function pourAndKill(kills: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'callbacks-killed-'));
  const database = await createTestDatabase();
  const clock = { now: () => new Date() };
  const registry = await openRegistry({ databaseUrl: database.url, clock });
  const masterKey = randomBytes(32);
  const dirs: [string, string] = [join(folder, 'a'), join(folder, 'b')];
  try {
    await askDatabase(database.url, 'create table effects (connection_id text, order_id text)');
    const connectionIds = await connectTwice(registry, dirs, masterKey);
    const args = [database.url, ...dirs, masterKey.toString('hex')];
    const acknowledged = new Set<string>();
    for (let round = 0; round < kills; round += 1) {
      const { child, port } = await start(args);
      const exited = once(child, 'exit');
      const pouring = Array.from({ length: senders }, (_, nth) =>
        pour(port, `${round + 1}${String(nth).padStart(3, '0')}`, acknowledged),
      );
      setTimeout(() => child.kill('SIGKILL'), 400 + Math.random() * 800);
      await exited;
      await Promise.all(pouring);
    }
    const { child } = await start(args);
    await expect
      .poll(async () => (await registry.events.backlog()).counts.waiting, { timeout: 60_000 })
      .toBe(0);
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
    await expectActedOn(database.url, connectionIds, acknowledged, kills);
    expect((await registry.events.backlog()).counts['set-aside']).toBe(0);
  } finally {
    await registry.close();
    await database.drop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** One shop in two workspaces. */
async function connectTwice(registry: Registry, dirs: [string, string], masterKey: Buffer) {
  const clock = { now: () => new Date() };
  const keyring = await createKeyring({ dirs, masterKey: Buffer.from(masterKey), clock });
  const platform = 'tiktok-shop';
  const ids: string[] = [];
  for (const name of ['One', 'Other']) {
    const workspaceId = (await registry.workspaces.create(name)).id;
    const [id, authorisationId, sealed] = [randomUUID(), randomUUID(), Buffer.from('sealed')];
    const authorisation = { id: authorisationId, workspaceId, platform } as const;
    await registry.authorisations.create({ ...authorisation, sealedCode: sealed });
    await keyring.ensure('connection', id);
    await registry.connections.open({
      ...{ id, workspaceId, authorisationId, platform, accountId: shopId, sealedName: sealed },
    });
    ids.push(id);
  }
  await keyring.close();
  return ids;
}

async function start(args: readonly string[]): Promise<{ child: ChildProcess; port: number }> {
  const script = new URL('./receiving-process.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(createInterface({ input: child.stdout! }), 'line');
  return { child, port: Number(line) };
}

/** One event after another until nobody answers. */
async function pour(port: number, prefix: string, acknowledged: Set<string>): Promise<void> {
  for (let nth = 0; ; nth += 1) {
    const orderId = `${prefix}${String(nth).padStart(6, '0')}`;
    const body = JSON.stringify({
      ...{ type: 1, tts_notification_id: orderId, shop_id: shopId },
      timestamp: Math.floor(Date.now() / 1000),
      data: { order_id: orderId, order_status: 'UNPAID', update_time: 1 },
    });
    const authorization = createHmac('sha256', 'secret').update(`app${body}`).digest('hex');
    const deliver = () =>
      fetch(`http://127.0.0.1:${port}/callbacks/tiktok-shop`, {
        ...{ method: 'POST', body, headers: { authorization } },
      });
    try {
      const both = nth % twiceEvery === 0 ? [deliver(), deliver()] : [deliver()];
      const settled = await Promise.allSettled(both);
      const answers = settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
      for (const answer of answers) await answer.arrayBuffer();
      if (answers.some(({ status }) => status === 200)) acknowledged.add(orderId);
      if (answers.length < both.length) return;
    } catch {
      return;
    }
  }
}

async function expectActedOn(
  databaseUrl: string,
  connectionIds: readonly string[],
  acknowledged: ReadonlySet<string>,
  kills: number,
): Promise<void> {
  const effects = await askDatabase(
    databaseUrl,
    'select connection_id, order_id, count(*)::int as times from effects group by 1, 2',
  );
  const received = await askDatabase(
    databaseUrl,
    'select external_id from events where connection_id is null',
  );
  expect(acknowledged.size).toBeGreaterThan(kills * senders);
  // A few were durable when the process was killed, and their answer was lost.
  expect(received.length).toBeGreaterThanOrEqual(acknowledged.size);
  for (const connectionId of connectionIds) {
    const own = effects.filter(({ connection_id: id }) => id === connectionId);
    expect(new Set(own.map(({ order_id: id }) => id))).toEqual(
      new Set(received.map(({ external_id: id }) => id)),
    );
    const acted = new Set(own.map(({ order_id: id }) => id));
    expect([...acknowledged].filter((id) => !acted.has(id))).toEqual([]);
    const twice = own.filter(({ times }) => (times as number) > 1);
    expect(twice.length).toBeLessThanOrEqual(kills * batchMax);
    expect(Math.max(...twice.map(({ times }) => times as number), 1)).toBeLessThanOrEqual(
      kills + 1,
    );
  }
}
