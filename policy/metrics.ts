/**
 * Numbers that a report can hold, under TikTok's names. Which streams ask for which stands in `report-stream.ts`.
 * Percentages are kept as TikTok sends them: 1.18 is 1.18 %.
 */
import type { FieldType } from './stream.ts';

export interface Metric {
  readonly type: Extract<FieldType, 'count' | 'money' | 'ratio'>;
  readonly unit: string;
  readonly meaning: string;
  /** May be added over rows and days. Unique viewers, averages and rates may not. */
  readonly additive: boolean;
}

const currency = 'account currency';
const sum = (unit: string, meaning: string): Metric => ({
  type: 'count',
  unit,
  meaning,
  additive: true,
});
const value = (meaning: string): Metric => ({
  type: 'money',
  unit: currency,
  meaning,
  additive: true,
});
const price = (meaning: string): Metric => ({
  type: 'money',
  unit: currency,
  meaning,
  additive: false,
});
const ratio = (unit: string, meaning: string): Metric => ({
  type: 'ratio',
  unit,
  meaning,
  additive: false,
});

export const metrics = {
  spend: value('Cost of the ads, credit and vouchers included.'),
  cash_spend: value('Part of the cost that was paid from cash.'),
  voucher_spend: value('Part of the cost that was paid from vouchers.'),
  impressions: sum('impressions', 'Times that ads were shown.'),
  clicks: sum('clicks', 'Clicks that lead to the destination of the ad.'),
  ctr: ratio('%', 'Clicks per 100 impressions.'),
  cpc: price('Cost per click.'),
  cpm: price('Cost per 1,000 impressions.'),
  reach: {
    type: 'count',
    unit: 'people',
    meaning: 'Different people who saw the ads.',
    additive: false,
  },
  frequency: ratio('impressions per person', 'How often a person saw the ads on average.'),
  cost_per_1000_reached: price('Cost per 1,000 different people reached.'),
  conversion: sum('conversions', 'Conversions, on the day of the click or view that led to them.'),
  cost_per_conversion: price('Cost per conversion.'),
  conversion_rate: ratio('%', 'Conversions per 100 clicks.'),
  real_time_conversion: sum('conversions', 'Conversions, on the day when they happened.'),
  real_time_cost_per_conversion: price('Cost per conversion, by conversion time.'),
  real_time_conversion_rate: ratio('%', 'Conversions per 100 clicks, by conversion time.'),
  result: sum(
    'results',
    'Results towards the goal of the ad group, on the day of the click or view.',
  ),
  cost_per_result: price('Cost per result.'),
  result_rate: ratio('%', 'Results per 100 impressions or clicks, as the goal defines.'),
  real_time_result: sum('results', 'Results, on the day when they happened.'),
  real_time_cost_per_result: price('Cost per result, by conversion time.'),
  real_time_result_rate: ratio('%', 'Result rate, by conversion time.'),
  secondary_goal_result: sum('results', 'Results towards the second goal, where there is one.'),
  cost_per_secondary_goal_result: price('Cost per result of the second goal.'),
  secondary_goal_result_rate: ratio('%', 'Result rate of the second goal.'),
  video_play_actions: sum('plays', 'Times that a video began to play.'),
  video_watched_2s: sum('plays', 'Plays of at least 2 seconds.'),
  video_watched_6s: sum('plays', 'Plays of at least 6 seconds, or an engagement.'),
  video_views_p25: sum('plays', 'Plays that reached a quarter of the video.'),
  video_views_p50: sum('plays', 'Plays that reached half of the video.'),
  video_views_p75: sum('plays', 'Plays that reached three quarters of the video.'),
  video_views_p100: sum('plays', 'Plays that reached the end of the video.'),
  average_video_play: ratio('s', 'Average length of a play.'),
  average_video_play_per_user: ratio('s', 'Average time played per person.'),
  profile_visits: sum('visits', 'Visits of the TikTok profile during the ad.'),
  likes: sum('likes', 'Likes of the ad.'),
  comments: sum('comments', 'Comments on the ad; their number only.'),
  shares: sum('shares', 'Shares of the ad.'),
  follows: sum('follows', 'New followers gained during the ad.'),
  clicks_on_music_disc: sum('clicks', 'Clicks on the music disc.'),
  app_install: sum('installs', 'App installs, on the day of the click or view.'),
  real_time_app_install: sum('installs', 'App installs, on the day when they happened.'),
  real_time_app_install_cost: price('Cost per app install, by install time.'),
  registration: sum('registrations', 'Registrations in an app.'),
  purchase: sum('purchases', 'Different people’s purchases in an app.'),
  total_purchase_value: value('Value of the purchases in an app.'),
  complete_payment: sum('payments', 'Completed payments on a website.'),
  cost_per_complete_payment: price('Cost per completed payment.'),
  complete_payment_rate: ratio('%', 'Completed payments per 100 clicks.'),
  complete_payment_roas: ratio('1', 'Value of completed payments divided by the cost.'),
  value_per_complete_payment: price('Average value of a completed payment.'),
  total_complete_payment_rate: value('Value of all completed payments; despite its name no rate.'),
  total_landing_page_view: sum('views', 'Views of the landing page.'),
  cost_per_landing_page_view: price('Cost per view of the landing page.'),
  landing_page_view_rate: ratio('%', 'Landing page views per 100 clicks.'),
  onsite_shopping: sum('purchases', 'Purchases in TikTok Shop.'),
  onsite_shopping_roas: ratio('1', 'Value of purchases in TikTok Shop divided by the cost.'),
  total_onsite_shopping_value: value('Value of purchases in TikTok Shop.'),
} as const satisfies Record<string, Metric>;

export type MetricName = keyof typeof metrics;

export const metricNames = Object.keys(metrics) as MetricName[];
