import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  dailyRow,
  openTestWarehouse,
  page,
  pullInto,
  type TestWarehouse,
  testStreams,
} from './testing.ts';

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

const pull = (given: Parameters<typeof pullInto>[1]) =>
  pullInto(test.warehouse, { connectionId, ...given });

async function adRows(parameters: Record<string, unknown> = {}): Promise<string[]> {
  const report = await test.warehouse.report(
    'ad-performance',
    { from: '2026-11-01', to: '2026-11-30', groupBy: 'ad', ...parameters },
    [{ id: connectionId, currency: 'EUR', timeZone: null }],
  );
  const rows = await report.read('json');
  await report.close();
  return rows.map((row) => `${row.ad_id} ${row.spend} ${row.impressions}`);
}

describe('report rows', () => {
  it('stay, change or close against what was known, and can be read as of then', async () => {
    const rows = [dailyRow(1, '2026-11-02'), dailyRow(2, '2026-11-02'), dailyRow(4, '2026-11-03')];
    expect(await pull({ at: 1, rows })).toMatchObject({ rowsRead: 3, added: 3 });
    const second = await pull({
      at: 2,
      rows: [
        dailyRow(1, '2026-11-02'),
        dailyRow(2, '2026-11-02', { spend: '2.000' }),
        dailyRow(3, '2026-11-03'),
      ],
    });
    expect(second).toMatchObject({ added: 1, changed: 1, closed: 1, unchanged: 1 });
    expect(await adRows()).toEqual(['1 1.5000 100', '2 2.0000 100', '3 1.5000 100']);
    const then = await adRows({ asOf: '2026-11-24T01:30:00Z' });
    expect(then).toEqual(['1 1.5000 100', '2 1.5000 100', '4 1.5000 100']);
    expect(await adRows({ asOf: '2026-11-24T00:30:00Z' })).toEqual([]);
  });

  it('of an older pull never replace those of a newer one', async () => {
    await pull({ at: 5, rows: [dailyRow(1, '2026-11-02', { spend: '9' })] });
    const older = await pull({
      at: 4,
      rows: [dailyRow(1, '2026-11-02'), dailyRow(2, '2026-11-02')],
    });
    expect(older).toMatchObject({ added: 0, changed: 0, closed: 0, discarded: 2 });
    expect(await adRows()).toEqual(['1 9.0000 100']);
  });

  it('are loaded once, however often the load is asked for', async () => {
    const rows = [dailyRow(1, '2026-11-02')];
    const first = await pull({ pullId: 'same', rows });
    const again = await pull({ pullId: 'same', rows: [dailyRow(7, '2026-11-02')] });
    expect(again).toEqual({ ...first, repeated: true });
    expect(await adRows()).toEqual(['1 1.5000 100']);
    expect(
      existsSync(join(test.options.landingFolder, connectionId, 'ads_reports_daily', 'same')),
    ).toBe(false);
  });

  it('left out by an asynchronous report stay unless a later listing knows their entity to live', async () => {
    const ad = (id: number, status: string) => ({
      ad_id: id,
      ad_name: 'n',
      secondary_status: status,
    });
    await pull({
      stream: 'ads',
      rows: [ad(1, 'AD_STATUS_DELETE'), ad(2, 'AD_STATUS_DELIVERY_OK')],
    });
    await pull({ at: 1, rows: [1, 2, 3].map((id) => dailyRow(id, '2026-11-02')) });
    const deletedSince = await pull({ at: 2, rows: [], listsDeleted: false });
    expect(deletedSince).toMatchObject({ closed: 0 });
    await pull({ at: 4, stream: 'ads', rows: [ad(2, 'AD_STATUS_DELIVERY_OK')] });
    const task = await pull({
      at: 3,
      rows: [dailyRow(4, '2026-11-02', { spend: '7' }), dailyRow(4, '2026-11-02')],
      totalNumber: null,
      listsDeleted: false,
    });
    expect(task).toMatchObject({ added: 1, closed: 1, quarantined: 0 });
    expect(task.completeness).toBe('unverifiable');
    expect(await adRows()).toEqual(['1 1.5000 100', '3 1.5000 100', '4 1.5000 100']);
    const complete = await pull({ at: 5, rows: [dailyRow(4, '2026-11-02')] });
    expect(complete).toMatchObject({ closed: 2, unchanged: 1 });
  });

  it('of an answer that was cut off are kept beside those it leaves out, and count as unverifiable', async () => {
    await pull({ rows: [1, 2].map((id) => dailyRow(id, '2026-11-02')) });
    const rows = [dailyRow(2, '2026-11-02', { spend: '7' }), dailyRow(3, '2026-11-02')];
    const cut = await pull({ at: 1, rows, cut: true });
    expect(cut).toMatchObject({ added: 1, changed: 1, closed: 0, completeness: 'unverifiable' });
    expect(await adRows()).toEqual(['1 1.5000 100', '2 7.0000 100', '3 1.5000 100']);
  });

  it('keep ids beyond 2^53, exact decimals, nulls, empty texts and every character', async () => {
    const texts = ['', null, 'a\x1fb\x1ec\x1dd', '\x1df', '"quoted", \\ 漢字 🎈', '\u0000'];
    const rows = texts.map((ad_text, at) => dailyRow(at + 1, '2026-11-02', { ad_text }));
    await pull({ rows });
    const bare = JSON.stringify(dailyRow(0, '2026-11-03')).replace('"0"', '1783345233410059999');
    const odd = dailyRow('9223372036854775807', '2026-11-03', {
      spend: '-',
      impressions: '10505.0',
    });
    await pull({
      window: { from: '2026-11-03', to: '2026-11-03' },
      pages: [Buffer.from(`{"code":0,"data":{"list":[${bare},${JSON.stringify(odd)}]}}`)],
    });
    expect(await readColumn('ad_text', `stat_time_day = '2026-11-02'`)).toEqual(texts);
    expect(await readColumn('ad_id', `stat_time_day = '2026-11-03'`)).toEqual([
      1783345233410059999n,
      9223372036854775807n,
    ]);
    expect(await readColumn('impressions', `ad_id > 9000000000000000000`)).toEqual([10505n]);
    expect(await readColumn('spend', `ad_id > 9000000000000000000`)).toEqual([null]);
  });

  it('that cannot be read are quarantined and counted; the others are loaded', async () => {
    const result = await pull({
      totalNumber: 6,
      rows: [
        dailyRow(1, '2026-11-02'),
        dailyRow(2, '2026-12-01'),
        dailyRow(3, '2026-11-02', { spend: '1.00001' }),
        dailyRow('9223372036854775808', '2026-11-02'),
        dailyRow(5, '2026-02-30'),
        'not a row',
      ],
    });
    expect(result).toMatchObject({ rowsRead: 6, added: 1, quarantined: 5, completeness: 'moving' });
    expect(await test.warehouse.quarantine(connectionId)).toEqual(
      [
        'ad_id does not fit id',
        'not an object',
        'outside the window',
        'spend does not fit money',
        'stat_time_day does not fit day',
      ].map((reason) => ({ stream: 'ads_reports_daily', reason, rows: 1 })),
    );
    expect(readdirSync(join(test.options.quarantineFolder, connectionId))).toHaveLength(1);
  });

  it('have unknown fields counted by name', async () => {
    const rows = [dailyRow(1, '2026-11-02', { new_metric: '1' }), dailyRow(2, '2026-11-02')];
    const result = await pull({ rows: [{ ...rows[0], extra: 1 }, rows[1]] });
    expect(result.unknownFields).toEqual({ 'metrics.new_metric': 1, extra: 1 });
    await pull({ at: 1, rows: [rows[0]] });
    const [first] = await test.warehouse.unknownFields(connectionId);
    expect(await test.warehouse.unknownFields(connectionId)).toMatchObject([
      { field: 'extra', rows: 1 },
      { field: 'metrics.new_metric', rows: 2, lastSeenAt: new Date('2026-11-24T01:00:00Z') },
    ]);
    expect(first?.stream).toBe('ads_reports_daily');
  });
});

describe('completeness', () => {
  const rows = [dailyRow(1, '2026-11-02'), dailyRow(2, '2026-11-02')];

  it.each([
    ['verified', { totalMetrics: { spend: '3.000', impressions: '200', ctr: '77' } }],
    ['counted', { totalMetrics: { spend: '3.001' } }],
    ['counted', { totalMetrics: { ctr: '1' } }],
    ['moving', { totalNumber: 3 }],
    ['moving', { moving: true }],
    ['unverifiable', { totalNumber: null }],
  ] as const)('is %s for %j', async (completeness, given) => {
    expect(await pull({ rows, ...given })).toMatchObject({ completeness });
    const coverage = await test.warehouse.coverage(connectionId);
    expect(coverage).toHaveLength(30);
    expect(coverage.find(({ from }) => from === '2026-11-02')).toMatchObject({
      stream: 'ads_reports_daily',
      to: '2026-11-02',
      completeness,
      rows: 2,
    });
  });

  it('is moving when a key came twice; the later row counts, the other is kept aside', async () => {
    const twice = [...rows, dailyRow(1, '2026-11-02', { spend: '7' })];
    const result = await pull({ rows: twice, totalNumber: 2 });
    expect(result).toMatchObject({ added: 2, quarantined: 1, completeness: 'moving' });
    expect(await adRows()).toEqual(['1 7.0000 100', '2 1.5000 100']);
  });
});

describe('rows that a load gains', () => {
  it('add up to what the file holds, though windows overlap', async () => {
    const days = ['2026-11-02', '2026-11-03'];
    const first = await pull({ rows: days.map((day) => dailyRow(1, day)) });
    const window = { from: '2026-11-03', to: '2026-11-03' };
    const fresh = (...ads: number[]) => ads.map((ad) => dailyRow(ad, '2026-11-03'));
    const more = await pull({ at: 1, window, rows: fresh(1, 2, 3) });
    const fewer = await pull({ at: 2, window, rows: fresh(2) });
    const late = await pull({ at: 0, pullId: 'a', window, rows: fresh(1, 2, 3) });
    const gained = [first, more, fewer, late].map((one) => one.gained);
    expect(gained).toEqual([2, 2, -2, 0]);
    const held = await test.warehouse.coverage(connectionId);
    expect(held.reduce((sum, { rows }) => sum + rows, 0)).toBe(2);
  });
});

describe('a pull whose pages moved', () => {
  const rows = [dailyRow(1, '2026-11-02'), dailyRow(2, '2026-11-02')];

  it('brings rows again: the later one counts, none is a defect', async () => {
    const again = [...rows, rows[0], dailyRow(2, '2026-11-02', { spend: '7' })];
    const result = await pull({ rows: again, moving: true, totalNumber: 3 });
    expect(result).toMatchObject({
      ...{ rowsRead: 4, added: 2, duplicates: 2, quarantined: 0, completeness: 'moving' },
    });
    expect(await test.warehouse.quarantine(connectionId)).toEqual([]);
    expect(await adRows()).toEqual(['1 1.5000 100', '2 7.0000 100']);
  });

  it('may have lost a row between two pages, which stays until a pull is complete', async () => {
    await pull({ rows });
    const lost = await pull({ at: 1, rows: [rows[0]], moving: true, totalNumber: 2 });
    expect(lost).toMatchObject({ unchanged: 1, closed: 0, completeness: 'moving' });
    expect(await pull({ at: 2, rows: [rows[0]], totalNumber: 1 })).toMatchObject({ closed: 1 });
  });
});

describe('the hour that autumn repeats', () => {
  const hourly = (hour: string, spend: string) => {
    const { dimensions, metrics } = dailyRow(1, '2026-10-25', { spend }) as {
      dimensions: Record<string, string>;
      metrics: Record<string, string>;
    };
    return {
      dimensions: { ad_id: dimensions.ad_id, stat_time_hour: `2026-10-25 ${hour}` },
      metrics,
    };
  };
  const day = {
    stream: 'ads_reports_hourly',
    window: { from: '2026-10-25', to: '2026-10-25' },
  };

  it('keeps both rows, in any order of arrival, and only in that hour', async () => {
    const rows = [hourly('02:00:00', '5'), hourly('02:00:00', '3'), hourly('03:00:00', '1')];
    expect(await pull({ ...day, rows })).toMatchObject({ added: 3, completeness: 'counted' });
    const turned = await pull({ ...day, at: 1, rows: rows.toReversed() });
    expect(turned).toMatchObject({ unchanged: 3, changed: 0, closed: 0 });
    const wrong = await pull({ ...day, at: 2, rows: [...rows, hourly('03:00:00', '2')] });
    expect(wrong).toMatchObject({ quarantined: 1, completeness: 'moving' });
  });
});

describe('a load that fails', () => {
  it('leaves nothing when the fence aborts it', async () => {
    const abort = new AbortController();
    abort.abort();
    const rows = [dailyRow(1, '2026-11-02')];
    await expect(pull({ pullId: 'fenced', rows, signal: abort.signal })).rejects.toThrow();
    expect(await test.warehouse.coverage(connectionId)).toEqual([]);
    expect(await pull({ pullId: 'fenced', rows })).toMatchObject({ added: 1, repeated: false });
  });

  it('is rolled back whole when the fence closes right before its end', async () => {
    let checks = 0;
    // The third look at the signal is the one before COMMIT: every row is written by then.
    const signal = { throwIfAborted: () => void (++checks === 3 && fail()) } as AbortSignal;
    const fail = (): never => {
      throw new Error('fenced');
    };
    const rows = [dailyRow(1, '2026-11-02')];
    await expect(pull({ pullId: 'late', rows, signal })).rejects.toThrow('fenced');
    expect(await test.warehouse.coverage(connectionId)).toEqual([]);
    expect(await adRows()).toEqual([]);
    expect(await pull({ pullId: 'late', rows })).toMatchObject({ added: 1, repeated: false });
    expect(checks).toBe(3);
  });

  it('that is past its last look at the fence is waited for', async () => {
    let checks = 0;
    let settled: Promise<{ from: string }[]> | undefined;
    const { warehouse } = test;
    const settle = () => warehouse.settleWrites(connectionId);
    const throwIfAborted = (): void => {
      checks += 1;
      if (checks === 3) settled = settle().then(() => warehouse.coverage(connectionId));
    };
    const signal = { throwIfAborted } as AbortSignal;
    await settle();
    expect(await warehouse.coverage(connectionId)).toEqual([]);
    await pull({ rows: [dailyRow(1, '2026-11-02')], signal });
    expect(await settled).toHaveLength(30);
  });

  it.each([
    ['truncated JSON', page([dailyRow(1, '2026-11-02')]).subarray(0, 60)],
    ['an HTML page', Buffer.from('<html>502 Bad Gateway</html>')],
    ['an envelope without a list', Buffer.from('{"code":0,"data":{}}')],
  ])('says that %s cannot be read and loads none of its parts', async (_what, broken) => {
    const pages = [page([dailyRow(1, '2026-11-02')]), broken];
    await expect(pull({ pages })).rejects.toMatchObject({ code: 'PART_UNREADABLE' });
    expect(await test.warehouse.coverage(connectionId)).toEqual([]);
  });

  it('says when a part was never landed', async () => {
    const rows = [dailyRow(1, '2026-11-02')];
    await expect(pull({ rows, parts: 2 })).rejects.toMatchObject({ code: 'LANDED_PART_MISSING' });
  });
});

describe('asynchronous reports', () => {
  it('give the same rows as pages', async () => {
    const header =
      'ad_id,stat_time_day,campaign_id,adgroup_id,ad_text,spend,impressions,clicks,conversion,ctr,new';
    const csv = [
      header,
      '1,2026-11-02 00:00:00,11,21,"Te""x,\nt",1.500,100,10,1,10.00,x',
      '2,2026-11-02 00:00:00,11,21,Text,-,100,10,,10.00,x',
      '3,2026-11-02 00:00:00,11,21,Text,1,100,10,1,10.00',
    ].join('\n');
    const result = await pull({
      format: 'csv',
      pages: [Buffer.from(csv), Buffer.from(`${header}\n4,2026-11-02,1,2,"",1,1,1,1,1,\n`)],
      listsDeleted: false,
    });
    expect(result).toMatchObject({ rowsRead: 4, added: 3, completeness: 'unverifiable' });
    expect(result.unknownFields).toEqual({ new: 3 });
    const same = await pull({
      at: 1,
      rows: [
        dailyRow(1, '2026-11-02', { ad_text: 'Te"x,\nt' }),
        dailyRow(2, '2026-11-02', { spend: null, conversion: '-' }),
        dailyRow(4, '2026-11-02', {
          campaign_id: 1,
          adgroup_id: 2,
          ad_text: '',
          spend: 1,
          impressions: 1,
          clicks: 1,
          conversion: 1,
          ctr: 1,
        }),
      ],
    });
    expect(same).toMatchObject({ unchanged: 3, changed: 0, added: 0 });
  });
});

/** Straight from the file, while the warehouse has it closed. */
async function readColumn(column: string, condition: string): Promise<unknown[]> {
  const { openEngine, rowsOf } = await import('./engine.ts');
  const { FactsFiles } = await import('./files.ts');
  await test.warehouse.close();
  const engine = await openEngine(test.options);
  const facts = new FactsFiles({ ...test.options, engine, streams: testStreams });
  try {
    return await engine.using((connection) =>
      facts.read(connectionId, connection, async (alias) => {
        const rows = await rowsOf(
          connection,
          `select ${column} as value from "${alias}".ads_reports_daily
           where known_to is null and ${condition} order by ad_id`,
        );
        return rows.map(({ value }) => value);
      }),
    );
  } finally {
    await facts.close();
    engine.close();
    await test.open();
  }
}
