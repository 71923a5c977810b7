import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createHandMadeWorld, firstAccount, worldNow } from './hand-made-world.ts';
import { type RequestEntry, RequestLog } from './request-log.ts';
import { type Sandbox, startSandbox } from './sandbox.ts';
import { control, get } from './sandbox-client.ts';

let sandbox: Sandbox;
const start = (statePath?: string) =>
  startSandbox({ world: createHandMadeWorld(), port: 0, quota: 'none', seed: 1, statePath });

beforeAll(async () => {
  sandbox = await start();
});
afterAll(() => sandbox.close());

it('the clock starts after the last fact, runs on, and goes where it is put', async () => {
  const read = async () => new Date((await control<{ now: string }>(sandbox, 'clock')).now);
  expect((await read()).getTime()).toBeGreaterThanOrEqual(worldNow.getTime());
  expect((await read()).getTime()).toBeLessThan(worldNow.getTime() + 60_000);
  await control(sandbox, 'clock', { now: '2027-01-01T00:00:00Z' });
  expect((await read()).toISOString()).toMatch(/^2027-01-01T00:00:/);
  await control(sandbox, 'clock', { advanceMs: 86_400_000 });
  expect((await read()).toISOString()).toMatch(/^2027-01-02T00:00:/);
  await control(sandbox, 'clock', { offsetMs: 0 });
  expect(Math.abs((await read()).getTime() - Date.now())).toBeLessThan(10_000);
  expect(await control(sandbox, 'clock', { now: 'soon' })).toMatchObject({ statusCode: 400 });
  expect(await control(sandbox, 'clock', {})).toMatchObject({ statusCode: 400 });
});

it('the log says what was asked and answered, and holds no token', async () => {
  await control(sandbox, 'requests', undefined, 'DELETE');
  const { accessToken, tokenId } = sandbox.issueToken();
  await get(sandbox, 'ad/get/', { advertiser_id: firstAccount, page: 2 }, accessToken);
  await get(sandbox, 'ad/get/', { advertiser_id: firstAccount }, 'wrong');
  const entries = await control<RequestEntry[]>(sandbox, 'requests');
  expect(entries).toMatchObject([
    { path: 'ad/get/', advertiserId: firstAccount, tokenId, code: 0, page: '2', httpStatus: 200 },
    { path: 'ad/get/', code: 40105 },
  ]);
  expect(JSON.stringify(entries)).not.toContain(accessToken);
  const later = `requests?since=${entries[0]!.sequence}`;
  expect(await control<RequestEntry[]>(sandbox, later)).toHaveLength(1);
});

it('the log keeps the newest entries only', () => {
  const log = new RequestLog(10);
  const entry = { path: 'ad/get/' } as RequestEntry;
  for (let index = 0; index < 105; index += 1) log.add(entry);
  expect(log.since().map(({ sequence }) => sequence)).toEqual(
    Array.from({ length: 10 }, (_, index) => 96 + index),
  );
});

it('tokens and the clock outlive a restart', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'sandbox-'));
  const statePath = join(folder, 'state.json');
  try {
    const first = await start(statePath);
    const { accessToken } = first.issueToken();
    const { accessToken: lost } = first.issueToken([firstAccount]);
    first.authorisations.revoke(first.authorisations.find(lost)!);
    await control(first, 'clock', { now: '2027-06-01T00:00:00Z' });
    await first.close();
    const second = await start(statePath);
    expect(second.clock.now().toISOString()).toMatch(/^2027-06-01T00:00/);
    expect(second.app).toEqual(first.app);
    expect((await get(second, 'user/info/', {}, accessToken)).code).toBe(0);
    expect((await get(second, 'user/info/', {}, lost)).code).toBe(40105);
    await second.close();
  } finally {
    await rm(folder, { recursive: true });
  }
});

it('accounts, entities and truth are told to tests', async () => {
  expect(await control<unknown[]>(sandbox, 'accounts')).toHaveLength(2);
  const entities = await control<unknown[]>(
    sandbox,
    `entities?level=ad&advertiserId=${firstAccount}`,
  );
  expect(entities).toHaveLength(6);
  const question = { advertiserId: firstAccount, groupBy: ['day'], metrics: ['spend'] };
  expect(await control(sandbox, 'truth', { ...question, from: null, to: null })).toEqual([]);
  expect(await control(sandbox, 'app')).toMatchObject({ appId: sandbox.app.appId });
});

it('a redirect address can be registered', async () => {
  const uri = 'http://127.0.0.1:4000/callbacks/oauth/tiktok-ads';
  expect(await control(sandbox, 'redirect-uris', { uri })).toContain(uri);
});

it('listens on loopback', () => {
  expect(new URL(sandbox.origin).hostname).toBe('127.0.0.1');
});
