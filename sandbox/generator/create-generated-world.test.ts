import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { dayMs } from '../calendar.ts';
import type { ReportQuery, World } from '../world.ts';
import { createGeneratedWorld } from './create-generated-world.ts';

const world = createGeneratedWorld({ seed: 3, accounts: 4, ads: 60, days: 40 });

function dailyByAd(of: World, account: number): ReportQuery {
  return {
    advertiserId: of.accounts[account]!.advertiserId,
    reportType: 'BASIC',
    dataLevel: 'AUCTION_AD',
    dimensions: ['ad_id', 'stat_time_day'],
    metrics: [...of.metricNames],
    from: '2026-10-20',
    to: '2026-11-23',
    lifetime: false,
    includeDeleted: true,
    newestAdsMax: null,
    mergeRepeatedHour: false,
  };
}

function allOf(of: World): string {
  const texts = of.accounts.map(({ advertiserId, record }, index) =>
    JSON.stringify([
      record,
      of.entities('ad', advertiserId, of.startsAt).map((entity) => entity.record),
      of.report(dailyByAd(of, index), of.startsAt).json(0, 1_000_000),
    ]),
  );
  return texts.join('');
}

describe('a generated world', () => {
  test('is the same in every process', () => {
    const module = fileURLToPath(new URL('./create-generated-world.ts', import.meta.url));
    const script = `
      import { createGeneratedWorld } from ${JSON.stringify(module)};
      const world = createGeneratedWorld({ seed: 3, accounts: 4, ads: 60, days: 40 });
      const texts = world.accounts.map(({ advertiserId, record }) => JSON.stringify([
        record,
        world.entities('ad', advertiserId, world.startsAt).map((entity) => entity.record),
        world.report({ ...${JSON.stringify(dailyByAd(world, 0))}, advertiserId }, world.startsAt)
          .json(0, 1_000_000),
      ]));
      process.stdout.write(texts.join(''));`;
    const elsewhere = execFileSync(
      process.execPath,
      ['--input-type=module', '--no-warnings', '-e', script],
      { encoding: 'utf8', maxBuffer: 2 ** 28 },
    );
    expect(elsewhere === allOf(world)).toBe(true);
    const other = createGeneratedWorld({ seed: 4, accounts: 4, ads: 60, days: 40 });
    expect(allOf(other) === allOf(world)).toBe(false);
  });

  test('has accounts ahead of UTC, with DST and behind it, and ids above 2^53', () => {
    expect(world.accounts.map(({ timeZone, currency }) => [timeZone, currency])).toEqual([
      ['Asia/Shanghai', 'CNY'],
      ['Europe/Berlin', 'EUR'],
      ['Etc/GMT+8', 'USD'],
      ['Asia/Tokyo', 'JPY'],
    ]);
    for (const { advertiserId } of world.accounts) {
      expect(advertiserId).toMatch(/^\d{19}$/);
      expect(String(Number(advertiserId))).not.toBe(advertiserId);
    }
  });

  test('sends money with three decimals, and none in yen', () => {
    const spends = (account: number) =>
      world.report(dailyByAd(world, account), world.startsAt).rows(0, 200);
    expect(spends(1).every((row) => /^\d+\.\d{3}$/.test(String(row.metrics.spend)))).toBe(true);
    expect(spends(3).every((row) => /^\d+$/.test(String(row.metrics.spend)))).toBe(true);
  });

  test('says “not known” by null and by a dash', () => {
    const rows = world.report(dailyByAd(world, 0), world.startsAt).rows(0, 2000);
    const values = new Set(rows.map((row) => row.metrics.secondary_goal_result));
    expect(values).toContain(null);
    expect(values).toContain('-');
    expect(rows.some((row) => /^\d+$/.test(String(row.metrics.secondary_goal_result)))).toBe(true);
  });
});

describe('pages of a report', () => {
  test('put together are the whole, in JSON and in CSV', () => {
    const answer = world.report(dailyByAd(world, 2), world.startsAt);
    expect(answer.total).toBeGreaterThan(500);
    const rows = [];
    let csv = '';
    for (let offset = 0; offset < answer.total; offset += 97) {
      rows.push(...answer.rows(offset, 97));
      csv += answer.csv(offset, 97);
    }
    expect(rows).toEqual(answer.rows(0, answer.total));
    expect(csv).toBe(answer.csv(0, answer.total).toString());
    const keys = rows.map(({ dimensions: d }) => `${d.ad_id} ${d.stat_time_day}`);
    expect(new Set(keys).size).toBe(answer.total);
    expect(answer.json(answer.total, 10).toString()).toBe('[]');
  });

  test('in CSV carry the same values, quoted where needed, after the header', () => {
    const query = { ...dailyByAd(world, 0), metrics: ['spend', 'adgroup_name', 'reach'] };
    const answer = world.report(query, world.startsAt);
    const row = answer.rows(5, 1)[0]!;
    const name = String(row.metrics.adgroup_name);
    expect(name).toContain('"');
    const header = ['ad_id', 'day', 'spend', 'name', 'reach'];
    expect(answer.csv(5, 1, header).toString()).toBe(
      `ad_id,day,spend,name,reach\n${row.dimensions.ad_id},${row.dimensions.stat_time_day},` +
        `${row.metrics.spend},"${name.replaceAll('"', '""')}",${row.metrics.reach}\n`,
    );
  });

  test('do not move between two restatements, once their hours are known', () => {
    const query = { ...dailyByAd(world, 1), to: '2026-11-22' };
    const at = (time: string) => String(world.report(query, new Date(time)).json(0, 1_000_000));
    const early = at('2026-11-24T12:00:00Z');
    expect(at('2026-11-24T23:59:00Z')).toBe(early);
    expect(at('2026-11-25T11:59:59Z')).toBe(early);
    expect(at('2026-11-25T12:00:00Z')).not.toBe(early);
  });
});

describe('deleted entities', () => {
  const now = new Date(world.startsAt.getTime() + 6 * dayMs);
  const account = world.accounts[0]!.advertiserId;
  const idsOf = (includeDeleted: boolean) =>
    new Set(
      world
        .report({ ...dailyByAd(world, 0), includeDeleted }, now)
        .rows(0, 1_000_000)
        .map((row) => row.dimensions.ad_id),
    );

  test('leave reports unless asked for, and keep their spend', () => {
    const deleted = world.entities('ad', account, now).filter((entity) => entity.deleted);
    expect(deleted.length).toBeGreaterThan(2);
    const all = idsOf(true);
    const kept = idsOf(false);
    expect(deleted.filter(({ id }) => all.has(id)).length).toBeGreaterThan(1);
    expect(deleted.filter(({ id }) => kept.has(id))).toEqual([]);
    expect(all.size).toBeGreaterThan(kept.size);
  });

  test('are seen to go at their instant, with all that is in them', () => {
    const campaign = world.entities('campaign', account, now).find((each) => each.deleted)!;
    const before = new Date(campaign.modifiedAt!.getTime() - 1);
    const find = (at: Date) =>
      world.entities('campaign', account, at).find((e) => e.id === campaign.id)!;
    expect(find(before).record.secondary_status).toBe('CAMPAIGN_STATUS_ENABLE');
    expect(find(campaign.modifiedAt!).record.secondary_status).toBe('CAMPAIGN_STATUS_DELETE');
    const ads = world.entities('ad', account, now).filter((ad) => ad.campaignId === campaign.id);
    expect(ads.length).toBeGreaterThan(0);
    expect(ads.every((ad) => ad.record.secondary_status === 'AD_STATUS_DELETE')).toBe(true);
  });
});

describe('the cut of an account with many ads', () => {
  test('keeps the newest and says so', () => {
    const query = dailyByAd(world, 1);
    const whole = world.report(query, world.startsAt);
    const cut = world.report({ ...query, newestAdsMax: 20 }, world.startsAt);
    const newest = world.entities('ad', query.advertiserId, world.startsAt).slice(0, 20);
    const ids = new Set(cut.rows(0, cut.total).map((row) => row.dimensions.ad_id));
    expect([whole.cut, cut.cut]).toEqual([false, true]);
    expect(cut.total).toBeLessThan(whole.total);
    expect([...ids].filter((id) => !newest.some((ad) => ad.id === id))).toEqual([]);
  });

  test('does not concern what is asked for by id', () => {
    const query = dailyByAd(world, 1);
    const whole = world.report(query, world.startsAt);
    const oldest = whole.rows(whole.total - 1, 1)[0]!.dimensions.ad_id!;
    const asked = { ...query, newestAdsMax: 20 };
    const cut = world.report(asked, world.startsAt);
    expect(cut.rows(0, cut.total).map((row) => row.dimensions.ad_id)).not.toContain(oldest);
    const byId = world.report({ ...asked, adIds: [oldest] }, world.startsAt);
    expect(byId.cut).toBe(false);
    expect(byId.total).toBeGreaterThan(0);
  });
});
