/** The rows that the benchmarks of the warehouse share: thirty columns, like a report of ads. */
import type { DuckDBConnection } from '@duckdb/node-api';
import { type Field, type Stream, sqlTypes } from '../../policy/stream.ts';
import { landAll, type TestWarehouse } from '../../warehouse/testing.ts';

const pageRows = 1000;
const kinds = { text: 8, id: 3, count: 9, money: 4, ratio: 4, instant: 1 } as const;

const field = (name: string, type: Field['type'], source: string): Field => ({
  name,
  type,
  meaning: name,
  category: 'ads.performance',
  subject: 'advertiser',
  source,
  additive: type === 'count' || type === 'money',
});

/** 30 columns like a report of ads: 8 texts, 1 day, 12 whole numbers, 8 decimals, 1 instant. */
const names: Partial<Record<string, string>> = {
  id0: 'ad_id',
  id1: 'adgroup_id',
  id2: 'campaign_id',
  money0: 'spend',
  count0: 'impressions',
  count1: 'clicks',
  count2: 'conversion',
};
const fields = [
  field('stat_time_day', 'day', 'dimensions.stat_time_day'),
  ...Object.entries(kinds).flatMap(([type, count]) =>
    Array.from({ length: count }, (_, at) => {
      const name = names[`${type}${at}`] ?? `${type}${at}`;
      const container = name === 'ad_id' ? 'dimensions' : 'metrics';
      return field(name, type as Field['type'], `${container}.${name}`);
    }),
  ),
];

export const stream: Stream = {
  name: 'ads_reports_daily',
  platform: 'tiktok-ads',
  meaning: 'Benchmark.',
  load: 'window',
  key: ['ad_id', 'stat_time_day'],
  time: { field: 'stat_time_day', grain: 'day' },
  scope: '44',
  request: {
    kind: 'report',
    reportType: 'BASIC',
    dataLevel: 'AUCTION_AD',
    dimensions: [],
    metrics: [],
    lifetime: false,
    taskable: true,
  },
  windowDaysMax: 30,
  fields,
  dropped: [],
  retention: 'with-connection',
};

export const dayOf = (at: number): string =>
  new Date(Date.UTC(2026, 8, 1) + at * 86_400_000).toISOString().slice(0, 10);

/** Row `ad` of day `day`; `seed` changes the figures of some of them. */
function values(ad: number, day: number, seed: number): Record<string, string> {
  const row: Record<string, string> = { stat_time_day: `${dayOf(day)} 00:00:00` };
  for (const { name, type } of fields.slice(1)) {
    const salt = (ad * 7919 + day * 104729 + name.length * 31 + name.charCodeAt(0)) >>> 0;
    if (name === 'ad_id') row[name] = String(1_783_345_233_000_000n + BigInt(ad));
    else if (type === 'id') row[name] = String(1_783_345_100_000_000n + BigInt(ad % 200));
    else if (type === 'text') row[name] = `Spring sale ${ad % 500} ${name}`;
    else if (type === 'instant') row[name] = '2026-09-02 08:16:03';
    else if (type === 'count') row[name] = String((salt % 90_000) + seed);
    else row[name] = `${salt % 900}.${String(salt % 1000).padStart(3, '0')}`;
  }
  return row;
}

export function pagesOf(ads: number, days: readonly number[], seed: number): Buffer[] {
  const pages: Buffer[] = [];
  let records: unknown[] = [];
  const flush = (): void => {
    if (records.length === 0) return;
    pages.push(Buffer.from(JSON.stringify({ code: 0, data: { list: records } })));
    records = [];
  };
  for (const day of days) {
    for (let ad = 0; ad < ads; ad++) {
      const { ad_id, stat_time_day, ...metrics } = values(ad, day, ad % 3 === 0 ? seed : 0);
      records.push({ dimensions: { ad_id, stat_time_day }, metrics });
      if (records.length === pageRows) flush();
    }
  }
  flush();
  return pages;
}

export function csvPiecesOf(ads: number, days: readonly number[]): Buffer[] {
  return days.map((day) => {
    const lines = [fields.map(({ name }) => name).join(',')];
    for (let ad = 0; ad < ads; ad++) lines.push(Object.values(values(ad, day, 0)).join(','));
    return Buffer.from(`${lines.join('\n')}\n`);
  });
}

let pulls = 0;

export async function loadSeconds(
  test: TestWarehouse,
  connectionId: string,
  bodies: Buffer[],
  window: { from: string; to: string },
  rows: number,
  format: 'json' | 'csv' = 'json',
): Promise<{ seconds: number; cpuSeconds: number }> {
  const pull = { connectionId, stream: stream.name, pullId: `bench-${++pulls}` };
  await landAll(test.warehouse, pull, bodies, format);
  const before = process.cpuUsage();
  const begun = performance.now();
  const result = await test.warehouse.load({
    ...pull,
    window,
    parts: bodies.length,
    pulledAt: new Date(Date.UTC(2026, 10, 24) + pulls * 1000),
    timeZone: 'UTC',
    totalNumber: rows,
    totalMetrics: null,
    moving: false,
    listsDeleted: true,
    signal: new AbortController().signal,
  });
  if (result.completeness !== 'counted') throw new Error(JSON.stringify(result));
  return { seconds: (performance.now() - begun) / 1000, cpuSeconds: cpuSecondsSince(before) };
}

export const cpuSecondsSince = (before: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
};
export const median = (numbers: number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!;
export const percentile = (numbers: number[], share: number): number =>
  numbers.toSorted((a, b) => a - b)[
    Math.min(numbers.length - 1, Math.floor(numbers.length * share))
  ]!;
export const show = (what: string, found: string, limit: string, good: boolean): void => {
  console.log(`${good ? 'ok  ' : 'MISS'} ${what.padEnd(58)} ${found.padEnd(28)} ${limit}`);
  if (!good) process.exitCode = 1;
};

export async function generateRows(
  connection: DuckDBConnection,
  table: string,
  ads: number,
  days: number,
): Promise<void> {
  const salt = (name: string) =>
    `(ad * 7919 + day * 104729 + ${name.length * 31 + name.charCodeAt(0)})`;
  const columns = fields.map(({ name, type }) => {
    const value =
      type === 'day'
        ? `DATE '2026-09-01' + day::INTEGER`
        : name === 'ad_id'
          ? '1783345233000000 + ad'
          : type === 'id'
            ? '1783345100000000 + ad % 200'
            : type === 'text'
              ? `'Spring sale ' || (ad % 500) || ' ${name}'`
              : type === 'instant'
                ? `TIMESTAMP '2026-09-02 08:16:03'`
                : type === 'count'
                  ? `${salt(name)} % 90000`
                  : `(${salt(name)} % 900) + (${salt(name)} % 1000) / 1000.0`;
    return `(${value})::${sqlTypes[type]} as ${name}`;
  });
  await connection.run(`create or replace temp table ${table} as select ${columns.join(', ')}
    from range(${days}) d(day), range(${ads}) a(ad)`);
}
