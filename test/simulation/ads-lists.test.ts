/**
 * Goal: creatives, audiences, pixels and GMV Max arrive as the sandbox has them, and are never asked for without
 * their scope. Method: a hub in this process; one account with every scope, one with those of ads and reports alone;
 * every row of the file held against TikTok's own answer, sums of GMV Max against a second count.
 */
import { afterEach, expect, test } from 'vitest';
import { accountTime, addDays } from '../../policy/days.ts';
import type { AdsListRequest, Stream } from '../../policy/stream.ts';
import { streams, streamsOf } from '../../policy/streams/index.ts';
import type { Connection } from '../../registry/registry.ts';
import { allScopes } from '../../sandbox/ads/access/scopes.ts';
import { createGeneratedWorld } from '../../sandbox/generator/create-generated-world.ts';
import { createShopWorld } from '../../sandbox/shop/generator/create-shop-world.ts';
import type { FactsFile } from '../facts-file.ts';
import { type RunningHub, startRunningHub } from '../running-hub.ts';
import { expectedRow, keyOf, parseExactly, storedRow } from '../sent-values.ts';

const lists = streamsOf('tiktok-ads').filter(({ request }) => request.kind === 'ads-list');
const entities = lists.filter(({ load }) => load === 'entity');
const backfillDays = 40;
/** No hour of any zone begins within ten minutes: what was pulled is what is known. */
const startsAt = new Date('2026-11-24T10:16:00Z');

let hub: RunningHub | undefined;
afterEach(() => hub?.close());

type Row = Readonly<Record<string, unknown>>;

async function ask(path: string, query: Row, accessToken?: string): Promise<string> {
  const url = new URL(path, hub!.sandbox.origin);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
  const headers = accessToken === undefined ? undefined : { 'Access-Token': accessToken };
  return (await fetch(url, headers && { headers })).text();
}

/** Rows of the first page, each with the objects around it under `^`. */
async function sentRows({ request, key }: Stream, accountId: string, pixelIds: string[]) {
  const { endpoint, rows, query, pageSize, days, per } = request as AdsListRequest;
  const today = hub!.sandbox.clock.now().toISOString().slice(0, 10);
  const text = await ask(
    `open_api/v1.3/${endpoint}`,
    {
      ...{ advertiser_id: accountId, ...query },
      ...(pageSize && { page_size: pageSize }),
      ...(per && { [per.name]: JSON.stringify(pixelIds) }),
      ...(days && {
        date_range: JSON.stringify({ start_date: addDays(today, -28), end_date: today }),
      }),
    },
    hub!.sandbox.issueToken().accessToken,
  );
  const { data } = parseExactly(text) as { data: Row };
  const found = rows.split('.').reduce<Row[]>(
    (level, name) =>
      level.flatMap((one) => {
        const member = one[name] as Row | Row[];
        return [member].flat().map((row) => ({ ...row, '^': one }));
      }),
    [data],
  );
  expect(found.length, `${endpoint} ${key}`).toBeGreaterThan(0);
  return found;
}

const texts = (rows: readonly unknown[]): string[] => rows.map((row) => JSON.stringify(row)).sort();

async function expectEqualLists(file: FactsFile, { accountId }: Connection): Promise<void> {
  const pixelIds = (await file.rows(streams.pixels)).map((row) => row.pixel_id!);
  for (const stream of entities) {
    const sent = await sentRows(stream, accountId, pixelIds);
    const stored = await file.rows(stream);
    const rows = stored.map((row) => storedRow(stream, row));
    expect(texts(rows), stream.name).toEqual(texts(sent.map((row) => expectedRow(stream, row))));
    expect(new Set(rows.map((row) => keyOf(stream, row))).size, stream.name).toBe(rows.length);
    expect(stored.filter((row) => row.deleted_at !== null)).toEqual([]);
  }
}

async function expectEqualSums(file: FactsFile, { accountId }: Connection): Promise<void> {
  const { timeZone } = hub!.sandbox.world.accounts.find((one) => one.advertiserId === accountId)!;
  const to = accountTime(hub!.sandbox.clock.now(), timeZone).day;
  const from = addDays(to, -backfillDays);
  const stores = await file.rows(streams.gmv_max_stores);
  expect(stores).toHaveLength(2);
  for (const { store_id: storeId } of stores) {
    const query = { advertiserId: accountId, storeId, from, to };
    const truth = JSON.parse(await ask('sandbox/gmv-max/truth', query)) as Row;
    const ofStore = `from gmv_max_reports_daily where known_to is null and campaign_id in
      (select campaign_id from gmv_max_campaigns where known_to is null and store_id = ${storeId})`;
    const sums = await file.query(
      `select sum(cost)::DECIMAL(18,2) as cost, sum(orders) as orders,
         sum(gross_revenue)::DECIMAL(18,2) as revenue ${ofStore}`,
    );
    expect(sums).toEqual([
      { cost: truth.cost, orders: String(truth.orders), revenue: truth.grossRevenue },
    ]);
    expect(await sumsBy(file, 'stat_time_day', 'cost', ofStore)).toEqual(truth.costByDay);
    const revenue = truth.revenueByProduct as Readonly<Record<string, string>>;
    expect(await sumsBy(file, 'item_group_id', 'gross_revenue', ofStore)).toEqual(revenue);
    expect(Object.keys(revenue).length).toBeGreaterThan(3);
  }
}

async function sumsBy(file: FactsFile, group: string, metric: string, rows: string) {
  const found = await file.query(
    `select ${group}::VARCHAR as name, sum(${metric})::DECIMAL(18,2) as sum ${rows} group by 1`,
  );
  return Object.fromEntries(found.map(({ name, sum }) => [name, sum]));
}

test('every list equals TikTok’s answer, GMV Max equals the truth, and scopes are obeyed', async () => {
  const world = createGeneratedWorld({ seed: 3, accounts: 2, ads: 40, days: 5, startsAt });
  const shopWorld = createShopWorld({ seed: 3, shops: 4, products: 9, startsAt });
  hub = await startRunningHub({ world, backfillDays, sandbox: { shop: { world: shopWorld } } });
  const [one, two] = world.accounts.map(({ advertiserId }) => advertiserId);
  const [all] = await hub.connect([one!], allScopes);
  const [few] = await hub.connect([two!]);
  await hub.caughtUp([all!.id, few!.id], { withinMs: 240_000 });
  await hub.settled(all!.id);
  await hub.settled(few!.id);
  expect(hub.unexpected).toEqual([]);

  const states = async (id: string) => (await hub!.starter.progress(id))!.streams;
  const refused = (await states(few!.id)).filter(({ state }) => state === 'not-authorised');
  // The scope of campaigns is that of GMV Max campaigns too.
  const ungranted = lists.filter(({ name }) => name !== 'gmv_max_campaigns');
  expect(refused.map(({ stream }) => stream).sort()).toEqual(
    ungranted.map(({ name }) => name).sort(),
  );
  expect((await states(all!.id)).filter(({ state }) => state !== 'idle')).toEqual([]);
  const log = JSON.parse(await ask('sandbox/requests', {})) as {
    path: string;
    advertiserId: string | null;
    code: number;
  }[];
  const askedFor = (accountId: string) =>
    lists.filter(({ request }) => {
      const { endpoint } = request as AdsListRequest;
      return log.some((call) => call.path.endsWith(endpoint) && call.advertiserId === accountId);
    });
  expect(askedFor(one!)).toHaveLength(lists.length);
  expect(askedFor(two!).map(({ name }) => name)).toEqual(['gmv_max_campaigns']);

  expect(await hub.warehouse.quarantine(all!.id)).toEqual([]);
  expect(await hub.warehouse.unknownFields(all!.id)).toEqual([]);
  const file = await hub.openFacts(all!.id);
  try {
    await expectEqualLists(file, all!);
    await expectEqualSums(file, all!);
  } finally {
    await file.close();
  }
}, 400_000);
