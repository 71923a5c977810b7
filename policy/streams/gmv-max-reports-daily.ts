import { adsListStream } from '../ads-list-stream.ts';
import type { Category } from '../categories.ts';
import { fieldsOf } from '../entity-stream.ts';
import { under } from '../shop-stream.ts';
import type { Field } from '../stream.ts';

const performance: Category = 'ads.performance';
const account = 'column currency';

const dimensions = fieldsOf(performance, 'advertiser', {
  campaign_id: ['id', 'Campaign of GMV Max; it names its shop.'],
  item_group_id: ['id', 'Product; its id at TikTok Shop.'],
  stat_time_day: ['day', 'Day in the account’s time zone.'],
});
const sums: readonly Field[] = fieldsOf(performance, 'advertiser', {
  cost: ['money', 'What it cost.', account],
  net_cost: ['money', 'What it cost without what TikTok gave back.', account],
  orders: ['count', 'Orders.', 'orders'],
  gross_revenue: ['money', 'What those orders brought.', account],
}).map((field) => ({ ...field, additive: true }));
const others = fieldsOf(performance, 'advertiser', {
  cost_per_order: ['money', 'Cost of an order, on average.', account],
  roi: ['ratio', 'Revenue for each unit of cost.'],
  currency: ['text', 'Currency of the amounts.'],
});
const metrics = [...sums, ...others];
const namesOf = (fields: readonly Field[]): string =>
  JSON.stringify(fields.map(({ name }) => name));

export const gmvMaxReportsDaily = adsListStream({
  name: 'gmv_max_reports_daily',
  meaning: 'What each product cost and sold in GMV Max, by campaign and day.',
  load: 'window',
  key: ['campaign_id', 'item_group_id', 'stat_time_day'],
  time: { field: 'stat_time_day', grain: 'day' },
  windowDaysMax: 30,
  scope: '44',
  request: {
    endpoint: 'gmv_max/report/get/',
    query: { dimensions: namesOf(dimensions), metrics: namesOf(metrics) },
    pageSize: 1000,
    days: 'window',
    per: { stream: 'gmv_max_stores', idsPerCall: 1, name: 'store_ids' },
    limit: 'gmv-max',
  },
  fields: [...under('dimensions', dimensions), ...under('metrics', metrics)],
});
