import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGeneratedWorld } from '../../generator/create-generated-world.ts';
import { type Sandbox, startSandbox } from '../../sandbox.ts';
import { control, get } from '../../sandbox-client.ts';
import { createShopWorld } from '../../shop/generator/create-shop-world.ts';
import type { GmvTruth } from './gmv-max-truth.ts';

type Row = Readonly<Record<string, unknown>>;
interface ReportRow {
  readonly dimensions: Readonly<Record<string, string>>;
  readonly metrics: Readonly<Record<string, string>>;
}

const world = createGeneratedWorld({ seed: 4, accounts: 3, ads: 4, days: 5 });
const shops = createShopWorld({ seed: 4, shops: 2, products: 30, startsAt: world.startsAt });
let sandbox: Sandbox;
let token: string;

beforeAll(async () => {
  sandbox = await startSandbox({ world, port: 0, quota: 'none', seed: 4, shop: { world: shops } });
  token = sandbox.issueToken().accessToken;
});
afterAll(() => sandbox.close());

const idOf = (account: number) => world.accounts[account]!.advertiserId;
const ask = (path: string, parameters: Row = {}, account = 0) =>
  get(sandbox, path, { advertiser_id: idOf(account), ...parameters }, token);
const storeOf = async (account: number) =>
  ((await ask('gmv_max/store/list/', {}, account)).data.store_list as readonly Row[])[0]!;

describe('stores', () => {
  it('are the shops, each exclusive to one account', async () => {
    const stores = await Promise.all([0, 1, 2].map(storeOf));
    const ids = shops.shops.map(({ id }) => id);
    expect(stores.map(({ store_id }) => store_id)).toEqual([ids[0], ids[1], ids[0]]);
    expect(stores.map((store) => store.is_gmv_max_available)).toEqual([true, true, false]);
    const plain = (await ask('store/list/')).data.stores as readonly Row[];
    expect(plain.map(({ store_id }) => store_id)).toEqual([ids[0]]);
  });

  it('have the products of the shop, by the ids they have there', async () => {
    const { store_id, store_authorized_bc_id: bc_id } = await storeOf(0);
    const { data } = await ask('store/product/get/', { store_id, bc_id, page_size: 100 });
    const known = shops.productsOf(shops.shops[0]!.id).filter(({ status }) => status !== 'DELETED');
    const rows = data.store_products as readonly Row[];
    expect(rows.map(({ item_group_id }) => item_group_id)).toEqual(known.map(({ id }) => id));
    const foreign = { store_id: shops.shops[1]!.id, bc_id };
    expect((await ask('store/product/get/', foreign)).code).toBe(40_002);
  });

  it('are none in a sandbox without shops', async () => {
    const plain = await startSandbox({ world, port: 0, quota: 'none', seed: 4 });
    try {
      const { accessToken } = plain.issueToken();
      const { data } = await get(
        plain,
        'gmv_max/store/list/',
        { advertiser_id: idOf(0) },
        accessToken,
      );
      expect(data.store_list).toEqual([]);
    } finally {
      await plain.close();
    }
  });
});

it('campaigns are listed by type and described', async () => {
  const list = async (types: readonly string[]) =>
    (await ask('gmv_max/campaign/get/', { filtering: { gmv_max_promotion_types: types } })).data
      .list!;
  expect(await list(['PRODUCT_GMV_MAX', 'LIVE_GMV_MAX'])).toHaveLength(2);
  const [campaign] = await list(['PRODUCT_GMV_MAX']);
  const { campaign_id } = campaign!;
  const info = (await ask('campaign/gmv_max/info/', { campaign_id })).data;
  expect(info).toMatchObject({ campaign_id, store_id: shops.shops[0]!.id });
  expect(info.item_group_ids).toHaveLength(20);
  expect((await ask('gmv_max/campaign/get/')).code).toBe(40_002);
});

describe('reports', () => {
  const metrics = ['cost', 'orders', 'gross_revenue', 'roi', 'campaign_name'];
  const report = async (over: Row, account = 0) => {
    const { store_id } = await storeOf(account);
    return ask(
      'gmv_max/report/get/',
      { store_ids: [store_id], metrics, page_size: 1000, ...over },
      account,
    );
  };
  const rowsOf = async (over: Row, account = 0) => {
    const { code, data } = await report(over, account);
    expect(code).toBe(0);
    expect(data.page_info!.total_page).toBe(1);
    return data.list as unknown as readonly ReportRow[];
  };
  const window = { start_date: '2026-10-20', end_date: '2026-11-18' };

  it.each([0, 1, 2])('of account %i add up to the truth by day and by product', async (account) => {
    const { store_id } = await storeOf(account);
    const query = new URLSearchParams({
      ...{ advertiserId: idOf(account), storeId: String(store_id) },
      ...{ from: window.start_date, to: window.end_date },
    });
    const truth = await control<GmvTruth>(sandbox, `gmv-max/truth?${query}`);
    const days = await rowsOf({ ...window, dimensions: ['stat_time_day'] }, account);
    expect(days).toHaveLength(30);
    const costs = days.map(({ dimensions, metrics: row }) => [
      dimensions.stat_time_day!.slice(0, 10),
      row.cost,
    ]);
    expect(Object.fromEntries(costs)).toEqual(truth.costByDay);
    const products = await rowsOf({ ...window, dimensions: ['item_group_id'] }, account);
    const revenue = products.map(({ dimensions, metrics: row }) => [
      dimensions.item_group_id,
      row.gross_revenue,
    ]);
    expect(Object.fromEntries(revenue)).toEqual(truth.revenueByProduct);
    const whole = await rowsOf({ ...window, dimensions: ['advertiser_id'] }, account);
    expect(whole[0]!.metrics).toMatchObject({ cost: truth.cost, orders: String(truth.orders) });
  });

  it('narrow to types of campaign, and go down to posts and hours', async () => {
    const day = { start_date: '2026-11-10', end_date: '2026-11-10' };
    const byCampaign = await rowsOf({
      ...{ ...day, dimensions: ['campaign_id'] },
      filtering: { gmv_max_promotion_types: ['LIVE'] },
    });
    expect(byCampaign).toHaveLength(1);
    expect(byCampaign[0]!.metrics.campaign_name).toContain('live');
    const hours = await rowsOf({ ...day, dimensions: ['stat_time_hour'] });
    expect(hours).toHaveLength(24);
    const posts = await rowsOf({ ...day, dimensions: ['campaign_id', 'item_id'] });
    expect(posts.length).toBeGreaterThan(40);
  });

  it.each([
    [{ ...window, end_date: '2026-11-19', dimensions: ['stat_time_day'] }],
    [{ ...window, dimensions: ['stat_time_hour'] }],
    [{ ...window, start_date: '2025-11-10', dimensions: ['campaign_id'] }],
    [{ ...window, dimensions: ['colour'] }],
    [{ ...window, dimensions: ['campaign_id'], metrics: ['luck'] }],
    [{ ...window, dimensions: ['campaign_id'], store_ids: ['1'] }],
    [{ ...window, dimensions: ['campaign_id'], store_ids: ['1', '2'] }],
  ])('refuse %j', async (over) => {
    expect((await report(over)).code).toBe(40_002);
  });

  it('know nothing of hours to come', async () => {
    const future = { start_date: '2027-03-01', end_date: '2027-03-02' };
    expect((await report({ ...future, dimensions: ['campaign_id'] })).data.list).toEqual([]);
  });
});

it('reports have a quota of their own: 8 a second for a new app', async () => {
  const strict = await startSandbox({
    world,
    port: 0,
    quota: 'basic',
    seed: 4,
    shop: { world: shops },
  });
  try {
    strict.gmvMaxQuota.setLimits({ second: 0, minute: 9, day: 9 });
    const { accessToken } = strict.issueToken();
    const askStrict = (path: string) => get(strict, path, { advertiser_id: idOf(0) }, accessToken);
    expect((await askStrict('gmv_max/report/get/')).code).toBe(40_100);
    expect((await askStrict('gmv_max/store/list/')).code).toBe(0);
    expect(strict.violations.list()).toMatchObject([{ quota: 'gmv-max-report', clock: 'second' }]);
  } finally {
    await strict.close();
  }
});
