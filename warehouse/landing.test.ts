import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyId } from '../keyring/keyring.ts';
import { Landing } from './landing.ts';
import {
  dailyRow,
  openTestWarehouse,
  page,
  pullInto,
  type TestWarehouse,
  testStreams,
} from './testing.ts';

let test: TestWarehouse;
beforeAll(async () => {
  test = await openTestWarehouse({ streams: testStreams });
});
afterAll(() => test.close());

const pull = { connectionId: 'c1', stream: 'ads', pullId: 'p1' };
const land = (part: number, text: string, pullId = 'p1') =>
  test.warehouse.land({ ...pull, pullId, part, format: 'json', body: Buffer.from(text) });

describe('landing', () => {
  it('seals each part under its connection and day, and overwrites a repeated one', async () => {
    const landing = new Landing(test.options);
    await land(1, 'canary-first');
    await land(1, 'canary-second');
    const folder = join(test.options.landingFolder, 'c1', 'ads', 'p1');
    expect(readdirSync(folder)).toEqual(['1.json.sealed']);
    const bytes = readFileSync(join(folder, '1.json.sealed'));
    expect(bytes.subarray(0, 11).toString()).toBe('2026-11-24\n');
    expect(bytes.includes('canary')).toBe(false);
    const { format, body } = await landing.read(pull, 1);
    expect([format, body.toString()]).toEqual(['json', 'canary-second']);
  });

  it('opens no part under the name of another', async () => {
    const landing = new Landing(test.options);
    await land(1, 'x', 'p2');
    const folder = (name: string) => join(test.options.landingFolder, 'c1', 'ads', name);
    const { copyFileSync, mkdirSync } = await import('node:fs');
    mkdirSync(folder('p3'));
    copyFileSync(join(folder('p2'), '1.json.sealed'), join(folder('p3'), '1.json.sealed'));
    await expect(landing.read({ ...pull, pullId: 'p3' }, 1)).rejects.toMatchObject({
      code: 'SEAL_BROKEN',
    });
  });

  it('is gone when a pull starts over', async () => {
    await land(1, 'x', 'p4');
    await test.warehouse.discardPull('c1', 'ads', 'p4');
    expect(existsSync(join(test.options.landingFolder, 'c1', 'ads', 'p4'))).toBe(false);
  });

  it('is given up while parts of it still arrive, without an error that nobody foresaw', async () => {
    for (let round = 0; round < 20; round += 1) {
      const parts = Array.from({ length: 8 }, (_, part) =>
        land(part + 1, 'x', 'p7').catch(({ code }) => expect(code).toBe('LANDED_PART_MISSING')),
      );
      await test.warehouse.discardPull('c1', 'ads', 'p7');
      await Promise.all(parts);
    }
    await test.warehouse.discardPull('c1', 'ads', 'p7');
    expect(existsSync(join(test.options.landingFolder, 'c1', 'ads', 'p7'))).toBe(false);
  });

  it('is gone, all of it, when a sync begins anew', async () => {
    await land(1, 'x', 'p5');
    await land(1, 'x', 'p6');
    await test.warehouse.discardLanded('c1');
    expect(existsSync(join(test.options.landingFolder, 'c1'))).toBe(false);
  });

  it('is swept after seven days, by the day that the part itself names', async () => {
    await test.warehouse.sweepLanding(new Date('2027-06-01T00:00:00Z'));
    await land(1, 'x', 'p5');
    expect(await test.warehouse.sweepLanding(new Date('2026-12-01T23:00:00Z'))).toEqual({
      parts: 0,
    });
    expect(await test.warehouse.sweepLanding(new Date('2026-12-02T00:00:00Z'))).toEqual({
      parts: 1,
    });
    expect(readdirSync(test.options.landingFolder)).toEqual([]);
  });

  it('ends with the key of its day', async () => {
    await land(1, 'x', 'p6');
    await test.keyring.destroy([keyId('day', '2026-11-24')]);
    await expect(
      new Landing(test.options).read({ ...pull, pullId: 'p6' }, 1),
    ).rejects.toMatchObject({
      code: 'KEY_GONE',
    });
  });
});

describe('quarantine', () => {
  it('keeps rows sealed for thirty days, without unknown and dropped fields', async () => {
    await test.warehouse.create('c2');
    test.now = new Date('2026-11-25T00:00:00Z');
    const row = { ad_id: 'no id', ad_name: 'Name', phone_number: '+49', unknown: 'x' };
    await pullInto(test.warehouse, { connectionId: 'c2', stream: 'ads', pullId: 'q', rows: [row] });
    const landing = new Landing(test.options);
    const kept = await landing.readQuarantine({ connectionId: 'c2', stream: 'ads', pullId: 'q' });
    expect(kept).toMatchObject([{ reason: 'ad_id does not fit id', record: { ad_name: 'Name' } }]);
    expect(JSON.stringify(kept)).not.toMatch(/\+49|unknown/);
    const count = () =>
      readdirSync(join(test.options.quarantineFolder), { recursive: true }).length;
    await test.warehouse.sweepLanding(new Date('2026-12-25T00:00:00Z'));
    expect(count()).toBe(3);
    await test.warehouse.sweepLanding(new Date('2026-12-26T00:00:00Z'));
    expect(count()).toBe(0);
  });

  it('holds nothing of a pull that was fine', async () => {
    await test.warehouse.create('c3');
    const pages = [page([dailyRow(1, '2026-11-02')])];
    await pullInto(test.warehouse, { connectionId: 'c3', pages });
    expect(existsSync(join(test.options.quarantineFolder, 'c3'))).toBe(false);
  });
});
