/**
 * A warehouse of its own for a test: real DuckDB, real keys, a clock that stands still until it is
 * moved.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKeyring } from '../keyring/create.ts';
import type { Keyring } from '../keyring/keyring.ts';
import type { Field, Stream } from '../policy/stream.ts';
import { openWarehouse, type WarehouseOptions } from './open.ts';
import type { LoadInput, LoadResult, Warehouse } from './warehouse.ts';

export const httpfs = new URL('../parts/httpfs-1.5.5/httpfs.duckdb_extension', import.meta.url)
  .pathname;

export interface TestWarehouse {
  readonly folder: string;
  readonly keyring: Keyring;
  readonly options: WarehouseOptions;
  warehouse: Warehouse;
  /** What the hub's clock says from now on. */
  now: Date;
  /** After `warehouse.close()`, as a new process would. */
  open(changes?: Partial<WarehouseOptions>): Promise<void>;
  close(): Promise<void>;
}

/** `home` names the folder and master key of an earlier process; it is kept at the end. */
export async function openTestWarehouse(
  changes: Partial<WarehouseOptions> = {},
  home?: { folder: string; masterKey: Buffer },
): Promise<TestWarehouse> {
  const folder = home?.folder ?? (await mkdtemp(join(tmpdir(), 'hub-warehouse-')));
  const test = { now: new Date('2026-11-24T12:00:00Z') };
  const clock = { now: () => test.now };
  const keyring = await createKeyring({
    dirs: [join(folder, 'keys-1'), join(folder, 'keys-2')],
    masterKey: home?.masterKey ?? randomBytes(32),
    clock,
  });
  const options: WarehouseOptions = {
    folder: join(folder, 'files'),
    landingFolder: join(folder, 'landing'),
    quarantineFolder: join(folder, 'quarantine'),
    spillFolder: join(folder, 'spill'),
    httpfs,
    keyring,
    clock,
    memoryLimitMb: 1024,
    threads: 2,
    attachedFilesMax: 20,
    ...changes,
  };
  return Object.assign(test, {
    folder,
    keyring,
    options,
    warehouse: await openWarehouse(options),
    async open(this: TestWarehouse, more: Partial<WarehouseOptions> = {}) {
      this.warehouse = await openWarehouse({ ...options, ...more });
    },
    async close(this: TestWarehouse) {
      await this.warehouse.close();
      await keyring.close();
      if (home === undefined) await rm(folder, { recursive: true, force: true });
    },
  });
}

const field = (name: string, type: Field['type'], source: string, additive = false): Field => ({
  name,
  type,
  meaning: `Test field ${name}.`,
  category: 'ads.performance',
  subject: 'advertiser',
  source,
  additive,
});

const report = (name: string, time: Stream['time'], fields: Field[]): Stream => ({
  name,
  platform: 'tiktok-ads',
  meaning: `Test stream ${name}.`,
  load: 'window',
  key: ['ad_id', ...(time === null ? [] : [time.field])],
  time,
  scope: '44',
  request: {
    kind: 'report',
    reportType: 'BASIC',
    dataLevel: 'AUCTION_AD',
    dimensions: [],
    metrics: [],
    lifetime: time === null,
    taskable: true,
  },
  windowDaysMax: time === null ? null : 30,
  fields: [field('ad_id', 'id', 'dimensions.ad_id'), ...fields],
  dropped: [],
  retention: 'with-connection',
});

const figures = [
  field('campaign_id', 'id', 'metrics.campaign_id'),
  field('adgroup_id', 'id', 'metrics.adgroup_id'),
  field('ad_text', 'text', 'metrics.ad_text'),
  field('spend', 'money', 'metrics.spend', true),
  field('impressions', 'count', 'metrics.impressions', true),
  field('clicks', 'count', 'metrics.clicks', true),
  field('conversion', 'count', 'metrics.conversion', true),
  field('ctr', 'ratio', 'metrics.ctr'),
];

const day = field('stat_time_day', 'day', 'dimensions.stat_time_day');
const hour = field('stat_time_hour', 'hour', 'dimensions.stat_time_hour');

const listing = (name: string, entity: string, fields: Field[]): Stream => ({
  ...report(name, null, []),
  load: 'entity',
  key: [`${entity}_id`],
  request: { kind: 'listing', endpoint: 'ad/get/', passes: [{ buyingTypes: [], pageSize: 1000 }] },
  fields: [
    field(`${entity}_id`, 'id', `${entity}_id`),
    field(`${entity}_name`, 'text', `${entity}_name`),
    field('secondary_status', 'text', 'secondary_status'),
    field('modify_time', 'instant', 'modify_time'),
    ...fields,
  ],
  dropped: [{ source: 'phone_number', reason: 'A contact.' }],
});

/** Few columns, every kind of load. */
export const testStreams: Stream[] = [
  report('ads_reports_daily', { field: 'stat_time_day', grain: 'day' }, [day, ...figures]),
  report('ads_reports_hourly', { field: 'stat_time_hour', grain: 'hour' }, [hour, ...figures]),
  report('ads_reports_lifetime', null, figures),
  listing('campaigns', 'campaign', []),
  listing('ad_groups', 'adgroup', [
    field('click_attribution_window', 'text', 'click_attribution_window'),
  ]),
  listing('ads', 'ad', [
    { ...field('display_name', 'text', 'display_name'), category: 'ads.identity' },
    field('image_ids', 'json', 'image_ids'),
  ]),
  { ...report('statements', null, figures.slice(3, 4)), load: 'append' },
];

export type Record_ = Record<string, unknown>;

/** One page of TikTok's. */
export const page = (records: readonly unknown[]): Buffer =>
  Buffer.from(JSON.stringify({ code: 0, message: 'OK', request_id: 'x', data: { list: records } }));

export const dailyRow = (ad: number | string, day: string, metrics: Record_ = {}): Record_ => ({
  dimensions: { ad_id: String(ad), stat_time_day: `${day} 00:00:00` },
  metrics: {
    campaign_id: '11',
    adgroup_id: '21',
    ad_text: 'Text',
    spend: '1.500',
    impressions: '100',
    clicks: '10',
    conversion: '1',
    ctr: '10.00',
    ...metrics,
  },
});

export interface Pull extends Partial<LoadInput> {
  readonly pages?: readonly Buffer[];
  readonly rows?: readonly unknown[];
  readonly format?: 'json' | 'csv';
  /** Hours after 2026-11-24 00:00 UTC. */
  readonly at?: number;
}

let pulls = 0;

/** Lands and loads one pull. */
export async function pullInto(
  warehouse: Warehouse,
  { pages, rows = [], format = 'json', at = 0, ...given }: Pull,
): Promise<LoadResult> {
  const bodies = pages ?? [page(rows)];
  const input: LoadInput = {
    connectionId: 'c1',
    stream: 'ads_reports_daily',
    window: { from: '2026-11-01', to: '2026-11-30' },
    pullId: `pull-${++pulls}`,
    parts: bodies.length,
    pulledAt: new Date(Date.UTC(2026, 10, 24, at)),
    timeZone: 'Europe/Berlin',
    totalNumber: pages === undefined ? rows.length : null,
    totalMetrics: null,
    moving: false,
    listsDeleted: true,
    signal: new AbortController().signal,
    ...given,
  };
  await landAll(warehouse, input, bodies, format);
  return warehouse.load(input);
}

export async function landAll(
  warehouse: Warehouse,
  { connectionId, stream, pullId }: Pick<LoadInput, 'connectionId' | 'stream' | 'pullId'>,
  bodies: readonly Buffer[],
  format: 'json' | 'csv' = 'json',
): Promise<void> {
  for (const [index, body] of bodies.entries()) {
    await warehouse.land({ connectionId, stream, pullId, part: index + 1, format, body });
  }
}
