/**
 * Goal: whatever is asked, the API answers with a code and never breaks. Method: calls made of plausible and of absurd
 * parameter values, against a generated world. Not modelled: bodies that are no text.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createGeneratedWorld } from '../generator/create-generated-world.ts';
import { type Sandbox, startSandbox } from '../sandbox.ts';
import { getRaw, post } from '../sandbox-client.ts';

const world = createGeneratedWorld({ seed: 3, accounts: 1, ads: 8, days: 40 });
const advertiserId = world.accounts[0]!.advertiserId;
let sandbox: Sandbox;
let token: string;

beforeAll(async () => {
  sandbox = await startSandbox({ world, port: 0, quota: 'none', seed: 3 });
  token = sandbox.issueToken().accessToken;
});
afterAll(() => sandbox.close());

const absurd = fc.oneof(fc.string(), fc.json(), fc.integer(), fc.constantFrom('', '[]', '{}', '"'));
const status = '{"field_name":"ad_status","filter_type":"IN","filter_value":"[\\"STATUS_ALL\\"]"}';
const condition = '{"field_name":"spend","filter_type":"GREATER_THAN","filter_value":"1"}';
const plausible: Readonly<Record<string, readonly unknown[]>> = {
  report_type: ['BASIC', 'AUDIENCE', 'BC'],
  data_level: ['AUCTION_AD', 'AUCTION_ADGROUP', 'AUCTION_ADVERTISER', 'RESERVATION_AD'],
  dimensions: ['["ad_id"]', '["campaign_id","stat_time_hour"]', '["ad_id","age","gender"]'],
  metrics: [JSON.stringify([...world.metricNames]), '["ctr","reach"]', '["cash_spend"]'],
  start_date: ['2025-12-01', '2026-10-25', '2026-02-30'],
  end_date: ['2026-10-25', '2026-11-24', '2027-01-01'],
  query_lifetime: [true, false],
  filtering: [`[${status}]`, `[${condition}]`, '[null]', '{"primary_status":"STATUS_ALL"}'],
  order_field: ['spend', 'ctr', 'ad_name'],
  enable_total_metrics: [true],
  query_mode: ['CHUNK'],
  fields: ['["campaign_id","create_time"]', '["nonsense"]'],
  page: [1, 2, 99],
  page_size: [1, 1000],
};

const daily = {
  report_type: 'BASIC',
  data_level: 'AUCTION_AD',
  dimensions: '["ad_id","stat_time_day"]',
  metrics: '["spend","ad_name"]',
  start_date: '2026-10-20',
  end_date: '2026-11-10',
};

/** A good call with up to three parameters changed. */
const callLike = (good: Readonly<Record<string, unknown>>) => {
  const change = fc
    .constantFrom(...Object.keys(plausible))
    .chain((name) =>
      fc.tuple(fc.constant(name), fc.oneof(fc.constantFrom(...plausible[name]!), absurd)),
    );
  return fc
    .array(change, { maxLength: 3 })
    .map((changes): Record<string, unknown> => ({ ...good, ...Object.fromEntries(changes) }));
};

/** A code that the reference knows. */
async function expectAnswer(path: string, parameters: Record<string, unknown>): Promise<number> {
  const query = { advertiser_id: advertiserId, ...parameters };
  const response = await getRaw(sandbox, path, query, token);
  expect(response.status).toBe(200);
  const answer = (await response.json()) as { code: number };
  expect([0, 40002, 40011]).toContain(answer.code);
  return answer.code;
}

it('any report', async () => {
  const codes = new Map<number, number>();
  const property = fc.asyncProperty(callLike(daily), async (parameters) => {
    const code = await expectAnswer('report/integrated/get/', parameters);
    codes.set(code, (codes.get(code) ?? 0) + 1);
  });
  await fc.assert(property, { numRuns: 400 });
  expect([...codes.keys()].sort()).toEqual([0, 40002]);
});

it('any listing', async () => {
  const levels = fc.constantFrom('campaign', 'adgroup', 'ad');
  const property = fc.asyncProperty(levels, callLike({}), async (level, parameters) => {
    await expectAnswer(`${level}/get/`, parameters);
  });
  await fc.assert(property, { numRuns: 200 });
});

it('any body', async () => {
  const paths = fc.constantFrom('oauth2/access_token/', 'oauth/token/', 'report/task/create/');
  const property = fc.asyncProperty(paths, fc.object(), async (path, body) => {
    const answer = await post(sandbox, path, body as Record<string, unknown>, token);
    expect(answer.code).toBeGreaterThan(40000);
  });
  await fc.assert(property, { numRuns: 100 });
});
