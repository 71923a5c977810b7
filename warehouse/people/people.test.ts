/** Buyers' file: rewritten each night under a new key, forgotten with the connection, and the only one that names them. */
import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { order, pullOrders, seconds, select, shopStreams } from '../records/testing.ts';
import { openTestWarehouse, type TestWarehouse } from '../testing.ts';

const noon = new Date('2026-11-24T12:00:00Z');
const days = (count: number) => new Date(noon.getTime() + count * 86_400_000);

let test: TestWarehouse;
let connectionId: string;
let connections = 0;
beforeAll(async () => {
  test = await openTestWarehouse({ streams: shopStreams });
});
beforeEach(async () => {
  test.now = noon;
  connectionId = `p${++connections}`;
  await test.warehouse.create(connectionId, 'tiktok-shop');
});
afterAll(() => test.close());

const names = () =>
  select(test, connectionId, 'people', 'select name from {file}.shop_order_buyers order by all');
const keys = () =>
  test.keyring
    .list()
    .map(({ keyId }) => keyId)
    .filter((id) => id.startsWith(`file:${connectionId}.people`));
const peopleFiles = async () =>
  (await readdir(test.options.folder)).filter((name) => name.startsWith(`${connectionId}.people`));

describe('the rewrite of a night', () => {
  it('takes along whose time is not over, under a new key; the old one is destroyed', async () => {
    const placed = { create_time: seconds('2026-08-01T00:00:00Z') };
    await pullOrders(test, connectionId, 1, [
      order(1, 2),
      order(2, 2, { status: 'COMPLETED' }),
      order(3, 10, { status: 'CANCELLED' }),
      order(4, 2, placed),
    ]);
    expect(await names()).toEqual(['Canary 1', 'Canary 2', 'Canary 3', 'Canary 4']);
    const first = keys();
    expect(await test.warehouse.rewritePeople(connectionId, noon)).toMatchObject({
      kept: 4,
      removed: 0,
      destroyed: [{ keyId: first[0], replicas: 2 }],
    });
    expect(keys()).toEqual([`file:${connectionId}.people.2`]);
    expect(await test.warehouse.rewritePeople(connectionId, days(8))).toMatchObject({ removed: 2 });
    expect(await names()).toEqual(['Canary 1', 'Canary 3']);
    expect(await test.warehouse.rewritePeople(connectionId, days(16))).toMatchObject({
      removed: 1,
    });
    expect(await names()).toEqual(['Canary 1']);
    expect(await test.warehouse.rewritePeople(connectionId, days(97))).toMatchObject({
      removed: 1,
    });
    expect(await names()).toEqual([]);
    expect(keys()).toEqual([`file:${connectionId}.people.5`]);
    expect(await peopleFiles()).toEqual([`${connectionId}.people.5.duckdb`]);
  });

  it('forgets earlier where it is configured so', async () => {
    await pullOrders(test, connectionId, 1, [order(1, 10, { status: 'COMPLETED' })]);
    await test.warehouse.close();
    await test.open({ buyersDays: 14 });
    expect(await test.warehouse.rewritePeople(connectionId, days(-1))).toMatchObject({ kept: 1 });
    expect(await test.warehouse.rewritePeople(connectionId, noon)).toMatchObject({ removed: 1 });
    await test.warehouse.close();
    await test.open();
  });

  it('lets loads go on, and none twice', async () => {
    const pull = { pullId: 'again' };
    await pullOrders(test, connectionId, 1, [order(1, 2)], pull);
    await test.warehouse.rewritePeople(connectionId, noon);
    await pullOrders(test, connectionId, 2, [order(1, 3, { recipient_address: { name: 'C***' } })]);
    expect(await pullOrders(test, connectionId, 1, [order(1, 9)], pull)).toMatchObject({
      repeated: true,
    });
    expect(await names()).toEqual(['C***']);
  });

  it('runs beside loads without losing one', async () => {
    const loads = Array.from({ length: 6 }, (_, at) =>
      pullOrders(test, connectionId, at, [order(at + 1, 2)]),
    );
    const rewrites = [1, 2].map(() => test.warehouse.rewritePeople(connectionId, noon));
    await Promise.all([...loads, ...rewrites]);
    expect(await names()).toHaveLength(6);
    expect(keys()).toHaveLength(1);
    expect(await peopleFiles()).toHaveLength(1);
  });
});

describe('a connection that has ended', () => {
  it('has no buyers: no key, no file, no landed page; connected again it begins anew', async () => {
    await pullOrders(test, connectionId, 1, [order(1, 2)]);
    await test.warehouse.rewritePeople(connectionId, noon);
    const destroyed = await test.warehouse.forgetPeople(connectionId);
    expect(destroyed.map(({ keyId }) => keyId)).toEqual([`file:${connectionId}.people.2`]);
    expect([keys(), await peopleFiles()]).toEqual([[], []]);
    expect(await test.warehouse.forgetPeople(connectionId)).toEqual([]);
    expect(test.warehouse.connectionsWithPeople()).not.toContain(connectionId);
    await expect(pullOrders(test, connectionId, 2, [order(2, 3)])).rejects.toMatchObject({
      code: 'WAREHOUSE_FILE_MISSING',
    });
    await test.warehouse.create(connectionId, 'tiktok-shop');
    await pullOrders(test, connectionId, 3, [order(3, 3)]);
    expect(await names()).toEqual(['Canary 3']);
  });
});

it('of an ads connection there is no people file', async () => {
  await test.warehouse.create('ads', 'tiktok-ads');
  expect(await readdir(test.options.folder)).toContain('ads.facts.duckdb');
  expect(
    (await readdir(test.options.folder)).filter((name) => name.startsWith('ads.people')),
  ).toEqual([]);
});

it('nothing that names a buyer is in any table of the facts file', async () => {
  await pullOrders(test, connectionId, 1, [order(1, 2, { buyer_message: 'Canary' }), order(2, 99)]);
  const search = async (file: 'facts' | 'people', canary: string) => {
    const tables = await select(
      test,
      connectionId,
      file,
      `select schema_name || '.' || table_name from duckdb_tables()
       where database_name = '${file}_${connectionId}'`,
    );
    expect(tables.length).toBeGreaterThan(5);
    const counts = tables.map((table) => {
      const [schema, name] = table.split('.');
      return `select count(*) as n from "${file}_${connectionId}"."${schema}"."${name}" t
        where t::VARCHAR ilike '%${canary}%'`;
    });
    const sum = `select sum(n) from (${counts.join(' union all ')})`;
    return Number((await select(test, connectionId, file, sum))[0]);
  };
  const canaries = ['Canary 1', 'canary1@', '7494049642642449999'];
  for (const canary of canaries) {
    expect(await search('people', canary), canary).toBeGreaterThan(0);
    expect(await search('facts', canary), canary).toBe(0);
  }
  expect(await search('facts', '576912345678900001')).toBeGreaterThan(0);
});
