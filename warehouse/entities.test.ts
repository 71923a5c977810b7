import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openEngine, rowsOf } from './engine.ts';
import { FactsFiles } from './files.ts';
import { openTestWarehouse, pullInto, type TestWarehouse, testStreams } from './testing.ts';

let test: TestWarehouse;
let connectionId: string;
let files = 0;
beforeAll(async () => {
  test = await openTestWarehouse({ streams: testStreams });
});
beforeEach(async () => {
  connectionId = `c${++files}`;
  await test.warehouse.create(connectionId);
});
afterAll(() => test.close());

const ad = (id: number, more: Record<string, unknown> = {}) => ({
  ad_id: String(id),
  ad_name: `Ad ${id}`,
  display_name: `Person ${id}`,
  secondary_status: 'AD_STATUS_DELIVERY_OK',
  modify_time: '2026-11-01 00:00:00',
  image_ids: ['b', { z: 1, a: null }],
  phone_number: '+49 30 1',
  ...more,
});

const list = (at: number, rows: unknown[], given: Parameters<typeof pullInto>[1] = {}) =>
  pullInto(test.warehouse, { connectionId, stream: 'ads', at, rows, ...given });

/** Every version, newest last: `name person deleted? current?` */
async function versions(): Promise<string[]> {
  await test.warehouse.close();
  const engine = await openEngine(test.options);
  const facts = new FactsFiles({ ...test.options, engine, streams: testStreams });
  try {
    const rows = await engine.using((connection) =>
      facts.read(connectionId, connection, (alias) =>
        rowsOf(
          connection,
          `select concat_ws(' ', ad_name, coalesce(display_name, '-'),
             case when deleted_at is null then 'lives' else 'deleted' end,
             case when known_to is null then 'now' else 'then' end) as version
           from "${alias}".ads order by ad_id, known_from`,
        ),
      ),
    );
    return rows.map(({ version }) => String(version));
  } finally {
    await facts.close();
    engine.close();
    await test.open();
  }
}

describe('entities', () => {
  it('get a version per change; what can be about a person is in the newest only', async () => {
    expect(await list(1, [ad(1), ad(2)])).toMatchObject({ added: 2, unknownFields: {} });
    expect(await list(2, [ad(1), ad(2)])).toMatchObject({ unchanged: 2, changed: 0 });
    const changed = ad(1, { ad_name: 'New', modify_time: '2026-11-02 00:00:00' });
    expect(await list(3, [changed, ad(2)])).toMatchObject({ changed: 1, unchanged: 1 });
    expect(await versions()).toEqual([
      'Ad 1 - lives then',
      'New Person 1 lives now',
      'Ad 2 Person 2 lives now',
    ]);
  });

  it('keep the newest change, in one listing and against what is known', async () => {
    const newer = ad(1, { ad_name: 'Newer', modify_time: '2026-11-03 00:00:00' });
    const result = await list(1, [newer, ad(1)], { totalNumber: 1 });
    expect(result).toMatchObject({ added: 1, quarantined: 1, completeness: 'moving' });
    expect(await list(2, [ad(1)])).toMatchObject({ unchanged: 1, changed: 0 });
    const undated = ad(1, { ad_name: 'Undated', modify_time: null });
    expect(await list(3, [undated])).toMatchObject({ changed: 1 });
    expect(await list(2, [ad(1)])).toMatchObject({ discarded: 1, changed: 0 });
    expect((await versions()).at(-1)).toBe('Undated Person 1 lives now');
  });

  it('are deleted by their status', async () => {
    await list(1, [ad(1)]);
    await list(2, [ad(1, { secondary_status: 'AD_STATUS_ADGROUP_DELETE' })]);
    expect((await versions()).at(-1)).toBe('Ad 1 Person 1 deleted now');
  });

  it('are deleted when two complete listings in a row leave them out, and come back', async () => {
    await list(1, [ad(1), ad(2)]);
    expect(await list(2, [ad(2)])).toMatchObject({ closed: 0 });
    expect(await list(3, [ad(2)])).toMatchObject({ closed: 1 });
    expect(await list(4, [ad(2)])).toMatchObject({ closed: 0 });
    expect((await versions()).slice(0, 2)).toEqual([
      'Ad 1 - lives then',
      'Ad 1 Person 1 deleted now',
    ]);
    expect(await list(5, [ad(1), ad(2)])).toMatchObject({ changed: 1 });
    expect((await versions())[2]).toBe('Ad 1 Person 1 lives now');
  });

  it.each([
    ['a listing that moved', { moving: true }],
    ['one that does not add up', { totalNumber: 7 }],
    ['one without a total', { totalNumber: null }],
    ['one without deleted entities', { listsDeleted: false }],
  ])('are not taken for deleted by %s', async (_what, partial) => {
    await list(1, [ad(1), ad(2)]);
    await list(2, [ad(2)]);
    expect(await list(3, [ad(2)], partial)).toMatchObject({ closed: 0 });
    expect(await list(4, [ad(1), ad(2)], partial)).toMatchObject({ closed: 0 });
    // Seen in between: the next absence is a first one again.
    expect(await list(5, [ad(2)])).toMatchObject({ closed: 0 });
  });
});

describe('what planning asks', () => {
  it('finds the longest click window among the ad groups', async () => {
    const group = (id: number, window: string) => ({
      adgroup_id: id,
      adgroup_name: 'g',
      click_attribution_window: window,
    });
    expect(await test.warehouse.attributionDays(connectionId)).toBeNull();
    await list(1, [group(1, 'SEVEN_DAYS'), group(2, 'OFF')], { stream: 'ad_groups' });
    expect(await test.warehouse.attributionDays(connectionId)).toBe(7);
  });

  it('names what is listed, and what of it is deleted, a run of ids at a time', async () => {
    const idsOf = (stream: string, deletedOnly: boolean, offset = 0) =>
      test.warehouse.entityIds(connectionId, stream, { deletedOnly, offset, limit: 2 });
    expect(await idsOf('ads_reports_daily', false)).toEqual({ ids: [], total: 0 });
    const gone = { secondary_status: 'AD_STATUS_DELETE' };
    await list(1, [ad(3), ad(20), { ...ad(1), ...gone }]);
    expect(await idsOf('ads_reports_daily', false)).toEqual({ ids: ['1', '3'], total: 3 });
    expect(await idsOf('ads_reports_daily', false, 2)).toEqual({ ids: ['20'], total: 3 });
    expect(await idsOf('ads_reports_daily', true)).toEqual({ ids: ['1'], total: 1 });
    expect(await idsOf('campaigns', true)).toEqual({ ids: [], total: 0 });
  });

  it('has one row of coverage for a stream that is pulled whole', async () => {
    await list(1, [ad(1)]);
    expect(await test.warehouse.coverage(connectionId)).toEqual([
      {
        stream: 'ads',
        from: '0001-01-01',
        to: '9999-12-31',
        completeness: 'counted',
        rows: 1,
        pulledAt: new Date('2026-11-24T01:00:00Z'),
      },
    ]);
  });
});

describe('streams that are appended', () => {
  it('take each key once', async () => {
    const row = (id: number) => ({ dimensions: { ad_id: id }, metrics: { spend: '1' } });
    expect(await list(1, [row(1), row(2)], { stream: 'statements' })).toMatchObject({ added: 2 });
    const again = await list(2, [row(2), row(3)], { stream: 'statements' });
    expect(again).toMatchObject({ added: 1, unchanged: 1 });
  });
});
