import { describe, expect, test } from 'vitest';
import { dayMs } from '../calendar.ts';
import type { EntityLevel } from '../world.ts';
import { createGeneratedWorld } from './create-generated-world.ts';

const world = createGeneratedWorld({ seed: 9, accounts: 1, ads: 200, days: 60 });
const { advertiserId } = world.accounts[0]!;
const at = (days: number) => new Date(world.startsAt.getTime() + days * dayMs);
const list = (level: EntityLevel, days: number) => world.entities(level, advertiserId, at(days));

describe('entities', () => {
  test('belong to their parents', () => {
    const campaigns = new Set(list('campaign', 0).map(({ id }) => id));
    const adgroups = new Map(list('adgroup', 0).map((entity) => [entity.id, entity]));
    expect(list('ad', 0).length).toBe(200);
    for (const ad of list('ad', 0)) {
      expect(ad.id).toMatch(/^\d{16}$/);
      expect(campaigns).toContain(ad.campaignId);
      expect(adgroups.get(ad.adgroupId!)?.campaignId).toBe(ad.campaignId);
    }
  });

  test('carry what their record says', () => {
    for (const level of ['campaign', 'adgroup', 'ad'] as const) {
      for (const entity of list(level, 0)) {
        const { record } = entity;
        expect(record[`${level}_id`]).toBe(entity.id);
        expect(record.create_time).toBe(utcSeconds(entity.createdAt));
        expect(record.modify_time ?? null).toBe(entity.modifiedAt && utcSeconds(entity.modifiedAt));
        expect(String(record.secondary_status).endsWith('_DELETE')).toBe(entity.deleted);
      }
    }
  });

  test('are modified as time goes on, with new budgets', () => {
    const then = new Map(list('adgroup', 0).map((entity) => [entity.id, entity]));
    const changed = list('adgroup', 10).filter((entity) => {
      const before = then.get(entity.id)!;
      const moved = entity.modifiedAt! > before.modifiedAt!;
      if (!moved) expect(entity.record).toEqual(before.record);
      return moved && entity.record.budget !== before.record.budget;
    });
    expect(changed.length).toBeGreaterThan(5);
    expect(list('adgroup', 10).every(({ modifiedAt }) => modifiedAt! <= at(10))).toBe(true);
  });

  test('appear when they are created', () => {
    expect(list('ad', -30).length).toBeLessThan(200);
    expect(list('ad', -30).every(({ createdAt }) => createdAt <= at(-30))).toBe(true);
  });

  test('of Smart+ campaigns have ads without modify_time', () => {
    const smart = list('campaign', 0).filter((each) => each.record.is_smart_performance_campaign);
    expect(smart.length).toBeGreaterThan(0);
    const ads = list('ad', 0).filter((ad) => smart.some(({ id }) => id === ad.campaignId));
    expect(ads.every((ad) => ad.modifiedAt === null && !('modify_time' in ad.record))).toBe(true);
    expect(ads.length).toBeGreaterThan(0);
  });

  test('are bought in all three ways', () => {
    expect(new Set(list('ad', 0).map(({ buyingType }) => buyingType))).toEqual(
      new Set(['AUCTION', 'RESERVATION_RF', 'RESERVATION_TOP_VIEW']),
    );
  });
});

function utcSeconds(instant: Date): string {
  return instant.toISOString().slice(0, 19).replace('T', ' ');
}
