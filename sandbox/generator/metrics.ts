/**
 * Every metric a report may ask for: a sum of facts, a ratio of sums, a figure of people, a name,
 * or never known.
 */
import type { Component } from './facts.ts';
import { at, components } from './facts.ts';

export type Metric =
  | { readonly kind: 'sum'; readonly of: Component; readonly money: boolean }
  | {
      readonly kind: 'ratio';
      readonly of: Component | 'reach';
      readonly by: Component | 'reach';
      /** `of / by * times`, where money counts in whole units of the currency. */
      readonly times: number;
      readonly decimals: 2 | 3 | 4;
      /** `0` where TikTok rounds to fewer decimals than it writes. */
      readonly suffix: '' | '0';
    }
  | { readonly kind: 'reach' }
  | { readonly kind: 'attribute' }
  /** Null in some entities and `-` in others: a goal that nobody set. */
  | { readonly kind: 'unknown' };

const moneyComponents: ReadonlySet<string> = new Set<Component>([
  'spend',
  'cash_spend',
  'voucher_spend',
  'total_purchase_value',
  'total_complete_payment_rate',
  'total_onsite_shopping_value',
]);

export function isMoney(component: Component | 'reach'): boolean {
  return moneyComponents.has(component);
}

const sums = components
  .filter((name) => name !== 'watched_hundredths')
  .map((name): [string, Metric] => [name, { kind: 'sum', of: name, money: isMoney(name) }]);

type Ratio = [Component | 'reach', Component | 'reach', number, 2 | 3 | 4, '0'?];

const ratios: Readonly<Record<string, Ratio>> = {
  cpc: ['spend', 'clicks', 1, 2, '0'],
  cpm: ['spend', 'impressions', 1000, 2, '0'],
  ctr: ['clicks', 'impressions', 100, 2],
  cost_per_1000_reached: ['spend', 'reach', 1000, 3],
  frequency: ['impressions', 'reach', 1, 2],
  cost_per_conversion: ['spend', 'conversion', 1, 3],
  conversion_rate: ['conversion', 'clicks', 100, 2],
  conversion_rate_v2: ['conversion', 'impressions', 100, 2],
  real_time_cost_per_conversion: ['spend', 'real_time_conversion', 1, 3],
  real_time_conversion_rate: ['real_time_conversion', 'clicks', 100, 2],
  real_time_conversion_rate_v2: ['real_time_conversion', 'impressions', 100, 2],
  cost_per_result: ['spend', 'result', 1, 4],
  result_rate: ['result', 'impressions', 100, 2],
  real_time_cost_per_result: ['spend', 'real_time_result', 1, 4],
  real_time_result_rate: ['real_time_result', 'impressions', 100, 2],
  average_video_play: ['watched_hundredths', 'video_play_actions', 0.01, 2],
  average_video_play_per_user: ['watched_hundredths', 'reach', 0.01, 2],
  profile_visits_rate: ['profile_visits', 'impressions', 100, 2],
  real_time_app_install_cost: ['spend', 'real_time_app_install', 1, 3],
  cost_per_app_install: ['spend', 'app_install', 1, 3],
  cost_per_complete_payment: ['spend', 'complete_payment', 1, 3],
  complete_payment_rate: ['complete_payment', 'clicks', 100, 2],
  complete_payment_roas: ['total_complete_payment_rate', 'spend', 1, 2],
  value_per_complete_payment: ['total_complete_payment_rate', 'complete_payment', 1, 3],
  cost_per_landing_page_view: ['spend', 'total_landing_page_view', 1, 3],
  landing_page_view_rate: ['total_landing_page_view', 'clicks', 100, 2],
  onsite_shopping_roas: ['total_onsite_shopping_value', 'spend', 1, 2],
};

/** Names rather than numbers, and from which level downwards they are known. */
export const attributeLevels = {
  advertiser_id: 0,
  advertiser_name: 0,
  currency: 0,
  campaign_id: 1,
  campaign_name: 1,
  objective_type: 1,
  adgroup_id: 2,
  adgroup_name: 2,
  placement_type: 2,
  promotion_type: 2,
  dpa_target_audience_type: 2,
  tt_app_id: 2,
  tt_app_name: 2,
  mobile_app_id: 2,
  ad_id: 3,
  ad_name: 3,
  ad_text: 3,
  image_mode: 3,
} as const;
export type Attribute = keyof typeof attributeLevels;

/** Settings that published clients ask for as metrics; no fact here says anything of them. */
const withoutFacts: readonly string[] = [
  ...['app_promotion_type', 'bid', 'bid_strategy', 'billing_event', 'budget', 'call_to_action'],
  ...['campaign_budget', 'campaign_dedicate_type', 'is_smart_creative', 'opt_status'],
  ...['rf_campaign_type', 'smart_target', 'split_test'],
];

export const metrics: ReadonlyMap<string, Metric> = new Map<string, Metric>([
  ...sums,
  ['billed_cost', { kind: 'sum', of: 'spend', money: true }],
  ...Object.entries(ratios).map(([name, [of, by, times, decimals, suffix]]): [string, Metric] => [
    name,
    { kind: 'ratio', of, by, times, decimals, suffix: suffix ?? '' },
  ]),
  ['reach', { kind: 'reach' }],
  ['secondary_goal_result_rate', { kind: 'unknown' }],
  ['cost_per_secondary_goal_result', { kind: 'unknown' }],
  ...withoutFacts.map((name): [string, Metric] => [name, { kind: 'unknown' }]),
  ...Object.keys(attributeLevels).map((name): [string, Metric] => [name, { kind: 'attribute' }]),
]);

/** Whether rows of this metric may be added up. */
export function isAdditive(name: string): boolean {
  return metrics.get(name)?.kind === 'sum';
}

/** Places in a fact (see `at`) of the figures that these metrics are made of. */
export function placesNeeded(names: readonly string[]): Int32Array {
  const needed = new Set<number>([at.impressions]);
  for (const name of names) {
    const metric = metrics.get(name);
    if (metric?.kind === 'sum') needed.add(at[metric.of]);
    if (metric?.kind !== 'ratio') continue;
    if (metric.of !== 'reach') needed.add(at[metric.of]);
    if (metric.by !== 'reach') needed.add(at[metric.by]);
  }
  return Int32Array.from(needed);
}
