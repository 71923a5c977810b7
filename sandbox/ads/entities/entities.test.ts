import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHandMadeWorld, firstAccount } from '../../hand-made-world.ts';
import { type Sandbox, startSandbox } from '../../sandbox.ts';
import { get } from '../../sandbox-client.ts';

let sandbox: Sandbox;
let token: string;

beforeAll(async () => {
  sandbox = await startSandbox({ world: createHandMadeWorld(), port: 0, quota: 'none', seed: 1 });
  token = sandbox.issueToken().accessToken;
});
afterAll(() => sandbox.close());

const list = (level: string, parameters: Record<string, unknown> = {}) =>
  get(sandbox, `${level}/get/`, { advertiser_id: firstAccount, ...parameters }, token);

/** Which of the world's entities came, by the number that ends their ids. */
async function numbers(level: string, filtering: Record<string, unknown>): Promise<number[]> {
  const { data } = await list(level, { filtering });
  return data.list!.map((record) => Number(String(record[`${level}_id`]).slice(-2)));
}

const id = (number: number) => `178334512004400${number}`;

describe.each(['campaign', 'adgroup', 'ad'])('%s/get/', (level) => {
  const prefix = level.toUpperCase();

  it('hides deleted entities and top views unless they are asked for', async () => {
    expect(await numbers(level, {})).toEqual([1, 2, 4, 5]);
    expect(await numbers(level, { primary_status: 'STATUS_ALL' })).toEqual([1, 2, 3, 4, 5]);
    expect(await numbers(level, { secondary_status: `${prefix}_STATUS_ALL` })).toEqual([
      1, 2, 3, 4, 5,
    ]);
    expect(await numbers(level, { primary_status: 'STATUS_DELETE' })).toEqual([3]);
    expect(await numbers(level, { buying_types: ['RESERVATION_TOP_VIEW'] })).toEqual([6]);
    expect(await numbers(level, { buying_types: ['RESERVATION_RF'] })).toEqual([5]);
  });

  it('filters by status, ids and time of creation', async () => {
    expect(await numbers(level, { primary_status: 'STATUS_DISABLE' })).toEqual([2]);
    expect(await numbers(level, { primary_status: 'STATUS_DELIVERY_OK' })).toEqual([1, 4, 5]);
    expect(await numbers(level, { primary_status: 'STATUS_NOT_DELIVERY' })).toEqual([2]);
    expect(await numbers(level, { secondary_status: `${prefix}_STATUS_DISABLE` })).toEqual([2]);
    expect(await numbers(level, { [`${level}_ids`]: [id(2), id(4)] })).toEqual([2, 4]);
    const created = { creation_filter_start_time: '2026-09-01 00:00:00' };
    expect(await numbers(level, created)).toEqual([1, 2, 5]);
  });

  it.each([
    [{ primary_status: 'STATUS_NONE' }, 40002],
    [{ secondary_status: 'OTHER_STATUS_ALL' }, 40002],
    [{ buying_types: ['RESERVATION_TOP_VIEW', 'AUCTION'] }, 40002],
    [{ buying_types: ['UNKNOWN'] }, 40002],
    [{ creation_filter_start_time: '2026-01-01 00:00:00' }, 40002],
    [{ creation_filter_start_time: '2026-09-01' }, 40002],
    [{ colour: 'blue' }, 40002],
    [{ campaign_ids: Array.from({ length: 101 }, () => '1') }, 40011],
  ])('refuses %j with %i', async (filtering, code) => {
    expect((await list(level, { filtering })).code).toBe(code);
  });

  it.each([
    [{ page_size: 0 }],
    [{ page_size: 1001 }],
    [{ page: 0 }],
    [{ page: 'x' }],
    [{ filtering: '[]' }],
    [{ filtering: '{' }],
    [{ fields: ['nonsense'] }],
    [{ exclude_field_types_in_response: ['OTHER'] }],
  ])('refuses %j', async (parameters) => {
    expect((await list(level, parameters)).code).toBe(40002);
  });

  it('pages by number, ten at a time unless told', async () => {
    const first = await list(level);
    expect(first.data.page_info).toEqual({
      page: 1,
      page_size: 10,
      total_number: 4,
      total_page: 1,
    });
    const third = await list(level, { page: 2, page_size: 3 });
    expect(third.data.list).toHaveLength(1);
    expect(third.data.page_info).toMatchObject({ total_number: 4, total_page: 2 });
  });

  it('gives the fields asked for, and no nulls when they are excluded', async () => {
    const { data } = await list(level, { fields: [`${level}_id`, 'campaign_name'] });
    expect(data.list![0]).toEqual({ [`${level}_id`]: id(1), campaign_name: null });
    const without = await list(level, { exclude_field_types_in_response: ['NULL_FIELD'] });
    expect(without.data.list![0]).not.toHaveProperty('campaign_name');
    expect(without.data.list![0]).toHaveProperty('operation_status');
  });
});

it('only ads can be asked for by modify time, within six months', async () => {
  const after = { modified_after: '2026-10-01 00:00:00' };
  expect(await numbers('ad', after)).toEqual([1, 2, 5]);
  expect((await list('campaign', { filtering: after })).code).toBe(40002);
  const old = { modified_after: '2026-01-01 00:00:00' };
  expect((await list('ad', { filtering: old })).code).toBe(40002);
});

it('top view ad groups come at most 100 a page', async () => {
  const filtering = { buying_types: ['RESERVATION_TOP_VIEW'] };
  expect((await list('adgroup', { filtering, page_size: 101 })).code).toBe(40002);
  expect((await list('adgroup', { filtering, page_size: 100 })).code).toBe(0);
  expect((await list('ad', { filtering, page_size: 101 })).code).toBe(0);
});

it('an advertiser must be named', async () => {
  expect((await get(sandbox, 'campaign/get/', {}, token)).code).toBe(40002);
});
