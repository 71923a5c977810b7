/** The client against our own TikTok, which was written from the same reference by other hands. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accountTime, addDays } from '../../policy/days.ts';
import { HubError } from '../../policy/errors.ts';
import type { AdsListRequest, Stream } from '../../policy/stream.ts';
import { streamByName, streamsOf } from '../../policy/streams/index.ts';
import { wholeWindow } from '../../policy/windows.ts';
import { createGeneratedWorld } from '../../sandbox/generator/create-generated-world.ts';
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts';
import { createShopWorld } from '../../sandbox/shop/generator/create-shop-world.ts';
import { createEgress, type Egress } from '../egress.ts';
import { createTikTokAdsClient, type PullTarget, type TikTokAdsClient } from './client.ts';

let sandbox: Sandbox;
let egress: Egress;
let client: TikTokAdsClient;
let accessToken: string;

beforeAll(async () => {
  const startsAt = new Date('2026-11-24T10:00:00Z');
  const world = createGeneratedWorld({ seed: 7, accounts: 2, ads: 60, days: 12, startsAt });
  const taskTiming = { queuingMs: 0, processingMs: 0 };
  const shops = createShopWorld({ seed: 7, shops: 2, products: 6, startsAt });
  const shop = { world: shops };
  sandbox = await startSandbox({ world, port: 0, quota: 'none', seed: 7, taskTiming, shop });
  egress = createEgress({ allowedHosts: [], exactOrigin: sandbox.origin });
  client = createTikTokAdsClient({
    egress,
    baseUrl: sandbox.origin,
    consentBaseUrl: sandbox.origin,
    appId: sandbox.app.appId,
    secret: sandbox.app.secret,
    clock: { now: () => sandbox.clock.now() },
  });
  accessToken = sandbox.issueToken().accessToken;
});
afterAll(async () => {
  await client.close();
  await egress.close();
  await sandbox.close();
});

function target(stream: Stream): PullTarget {
  const account = sandbox.world.accounts[0]!;
  const today = accountTime(sandbox.clock.now(), account.timeZone).day;
  const days = stream.windowDaysMax;
  const window = days === null ? wholeWindow : { from: addDays(today, 1 - days), to: today };
  return { accessToken, accountId: account.advertiserId, stream, window };
}

type Row = Record<string, unknown>;

/** Real, and not sent by the sandbox. */
const unsent = new Set(['schedule_end_time']);

async function firstIds(stream: Stream): Promise<string[]> {
  const { body } = await client.pullPage({ ...target(stream), pass: 0, page: 1 });
  const { data } = JSON.parse(body.toString()) as { data: Record<string, Row[]> };
  const rows = data[(stream.request as AdsListRequest).rows]!;
  return [String(rows[0]![stream.key[0]!])];
}

const pathsOf = ([name, value]: [string, unknown]): string[] =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.keys(value).map((inner) => `${name}.${inner}`)
    : [name];
const namesOf = (entry: [string, unknown]): string[] => [entry[0], ...pathsOf(entry)];

describe('every stream', () => {
  const all = streamsOf('tiktok-ads');
  const isList = ({ request }: Stream): boolean => request.kind === 'ads-list';

  test.each(all.filter((stream) => !isList(stream)))('$name', async (stream) => {
    const pulled = await client.pullPage({ ...target(stream), pass: 0, page: 1 });
    expect(pulled.rows).toBeGreaterThan(0);
    const { data } = JSON.parse(pulled.body.toString()) as {
      data: { list: Record<string, object>[] };
    };
    expect(data.list).toHaveLength(pulled.rows);
    const paths = data.list.flatMap((row) =>
      stream.request.kind === 'report'
        ? ['dimensions', 'metrics'].flatMap((part) =>
            Object.keys(row[part]!).map((name) => `${part}.${name}`),
          )
        : Object.keys(row),
    );
    const named = [...stream.fields, ...stream.dropped].map(({ source }) => source);
    expect([...new Set(paths)].filter((path) => !named.includes(path))).toEqual([]);
  });

  test.each(all.filter(isList))('$name', async (stream) => {
    const request = stream.request as AdsListRequest;
    const ids = request.per && (await firstIds(streamByName(request.per.stream)!));
    const pulled = await client.pullPage({ ...target(stream), ids, pass: 0, page: 1 });
    const { data } = JSON.parse(pulled.body.toString()) as { data: Record<string, Row[]> };
    const [list, ...inside] = request.rows.split('.');
    const records = data[list!]!;
    expect(records.length).toBeGreaterThan(0);
    expect(pulled.rows).toBe(records.length);
    expect(pulled.totalNumber).toBe(inside.length > 0 ? null : records.length);
    const rows = inside.reduce<readonly Row[]>(
      (found, name) => found.flatMap((one) => one[name] as Row[]),
      records,
    );
    const named = [...stream.fields, ...stream.dropped].map(({ source }) => source);
    const isNamed = (path: string) => named.includes(path) || named.includes(path.split('.')[0]!);
    const paths = rows.flatMap((row) => Object.entries(row).flatMap(pathsOf));
    expect([...new Set(paths)].filter((path) => !isNamed(path))).toEqual([]);
    const sources = stream.fields.map(({ source }) => source).filter((one) => !one.startsWith('^'));
    const sent = new Set(rows.flatMap((row) => Object.entries(row).flatMap(namesOf)));
    expect(sources.filter((source) => !sent.has(source) && !unsent.has(source))).toEqual([]);
  });

  test.each(
    streamsOf('tiktok-ads').filter(({ request }) => request.kind === 'report' && request.taskable),
  )('$name as an asynchronous report', async (stream) => {
    const asked = target(stream);
    const { taskId } = await client.createReportTask(asked);
    expect(await client.checkReportTask({ ...asked, taskId })).toEqual({ status: 'SUCCESS' });
    const report = await client.downloadReportTask({ ...asked, taskId });
    const [header] = report.pieces[0]!.toString().split('\n');
    expect(report.rows).toBeGreaterThan(0);
    const names = header!.replaceAll('"', '').trim().split(',');
    const columns = stream.fields.map(({ name }) => name);
    expect(names.filter((name) => !columns.includes(name))).toEqual([]);
    expect(names).toHaveLength(columns.length);
  });
});

test('a token that was revoked is dead', async () => {
  const token = sandbox.issueToken().accessToken;
  const accounts = await client.listAdvertisers(token);
  expect(accounts.map(({ advertiserId }) => advertiserId)).toEqual(
    sandbox.world.accounts.map(({ advertiserId }) => advertiserId),
  );
  await client.revokeToken(token);
  const dead = await client.listAdvertisers(token).catch((error: unknown) => error);
  expect(dead).toBeInstanceOf(HubError);
  expect(dead).toMatchObject({ code: 'AUTHORISATION_DEAD' });
});

test('an account or a scope that was not granted is not permitted', async () => {
  const [one, two] = sandbox.world.accounts;
  const token = sandbox.issueToken([one!.advertiserId], [4]).accessToken;
  const stream = streamByName('campaigns')!;
  const pull = (more: Partial<PullTarget>) =>
    client.pullPage({ ...target(stream), accessToken: token, ...more, pass: 0, page: 1 });
  await expect(pull({})).rejects.toMatchObject({ code: 'NOT_PERMITTED' });
  const report = streamByName('ads_reports_daily')!;
  const window = target(report).window;
  await expect(pull({ stream: report, window })).resolves.toMatchObject({ totalPages: 1 });
  await expect(
    pull({ stream: report, window, accountId: two!.advertiserId }),
  ).rejects.toMatchObject({ code: 'NOT_PERMITTED' });
});

test('each of the three clocks says how long to wait', async () => {
  const page = () => client.pullPage({ ...target(streamByName('ads')!), pass: 0, page: 1 });
  const limits = { second: 3, minute: 10_000, day: 100_000 };
  sandbox.appQuota.setLimits(limits);
  const answers = await Promise.allSettled(Array.from({ length: 10 }, page));
  const refused = answers.filter((one) => one.status === 'rejected').map(({ reason }) => reason);
  expect(refused.length).toBeGreaterThan(0);
  expect(refused[0]).toMatchObject({
    code: 'TIKTOK_RATE_LIMITED',
    retryAfterMs: 1000,
    details: { limit: 'second' },
  });
  sandbox.appQuota.setLimits(null);
  sandbox.appQuota.pause('minute');
  await expect(page()).rejects.toMatchObject({
    retryAfterMs: 300_000,
    details: { limit: 'minute' },
  });
  sandbox.appQuota.pass(300_000);
  await expect(page()).resolves.toMatchObject({ throttled: false });
});
