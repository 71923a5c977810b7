import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  dailyRow,
  openTestWarehouse,
  pullInto,
  type TestWarehouse,
  testStreams,
} from './testing.ts';

describe('a load of report rows', () => {
  let test: TestWarehouse;
  beforeAll(async () => {
    test = await openTestWarehouse({ streams: testStreams });
    await test.warehouse.create('c1');
  });
  afterAll(() => test.close());

  it('adds, keeps, changes and closes rows, and reports on them', async () => {
    const first = await pullInto(test.warehouse, {
      rows: [dailyRow(1, '2026-11-02'), dailyRow(2, '2026-11-02'), dailyRow(1, '2026-11-03')],
    });
    expect(first).toMatchObject({
      rowsRead: 3,
      added: 3,
      completeness: 'counted',
      repeated: false,
    });
    const second = await pullInto(test.warehouse, {
      at: 1,
      rows: [
        dailyRow(1, '2026-11-02'),
        dailyRow(1, '2026-11-03', { spend: '2.000' }),
        dailyRow(3, '2026-11-03'),
      ],
    });
    expect(second).toMatchObject({ added: 1, changed: 1, closed: 1, unchanged: 1 });
    const report = await test.warehouse.report(
      'ad-performance',
      { from: '2026-11-01', to: '2026-11-30', groupBy: 'day' },
      [{ id: 'c1', currency: 'EUR', timeZone: null }],
    );
    expect(await report.read('json')).toEqual([
      expect.objectContaining({ day: '2026-11-02', currency: 'EUR', spend: '1.5000', clicks: 10 }),
      expect.objectContaining({ day: '2026-11-03', currency: 'EUR', spend: '3.5000', clicks: 20 }),
    ]);
    expect(report.sources[0]).toMatchObject({ days: { asked: 30, counted: 30, missing: 0 } });
    await report.close();
  });
});
