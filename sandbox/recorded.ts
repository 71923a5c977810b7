/**
 * Recorded records served as accounts. A folder holds one JSON object a line in
 * `advertisers.jsonl`, `campaigns.jsonl`, `ad_groups.jsonl`, `ads.jsonl` and
 * `ads_reports_daily.jsonl`. Each field is served as recorded, but for the ids that a recorder
 * wrote as numbers: they are text again.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { conflictOf } from './generator/cells.ts';
import { metrics } from './generator/metrics.ts';
import { parseLosslessly } from './lossless-json.ts';
import type { RecordedRow } from './recorded-report.ts';
import { answerRecordedReport, sumRecordedRows } from './recorded-report.ts';
import type { EntityLevel, World, WorldAccount, WorldEntity } from './world.ts';

type JsonRecord = Readonly<Record<string, unknown>>;

const files = { campaign: 'campaigns', adgroup: 'ad_groups', ad: 'ads' } as const;
const idNames = ['advertiser_id', 'campaign_id', 'adgroup_id', 'ad_id'];

export function createRecordedWorld(folder: string): World {
  const accounts = readLines(folder, 'advertisers').map(accountOf);
  const entities = {
    campaign: readLines(folder, files.campaign).map((record) => entityOf('campaign', record)),
    adgroup: readLines(folder, files.adgroup).map((record) => entityOf('adgroup', record)),
    ad: readLines(folder, files.ad).map((record) => entityOf('ad', record)),
  };
  const accountOfAd = new Map(entities.ad.map(({ id, record }) => [id, record.advertiser_id]));
  const rows = readLines(folder, 'ads_reports_daily').map((record): RecordedRow => {
    const dimensions = withTextIds(record.dimensions as JsonRecord) as RecordedRow['dimensions'];
    const advertiserId = accountOfAd.get(dimensions.ad_id!) as string | undefined;
    if (advertiserId === undefined) throw new Error(`no recorded ad for a report row in ${folder}`);
    const figures = withTextIds(record.metrics as JsonRecord) as RecordedRow['metrics'];
    return { advertiserId, dimensions, metrics: figures };
  });
  const names = rows.flatMap((row) => Object.keys(row.metrics));
  return {
    accounts,
    startsAt: afterLast(Object.values(entities).flat(), rows),
    metricNames: new Set([...metrics.keys(), ...names]),
    conflict: conflictOf,
    entities: (level, advertiserId, now) =>
      entities[level].filter(
        (entity) => entity.record.advertiser_id === advertiserId && entity.createdAt <= now,
      ),
    report: (query) => answerRecordedReport(rows, query),
    truth: (question) => sumRecordedRows(rows, question),
  };
}

function readLines(folder: string, name: string): JsonRecord[] {
  const text = readFileSync(join(folder, `${name}.jsonl`), 'utf8');
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => withTextIds(parseLosslessly(line) as JsonRecord));
}

function withTextIds(record: JsonRecord): JsonRecord {
  return Object.fromEntries(
    Object.entries(record).map(([name, value]) =>
      idNames.includes(name) && typeof value === 'number' ? [name, String(value)] : [name, value],
    ),
  );
}

function accountOf(record: JsonRecord): WorldAccount {
  return {
    advertiserId: String(record.advertiser_id),
    name: String(record.name),
    timeZone: String(record.timezone),
    currency: String(record.currency),
    record,
  };
}

function utcInstant(text: unknown): Date {
  return new Date(`${String(text).replace(' ', 'T')}Z`);
}

function entityOf(level: EntityLevel, record: JsonRecord): WorldEntity {
  return {
    id: String(record[`${level}_id`]),
    campaignId: String(record.campaign_id),
    adgroupId: level === 'campaign' ? null : String(record.adgroup_id),
    createdAt: utcInstant(record.create_time),
    modifiedAt: record.modify_time ? utcInstant(record.modify_time) : null,
    deleted: String(record.secondary_status).endsWith('_DELETE'),
    // What was recorded is what a listing without a filter gives; no record says otherwise.
    buyingType: 'AUCTION',
    record,
  };
}

/** A second after the newest instant of any record. */
function afterLast(entities: readonly WorldEntity[], rows: readonly RecordedRow[]): Date {
  const instants = [
    ...entities.map(({ createdAt, modifiedAt }) => (modifiedAt ?? createdAt).getTime()),
    ...rows.map(({ dimensions }) => utcInstant(dimensions.stat_time_day).getTime()),
  ];
  return new Date(Math.max(...instants) + 1000);
}
