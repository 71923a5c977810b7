/** `GET /gmv_max/report/get/`: what GMV Max cost and sold, by campaign, product, post, day or hour of the account. */
import { type Calendar, createCalendar, dayNumber, dayText } from '../../calendar.ts';
import { badParameter, pageInfoJson } from '../answers.ts';
import { type Asked, askedOf } from '../creatives/listing.ts';
import type { Endpoint } from '../endpoint.ts';
import type { Parameters } from '../parameters.ts';
import { firstFactMs, gmvFactOf, isKnown } from './gmv-max-facts.ts';
import { campaignsOf, type GmvCampaign, storeOf } from './stores.ts';

const dimensionNames = [
  ...['advertiser_id', 'campaign_id', 'stat_time_day', 'stat_time_hour'],
  ...['item_group_id', 'item_id'],
];
const sums = ['cost', 'net_cost', 'orders', 'cost_per_order', 'gross_revenue', 'roi'];
const attributes = ['campaign_id', 'campaign_name', 'operation_status', 'currency'];
const posts = [0, 1];

interface Question {
  readonly asked: Asked;
  readonly campaigns: readonly GmvCampaign[];
  readonly itemGroupIds: readonly string[] | null;
  readonly dimensions: readonly string[];
  readonly metrics: readonly string[];
  readonly from: number;
  readonly to: number;
}

interface Sum {
  readonly dimensions: Readonly<Record<string, string>>;
  readonly campaign: GmvCampaign;
  cost: number;
  orders: number;
  revenue: number;
}

function readNames(parameters: Parameters, name: string, known: readonly string[]) {
  parameters.required(name);
  const names = parameters.list(name) ?? [];
  const unknown = names.find((one) => !known.includes(one));
  if (names.length === 0 || unknown !== undefined) {
    throw badParameter(`${name}: ${unknown ?? 'Missing data for required field.'}`);
  }
  return names;
}

function readDay(parameters: Parameters, name: string): number {
  const text = parameters.required(name);
  const day = /^\d{4}-\d\d-\d\d$/.test(text) ? dayNumber(text) : Number.NaN;
  if (Number.isNaN(day)) throw badParameter(`${name}: Not a valid day.`);
  return day;
}

/** 30 days by day, one by hour, else 365. */
function daysMaxOf(dimensions: readonly string[]): number {
  if (dimensions.includes('stat_time_hour')) return 1;
  return dimensions.includes('stat_time_day') ? 30 : 365;
}

function readQuestion(asked: Asked): Question {
  const { parameters, index, context } = asked;
  parameters.required('store_ids');
  const storeIds = parameters.list('store_ids') ?? [];
  if (storeIds.length !== 1) throw badParameter('store_ids: One store.');
  const dimensions = readNames(parameters, 'dimensions', dimensionNames);
  const metrics = readNames(parameters, 'metrics', [...sums, ...attributes]);
  const [from, to] = [readDay(parameters, 'start_date'), readDay(parameters, 'end_date')];
  const daysMax = daysMaxOf(dimensions);
  if (to < from || to - from + 1 > daysMax) throw badParameter(`end_date: 1 to ${daysMax} days.`);
  const filtering = parameters.object('filtering');
  const listed = (name: string): readonly string[] | null => {
    const value = filtering[name];
    return Array.isArray(value) ? value.map(String) : null;
  };
  const types = listed('gmv_max_promotion_types');
  const campaignIds = listed('campaign_ids');
  const campaigns = campaignsOf(index, storeOf(index, storeIds[0]!, context), context).filter(
    ({ id, type }) =>
      (!types || types.some((one) => one.startsWith(type))) &&
      (!campaignIds || campaignIds.includes(id)),
  );
  const itemGroupIds = listed('item_group_ids');
  return { asked, campaigns, itemGroupIds, dimensions, metrics, from, to };
}

/** Adds all facts up, one group for each set of values; rows of nothing are left out. */
function sumUp(question: Question): readonly Sum[] {
  const { asked, campaigns, dimensions, from, to, itemGroupIds } = question;
  const calendar = createCalendar(asked.account.timeZone);
  const groups = new Map<string, Sum>();
  for (const hour of hoursOf(calendar, asked, from, to)) {
    const time = timeLabels(calendar, hour, dimensions);
    for (const campaign of campaigns) {
      campaign.products.forEach((product, place) => {
        if (itemGroupIds && !itemGroupIds.includes(product.id)) return;
        for (const post of posts) {
          const labels: Readonly<Record<string, string>> = {
            ...time,
            advertiser_id: asked.account.advertiserId,
            campaign_id: campaign.id,
            item_group_id: product.id,
            item_id: postIdOf(product.id, post),
          };
          const key = dimensions.map((name) => labels[name]).join(' ');
          const group = groups.get(key) ?? newSum(labels, dimensions, campaign);
          groups.set(key, group);
          const fact = gmvFactOf(campaign, place, post, hour);
          group.cost += fact.cost;
          group.orders += fact.orders;
          group.revenue += fact.revenue;
        }
      });
    }
  }
  return [...groups.values()].filter(({ cost, orders }) => cost > 0 || orders > 0);
}

const postIdOf = (productId: string, post: number): string =>
  String(BigInt(productId) + 5_000_000_000_000_000_000n + BigInt(post));

function newSum(
  labels: Readonly<Record<string, string>>,
  dimensions: readonly string[],
  campaign: GmvCampaign,
): Sum {
  const named = Object.fromEntries(dimensions.map((name) => [name, labels[name]!]));
  return { dimensions: named, campaign, cost: 0, orders: 0, revenue: 0 };
}

function* hoursOf(calendar: Calendar, { context, now }: Asked, from: number, to: number) {
  const first = Math.ceil((firstFactMs(context.world.startsAt) - calendar.phaseMs) / 3_600_000);
  const end = calendar.firstHourOf(to + 1);
  for (let hour = Math.max(first, calendar.firstHourOf(from)); hour < end; hour += 1) {
    if (!isKnown(hour, calendar.phaseMs, now)) return;
    yield hour;
  }
}

function timeLabels(
  calendar: Calendar,
  hour: number,
  dimensions: readonly string[],
): Readonly<Record<string, string>> {
  const wanted = dimensions.some((name) => name.startsWith('stat_time_'));
  if (!wanted) return {};
  const { day, hourOfDay } = calendar.labelOf(hour);
  const text = dayText(day);
  return {
    stat_time_day: `${text} 00:00:00`,
    stat_time_hour: `${text} ${String(hourOfDay).padStart(2, '0')}:00:00`,
  };
}

const money = (hundredths: number): string => (hundredths / 100).toFixed(2);
const ratio = (part: number, whole: number): string =>
  whole === 0 ? '0.00' : (part / whole).toFixed(2);

function metricsOf({ campaign, cost, orders, revenue }: Sum, { asked, metrics }: Question) {
  const all: Readonly<Record<string, string>> = {
    cost: money(cost),
    net_cost: money(cost),
    orders: String(orders),
    cost_per_order: ratio(cost / 100, orders),
    gross_revenue: money(revenue),
    roi: ratio(revenue, cost),
    campaign_id: campaign.id,
    campaign_name: campaign.name,
    operation_status: 'ENABLE',
    currency: asked.account.currency,
  };
  return Object.fromEntries(metrics.map((name) => [name, all[name]!]));
}

export const gmvMaxReport: Endpoint = {
  ...{ method: 'GET', path: 'gmv_max/report/get/', needsToken: true, scope: 44 },
  ownQuota: 'gmv-max-report',
  answer({ parameters }, context) {
    const question = readQuestion(askedOf(parameters, context));
    const { page, pageSize } = parameters.paging(1000, 10);
    const groups = sumUp(question);
    const list = groups
      .slice((page - 1) * pageSize, page * pageSize)
      .map((sum) => ({ dimensions: sum.dimensions, metrics: metricsOf(sum, question) }));
    const info = pageInfoJson({ page, pageSize, total: groups.length });
    return { data: `{"list":${JSON.stringify(list)},"page_info":${info}}` };
  },
};
