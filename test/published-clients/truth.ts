/** What a client's rows add up to, and what the sandbox's own truth says they should. */
import type { TruthQuestion, World } from '../../sandbox/world.ts';

/** Money and counts in thousandths, as whole numbers. */
export function thousandths(value: unknown): number {
  return Math.round(Number(value) * 1000);
}

export type SpendByAdAndDay = Readonly<Record<string, number>>;

export function spendByAdAndDay(
  rows: readonly { adId: string; day: string; spend: unknown }[],
): SpendByAdAndDay {
  const sums: Record<string, number> = {};
  for (const { adId, day, spend } of rows) {
    const key = `${adId} ${day.slice(0, 10)}`;
    sums[key] = (sums[key] ?? 0) + thousandths(spend);
  }
  return sums;
}

/** Reports hide deleted ads unless asked, so the truth is told with or without them. */
export function trueSpendByAdAndDay(
  world: World,
  now: Date,
  question: Pick<TruthQuestion, 'advertiserId' | 'reportType' | 'from' | 'to'>,
  includeDeleted: boolean,
): SpendByAdAndDay {
  const { advertiserId } = question;
  const rows = world.truth({ ...question, groupBy: ['day', 'ad_id'], metrics: ['spend'] }, now);
  const ads = world.entities('ad', advertiserId, now);
  const deleted = new Set(ads.filter((ad) => ad.deleted).map((ad) => ad.id));
  return spendByAdAndDay(
    rows
      .map(({ group, sums }) => ({ adId: group.ad_id!, day: group.day!, spend: sums.spend }))
      .filter(({ adId }) => includeDeleted || !deleted.has(adId)),
  );
}
