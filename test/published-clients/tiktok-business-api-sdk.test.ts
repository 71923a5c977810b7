/** TikTok's own JavaScript SDK reads the sandbox unchanged; only the host in its configuration is ours. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGeneratedWorld } from '../../sandbox/generator/create-generated-world.ts';
import { type Sandbox, startSandbox } from '../../sandbox/sandbox.ts';
import { fetchNpmClient } from './fetch-client.ts';
import { spendByAdAndDay, trueSpendByAdAndDay } from './truth.ts';

/** The part of the SDK that is used here. */
type Callback = (error: Error | null, data: SdkAnswer) => void;
interface SdkAnswer {
  readonly data: {
    readonly access_token?: string;
    readonly task_id?: string;
    readonly status?: string;
    readonly list?: readonly Record<string, unknown>[];
    readonly page_info?: { readonly total_page: number };
  };
}
type Method = (...args: readonly unknown[]) => void;
type Api = new (client: unknown) => Record<string, Method>;
interface Sdk {
  readonly ApiClient: new () => { basePath: string };
  readonly AuthenticationApi: Api;
  readonly AccountManagementApi: Api;
  readonly CampaignCreationApi: Api;
  readonly AdgroupApi: Api;
  readonly AdApi: Api;
  readonly ReportingApi: Api;
}

const world = createGeneratedWorld({ seed: 12, accounts: 2, ads: 40, days: 30 });
const accounts = world.accounts.map((account) => account.advertiserId);
const callback = 'http://127.0.0.1:3000/callback';

describe('tiktok-business-api-sdk-official 1.1.3', () => {
  let sandbox: Sandbox;
  let sdk: Sdk;
  let token: string;

  beforeAll(async () => {
    const client = await fetchNpmClient('tiktok-business-api-sdk-official', '1.1.3');
    sdk = await import(/* @vite-ignore */ pathToFileURL(join(client, 'src/index.js')).href);
    const timing = { queuingMs: 0, processingMs: 0 };
    sandbox = await startSandbox({
      world,
      port: 0,
      quota: 'none',
      seed: 12,
      redirectUris: [callback],
      taskTiming: timing,
    });
  }, 240_000);
  afterAll(() => sandbox?.close());

  function call(api: keyof Sdk, method: string, ...args: readonly unknown[]): Promise<SdkAnswer> {
    const client = new sdk.ApiClient();
    client.basePath = sandbox.origin;
    const instance = new (sdk[api] as Api)(client);
    return new Promise((resolve, reject) => {
      const done: Callback = (error, data) => (error ? reject(error) : resolve(data));
      instance[method]!.call(instance, ...args, done);
    });
  }

  it('exchanges a code for a token', async () => {
    const code = sandbox.authorisations.issueCode(accounts, [1, 2, 4]);
    const { appId, secret } = sandbox.app;
    const body = { app_id: appId, secret, auth_code: code };
    const answer = await call('AuthenticationApi', 'oauth2AccessToken', { body });
    token = answer.data.access_token!;
    const listed = await call('AuthenticationApi', 'oauth2AdvertiserGet', appId, secret, token);
    expect(listed.data.list!.map((row) => row.advertiser_id)).toEqual(accounts);
  });

  it('lists accounts and all kinds of entities', async () => {
    const info = await call('AccountManagementApi', 'advertiserInfo', accounts, token, {});
    expect(info.data.list!.map((row) => row.advertiser_id)).toEqual(accounts);
    const advertiserId = accounts[0]!;
    const options = { page_size: 1000, filtering: { primary_status: 'STATUS_ALL' } };
    for (const [api, method, level] of [
      ['CampaignCreationApi', 'campaignGet', 'campaign'],
      ['AdgroupApi', 'adgroupGet', 'adgroup'],
      ['AdApi', 'adGet', 'ad'],
    ] as const) {
      const answer = await call(api, method, advertiserId, token, options);
      const known = world.entities(level, advertiserId, sandbox.clock.now());
      expect(answer.data.list!.map((row) => row[`${level}_id`]).sort()).toEqual(
        known.map(({ id }) => id).sort(),
      );
    }
  });

  it.each(accounts)('reads a report page by page that adds up to the truth: %s', async (id) => {
    const status = { field_name: 'ad_status', filter_type: 'IN', filter_value: '["STATUS_ALL"]' };
    const options = {
      advertiser_id: id,
      data_level: 'AUCTION_AD',
      dimensions: ['ad_id', 'stat_time_day'],
      metrics: ['spend', 'impressions'],
      start_date: '2026-10-26',
      end_date: '2026-11-24',
      page_size: 100,
      filtering: [status],
    };
    const rows: Record<string, unknown>[] = [];
    for (let page = 1, pages = 1; page <= pages; page += 1) {
      const query = { ...options, page };
      const answer = await call('ReportingApi', 'reportIntegratedGet', 'BASIC', token, query);
      rows.push(...answer.data.list!);
      pages = answer.data.page_info!.total_page;
    }
    const read = rows.map(({ dimensions, metrics }) => ({
      adId: (dimensions as Record<string, string>).ad_id!,
      day: (dimensions as Record<string, string>).stat_time_day!,
      spend: (metrics as Record<string, string>).spend,
    }));
    const question = { advertiserId: id, from: '2026-10-26', to: '2026-11-24' };
    const truth = trueSpendByAdAndDay(world, sandbox.clock.now(), question, true);
    expect(rows.length).toBeGreaterThan(100);
    expect(spendByAdAndDay(read)).toEqual(truth);
  });

  it('creates and checks a task', async () => {
    const body = {
      advertiser_id: accounts[0],
      report_type: 'BASIC',
      data_level: 'AUCTION_AD',
      dimensions: ['ad_id', 'stat_time_day'],
      metrics: ['spend'],
      start_date: '2026-10-26',
      end_date: '2026-11-24',
    };
    const created = await call('ReportingApi', 'reportTaskCreate', token, { body });
    const task = created.data.task_id;
    const checked = await call('ReportingApi', 'reportTaskCheck', task, accounts[0], token);
    expect(checked.data.status).toBe('SUCCESS');
  });

  it('is told of a refusal in its own way', async () => {
    const refused = call('AdApi', 'adGet', accounts[0], 'wrong', {});
    await expect(refused).rejects.toThrow('code: 40105');
  });
});
