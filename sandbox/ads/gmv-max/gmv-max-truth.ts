/**
 * What a reader of GMV Max must find, counted a second time: naive loops over every product and hour, with days as the
 * platform's own calendar names them.
 */
import { gmvFactOf, isKnown } from './gmv-max-facts.ts';
import type { GmvCampaign } from './stores.ts';

export interface GmvTruth {
  readonly cost: string;
  readonly orders: number;
  readonly grossRevenue: string;
  readonly costByDay: Readonly<Record<string, string>>;
  /** By product id of the shop. */
  readonly revenueByProduct: Readonly<Record<string, string>>;
}

const hourMs = 3_600_000;
const text = (hundredths: number): string => (hundredths / 100).toFixed(2);

const texts = (sums: ReadonlyMap<string, number>): Readonly<Record<string, string>> =>
  Object.fromEntries([...sums].map(([name, sum]) => [name, text(sum)]));

export function gmvTruth(input: {
  readonly campaigns: readonly GmvCampaign[];
  readonly timeZone: string;
  readonly startsAt: Date;
  readonly from: string;
  readonly to: string;
  readonly now: Date;
}): GmvTruth {
  const { campaigns, timeZone, from, to, now } = input;
  const dayFormat = new Intl.DateTimeFormat('en-CA', { timeZone });
  // Zones at half hours have their own whole hours.
  const minute = Number(
    new Intl.DateTimeFormat('en', { timeZone, minute: 'numeric' }).format(new Date(0)),
  );
  const phaseMs = ((60 - minute) % 60) * 60_000;
  const firstMs = input.startsAt.getTime() - 90 * 24 * hourMs;
  let [cost, orders, revenue] = [0, 0, 0];
  const costByDay = new Map<string, number>();
  const revenueByProduct = new Map<string, number>();
  for (let hour = Math.ceil((firstMs - phaseMs) / hourMs); isKnown(hour, phaseMs, now); hour += 1) {
    const day = dayFormat.format(hour * hourMs + phaseMs);
    if (day < from || day > to) continue;
    for (const campaign of campaigns) {
      campaign.products.forEach(({ id }, place) => {
        for (const post of [0, 1]) {
          const fact = gmvFactOf(campaign, place, post, hour);
          cost += fact.cost;
          orders += fact.orders;
          revenue += fact.revenue;
          costByDay.set(day, (costByDay.get(day) ?? 0) + fact.cost);
          revenueByProduct.set(id, (revenueByProduct.get(id) ?? 0) + fact.revenue);
        }
      });
    }
  }
  return {
    ...{ cost: text(cost), orders, grossRevenue: text(revenue) },
    ...{ costByDay: texts(costByDay), revenueByProduct: texts(revenueByProduct) },
  };
}
