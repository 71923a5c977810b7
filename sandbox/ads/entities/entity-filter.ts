/** The `filtering` object of the listings: ids, statuses, buying types, times. */
import type { EntityLevel, WorldEntity } from '../../world.ts';
import { badParameter, Refusal } from '../answers.ts';
import { textList } from '../parameters.ts';

export interface EntityFilter {
  readonly pageSizeMax: number;
  matches(entity: WorldEntity): boolean;
}

type Test = (entity: WorldEntity) => boolean;
type Filtering = Readonly<Record<string, unknown>>;

const idsMax = 100;
/** "Within six months": the longest six months of a year. */
const sixMonthsMs = 184 * 86_400_000;
const pageSizeMax = 1000;
/** For ad groups bought as TopView. */
const topViewPageSizeMax = 100;

const idFilters: Readonly<Record<EntityLevel, readonly string[]>> = {
  campaign: ['campaign_ids'],
  adgroup: ['campaign_ids', 'adgroup_ids'],
  ad: ['campaign_ids', 'adgroup_ids', 'ad_ids'],
};

const primaryStatuses = {
  STATUS_ALL: () => true,
  STATUS_NOT_DELETE: (entity) => !entity.deleted,
  STATUS_DELETE: (entity) => entity.deleted,
  STATUS_DELIVERY_OK: (entity) => !entity.deleted && delivers(entity),
  STATUS_NOT_DELIVERY: (entity) => !entity.deleted && !delivers(entity),
  STATUS_DISABLE: (entity) => !entity.deleted && entity.record.operation_status === 'DISABLE',
} satisfies Readonly<Record<string, Test>>;

function delivers({ record }: WorldEntity): boolean {
  return /(_STATUS_DELIVERY_OK|CAMPAIGN_STATUS_ENABLE)$/.test(String(record.secondary_status));
}

export function readEntityFilter(
  filtering: Filtering,
  level: EntityLevel,
  now: Date,
): EntityFilter {
  refuseUnknown(filtering, level);
  const { types, topView } = readBuyingTypes(filtering);
  const tests = [
    ...idFilters[level].map((name) => idTest(name, filtering[name])),
    statusTest(filtering, level),
    (entity: WorldEntity) => types.includes(entity.buyingType),
    ...timeTests(filtering, now),
  ].filter((test) => test !== null);
  return {
    pageSizeMax: topView && level === 'adgroup' ? topViewPageSizeMax : pageSizeMax,
    matches: (entity) => tests.every((test) => test(entity)),
  };
}

function refuseUnknown(filtering: Filtering, level: EntityLevel): void {
  const known = [
    ...idFilters[level],
    'primary_status',
    'secondary_status',
    'buying_types',
    'creation_filter_start_time',
    'creation_filter_end_time',
    ...(level === 'ad' ? ['modified_after'] : []),
  ];
  const unknown = Object.keys(filtering).filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    throw badParameter(`filtering: ${unknown.join(', ')} cannot be used here.`);
  }
}

function idTest(name: string, value: unknown): Test | null {
  if (value === undefined || value === null) return null;
  const ids = textList(`filtering.${name}`, value);
  if (ids.length > idsMax) throw new Refusal(40011, `filtering.${name}: At most ${idsMax} ids.`);
  const wanted = new Set(ids);
  const of: Readonly<Record<string, (entity: WorldEntity) => string | null>> = {
    campaign_ids: (entity) => entity.campaignId,
    adgroup_ids: (entity) => entity.adgroupId,
    ad_ids: (entity) => entity.id,
  };
  const read = of[name];
  return (entity) => wanted.has(read?.(entity) ?? '');
}

/** The default status hides deleted entities; a secondary status replaces that default. */
function statusTest(filtering: Filtering, level: EntityLevel): Test {
  const primary = filtering.primary_status;
  const secondary = filtering.secondary_status;
  const tests: Test[] = [];
  if (primary !== undefined || secondary === undefined) {
    const name = String(primary ?? 'STATUS_NOT_DELETE');
    const test = Object.entries(primaryStatuses).find(([status]) => status === name)?.[1];
    if (!test) throw badParameter(`filtering.primary_status: ${name} is not a valid status.`);
    tests.push(test);
  }
  if (secondary !== undefined) tests.push(secondaryTest(String(secondary), level));
  return (entity) => tests.every((test) => test(entity));
}

function secondaryTest(status: string, level: EntityLevel): Test {
  const prefix = `${level.toUpperCase()}_STATUS_`;
  if (status === `${prefix}ALL`) return () => true;
  if (status === `${prefix}NOT_DELETE`) return (entity) => !entity.deleted;
  if (status === `${prefix}DELETE`) return (entity) => entity.deleted;
  if (!status.startsWith(prefix) && !status.startsWith('ADVERTISER_')) {
    throw badParameter(`filtering.secondary_status: ${status} is not a valid status.`);
  }
  return ({ record }) => record.secondary_status === status;
}

function readBuyingTypes(filtering: Filtering): { types: readonly string[]; topView: boolean } {
  const known = ['AUCTION', 'RESERVATION_RF', 'RESERVATION_TOP_VIEW'];
  const given = filtering.buying_types ?? ['AUCTION', 'RESERVATION_RF'];
  const types = textList('filtering.buying_types', given);
  const unknown = types.find((type) => !known.includes(type));
  if (unknown) throw badParameter(`filtering.buying_types: ${unknown} is not a buying type.`);
  const topView = types.includes('RESERVATION_TOP_VIEW');
  if (topView && types.length > 1) {
    throw badParameter('filtering.buying_types: RESERVATION_TOP_VIEW must be asked for alone.');
  }
  return { types, topView };
}

function timeTests(filtering: Filtering, now: Date): readonly Test[] {
  const start = readTime('creation_filter_start_time', filtering);
  const end = readTime('creation_filter_end_time', filtering);
  const modifiedAfter = readTime('modified_after', filtering);
  checkRange('creation_filter_start_time', start, end ?? (start && now));
  checkRange('modified_after', modifiedAfter, modifiedAfter && now);
  return [
    (entity) => start === null || entity.createdAt >= start,
    (entity) => end === null || entity.createdAt <= end,
    (entity) =>
      modifiedAfter === null || (entity.modifiedAt !== null && entity.modifiedAt > modifiedAfter),
  ];
}

function readTime(name: string, filtering: Filtering): Date | null {
  const value = filtering[name];
  if (value === undefined || value === null) return null;
  const text = String(value);
  const time = new Date(`${text.replace(' ', 'T')}Z`);
  if (!/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(text) || Number.isNaN(time.getTime())) {
    throw badParameter(`filtering.${name}: Must be YYYY-MM-DD HH:MM:SS.`);
  }
  return time;
}

function checkRange(name: string, start: Date | null, end: Date | null): void {
  if (start === null || end === null) return;
  if (end < start) throw badParameter(`filtering.${name}: The range ends before it starts.`);
  if (end.getTime() - start.getTime() > sixMonthsMs) {
    throw badParameter(`filtering.${name}: The range must be within six months.`);
  }
}
