/** A tiny world for tests of the HTTP face: two accounts, a few entities, and report rows that are merely numbered. */
import type { EntityLevel, ReportQuery, World, WorldEntity } from './world.ts';

export const worldNow = new Date('2026-11-23T09:00:00Z');
export const firstAccount = '7298110042331234305';
export const secondAccount = '7298110099871234306';

export interface HandMadeOptions {
  /** Rows of each report. */
  readonly rows?: number;
  /** More ads than a synchronous report considers. */
  readonly cut?: boolean;
  readonly asked?: (query: ReportQuery, now: Date) => void;
}

function entity(level: EntityLevel, number: number, over: Partial<WorldEntity> = {}): WorldEntity {
  const id = `17833451200440${String(number).padStart(2, '0')}`;
  const record = {
    advertiser_id: firstAccount,
    campaign_id: '1783345120044001',
    [`${level}_id`]: id,
    campaign_name: null,
    operation_status: number === 2 ? 'DISABLE' : 'ENABLE',
    secondary_status:
      number === 2 ? `${level.toUpperCase()}_STATUS_DISABLE` : deliveringStatus(level),
  };
  return {
    id,
    campaignId: level === 'campaign' ? id : '1783345120044001',
    adgroupId: level === 'campaign' ? null : level === 'adgroup' ? id : '1783345120044001',
    createdAt: new Date('2026-09-02T08:14:20Z'),
    modifiedAt: new Date('2026-11-01T00:00:00Z'),
    deleted: false,
    buyingType: 'AUCTION',
    record,
    ...over,
  };
}

const deliveringStatus = (level: EntityLevel) =>
  level === 'campaign' ? 'CAMPAIGN_STATUS_ENABLE' : `${level.toUpperCase()}_STATUS_DELIVERY_OK`;

/** 1 plain, 2 disabled, 3 deleted, 4 old and never modified, 5 reserved, 6 top view. */
function entities(level: EntityLevel): readonly WorldEntity[] {
  return [
    entity(level, 1),
    entity(level, 2),
    entity(level, 3, { deleted: true }),
    entity(level, 4, { modifiedAt: null, createdAt: new Date('2025-01-01T00:00:00Z') }),
    entity(level, 5, { buyingType: 'RESERVATION_RF' }),
    entity(level, 6, { buyingType: 'RESERVATION_TOP_VIEW' }),
  ];
}

export function createHandMadeWorld(options: HandMadeOptions = {}): World {
  const { rows: total = 25, cut = false, asked } = options;
  const account = (advertiserId: string, name: string) => ({
    advertiserId,
    name,
    timeZone: 'Europe/Berlin',
    currency: 'EUR',
    record: { advertiser_id: advertiserId, name, currency: 'EUR', company_name_editable: true },
  });
  return {
    accounts: [account(firstAccount, 'Nordlys'), account(secondAccount, 'A "second" <account>')],
    startsAt: worldNow,
    metricNames: new Set(['spend', 'impressions', 'clicks', 'cash_spend', 'reach', 'ad_name']),
    conflict: () => null,
    entities: (level, advertiserId) => (advertiserId === firstAccount ? entities(level) : []),
    truth: () => [],
    report(query, now) {
      asked?.(query, now);
      const row = (number: number) => ({
        dimensions: Object.fromEntries(
          query.dimensions.map((name) => [
            name,
            name.startsWith('stat_time') ? `${query.from} 00:00:00` : String(1000 + number),
          ]),
        ),
        metrics: Object.fromEntries(
          query.metrics.map((name) => [name, name === 'ad_name' ? `ad, "${number}"` : `${number}`]),
        ),
      });
      const rows = (offset: number, limit: number) =>
        Array.from({ length: Math.max(0, Math.min(limit, total - offset)) }, (_, index) =>
          row(offset + index),
        );
      return {
        total,
        cut: cut && query.newestAdsMax !== null,
        rows,
        json: (offset, limit) => Buffer.from(JSON.stringify(rows(offset, limit))),
        csv: (offset, limit) => {
          const lines = rows(offset, limit)
            .map((one) => Object.values({ ...one.dimensions, ...one.metrics }).join(','))
            .map((line) => `${line}\n`);
          return Buffer.from(lines.join(''));
        },
        totals: () => ({ spend: '300.000' }),
      };
    },
  };
}
