/**
 * Reports of recorded rows. By ad and day they are served as recorded; other entities and ranges
 * are sums of the additive metrics (others `-`). Nothing was recorded by hour, country or
 * audience: such reports are empty.
 */
import { isAdditive } from './generator/metrics.ts';
import type { ReportAnswer, ReportQuery, ReportRow, TruthQuestion, TruthRow } from './world.ts';

export interface RecordedRow {
  readonly advertiserId: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly metrics: Readonly<Record<string, string | number | null>>;
}

export function answerRecordedReport(
  recorded: readonly RecordedRow[],
  query: ReportQuery,
): ReportAnswer {
  const chosen = recorded.filter((row) => isWanted(row, query));
  const rows = rowsOf(chosen, query);
  const page = (offset: number, limit: number) => rows.slice(offset, offset + limit);
  return {
    total: rows.length,
    cut: false,
    rows: page,
    json: (offset, limit) => Buffer.from(JSON.stringify(page(offset, limit))),
    csv: (offset, limit, header) => {
      const lines: (readonly unknown[])[] = page(offset, limit).map((row) => [
        ...query.dimensions.map((name) => row.dimensions[name]),
        ...query.metrics.map((name) => row.metrics[name]),
      ]);
      const text = (header ? [header, ...lines] : lines)
        .map((line) => `${line.map(csvField).join(',')}\n`)
        .join('');
      return Buffer.from(text);
    },
    totals: () =>
      Object.fromEntries(
        query.metrics.filter(isAdditive).map((name) => [name, sumOf(chosen, name)]),
      ),
  };
}

/** The figures as recorded, added up: these few rows are their own truth. */
export function sumRecordedRows(
  recorded: readonly RecordedRow[],
  question: TruthQuestion,
): readonly TruthRow[] {
  const chosen = recorded.filter(
    (row) => row.advertiserId === question.advertiserId && isWithin(row, question),
  );
  const names: Readonly<Record<string, string>> = { day: 'stat_time_day' };
  const dimensions = question.groupBy.map((name) => names[name] ?? name);
  return [...groupRows(chosen, dimensions)].map(([, rows]) => ({
    group: Object.fromEntries(
      question.groupBy.map((name) => {
        const value = labelOf(rows[0]!, names[name] ?? name);
        return [name, name === 'day' ? value.slice(0, 10) : value];
      }),
    ),
    sums: Object.fromEntries(question.metrics.map((name) => [name, sumOf(rows, name)])),
    rows: 1,
  }));
}

function isWithin(row: RecordedRow, range: Pick<ReportQuery, 'from' | 'to'>): boolean {
  const day = row.dimensions.stat_time_day!.slice(0, 10);
  return (range.from === null || day >= range.from) && (range.to === null || day <= range.to);
}

function isWanted(row: RecordedRow, query: ReportQuery): boolean {
  const among = (ids: readonly string[] | undefined, name: string) =>
    ids === undefined || ids.includes(labelOf(row, name));
  return (
    row.advertiserId === query.advertiserId &&
    query.reportType === 'BASIC' &&
    (query.lifetime || isWithin(row, query)) &&
    among(query.campaignIds, 'campaign_id') &&
    among(query.adgroupIds, 'adgroup_id') &&
    among(query.adIds, 'ad_id')
  );
}

function labelOf(row: RecordedRow, name: string): string {
  if (name === 'advertiser_id') return row.advertiserId;
  return String(row.dimensions[name] ?? row.metrics[name]);
}

const recordedDimensions = ['advertiser_id', 'campaign_id', 'adgroup_id', 'ad_id', 'stat_time_day'];

function groupRows(
  rows: readonly RecordedRow[],
  dimensions: readonly string[],
): ReadonlyMap<string, readonly RecordedRow[]> {
  if (!dimensions.every((name) => recordedDimensions.includes(name))) return new Map();
  return Map.groupBy(rows, (row) => dimensions.map((name) => labelOf(row, name)).join(' '));
}

function rowsOf(chosen: readonly RecordedRow[], query: ReportQuery): ReportRow[] {
  const { dimensions } = query;
  const asRecorded = dimensions.includes('ad_id') && dimensions.includes('stat_time_day');
  return [...groupRows(chosen, dimensions).values()].map((rows) => ({
    dimensions: Object.fromEntries(dimensions.map((name) => [name, labelOf(rows[0]!, name)])),
    metrics: Object.fromEntries(
      query.metrics.map((name) => {
        if (asRecorded) return [name, rows[0]!.metrics[name] ?? null];
        return [name, isAdditive(name) ? sumOf(rows, name) : sameOf(rows, name)];
      }),
    ),
  }));
}

/** A name that all rows of a group share is known of the group; a ratio or reach is not. */
function sameOf(rows: readonly RecordedRow[], name: string): string | number | null {
  const first = rows[0]!.metrics[name] ?? null;
  if (rows.length === 1) return first;
  const isName = /_(id|name|type|text)$/.test(name);
  return isName && rows.every((row) => row.metrics[name] === first) ? first : '-';
}

/** Decimal texts added exactly. */
function sumOf(rows: readonly RecordedRow[], name: string): string {
  const texts = rows.map((row) => String(row.metrics[name] ?? '0'));
  const decimals = Math.max(...texts.map((text) => text.split('.')[1]?.length ?? 0));
  const total = texts.reduce((sum, text) => {
    const [whole, fraction = ''] = text.split('.') as [string, string?];
    return sum + BigInt(whole + fraction.padEnd(decimals, '0'));
  }, 0n);
  const digits = String(total).padStart(decimals + 1, '0');
  return decimals === 0 ? digits : `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

function csvField(value: unknown): string {
  const text = value === null || value === undefined ? '' : String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
