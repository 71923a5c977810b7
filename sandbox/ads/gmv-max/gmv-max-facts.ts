/** What each promoted product cost and sold in each hour. Facts begin 90 days before the clock's start. */
import { dayMs, hourMs } from '../../calendar.ts';
import { hash } from '../../generator/hash.ts';
import type { GmvCampaign } from './stores.ts';

export interface GmvFact {
  /** In hundredths of the account's money. */
  readonly cost: number;
  readonly orders: number;
  readonly revenue: number;
}

const factDays = 90;

export const firstFactMs = (startsAt: Date): number => startsAt.getTime() - factDays * dayMs;

/** `hour` is counted from 1970. Two posts of a product share its facts: `post` is 0 or 1. */
export function gmvFactOf(
  campaign: GmvCampaign,
  product: number,
  post: number,
  hour: number,
): GmvFact {
  const mixed = hash(campaign.seed, product * 2 + post, hour);
  const cost = mixed % 4 === 0 ? 0 : 20 + (mixed % 480);
  const orders = mixed % 7 === 1 ? 1 + ((mixed >>> 8) % 3) : 0;
  return { cost, orders, revenue: orders * (700 + ((mixed >>> 12) % 4_000)) };
}

/** An hour is known once it is over. */
export const isKnown = (hour: number, phaseMs: number, now: Date): boolean =>
  (hour + 1) * hourMs + phaseMs <= now.getTime();
