/** The `filtering` list of reports: `{field_name, filter_type, filter_value}`. */
import type { ReportRow } from '../../world.ts';
import { badParameter } from '../answers.ts';
import { isRecord, type Parameters, textList } from '../parameters.ts';

export interface ReportFilter {
  readonly includeDeleted: boolean;
  readonly ids: {
    readonly campaignIds?: readonly string[];
    readonly adgroupIds?: readonly string[];
    readonly adIds?: readonly string[];
  };
  /** Conditions on metrics, which name the metrics they need. */
  readonly conditions: readonly {
    readonly metric: string;
    matches(row: ReportRow): boolean;
  }[];
}

interface Entry {
  readonly field: string;
  readonly type: string;
  readonly value: string;
}

const idFields = {
  campaign_ids: 'campaignIds',
  campaign_id: 'campaignIds',
  adgroup_ids: 'adgroupIds',
  adgroup_id: 'adgroupIds',
  ad_ids: 'adIds',
  ad_id: 'adIds',
} as const;
type IdField = keyof typeof idFields;

const statusFields = ['campaign_status', 'adgroup_status', 'ad_status'];
const comparisons: Readonly<Record<string, (value: number, bounds: readonly number[]) => boolean>> =
  {
    GREATER_EQUAL: (value, [bound]) => value >= Number(bound),
    GREATER_THAN: (value, [bound]) => value > Number(bound),
    LOWER_EQUAL: (value, [bound]) => value <= Number(bound),
    LOWER_THAN: (value, [bound]) => value < Number(bound),
    BETWEEN: (value, [low, high]) => value >= Number(low) && value <= Number(high),
  };

export function readReportFilter(parameters: Parameters, asynchronous: boolean): ReportFilter {
  const entries = readEntries(parameters.json('filtering'));
  const ids: Partial<Record<'campaignIds' | 'adgroupIds' | 'adIds', readonly string[]>> = {};
  const conditions: ReportFilter['conditions'][number][] = [];
  let includeDeleted = false;
  for (const entry of entries) {
    if (isIdField(entry.field)) {
      ids[idFields[entry.field]] = inValues(entry);
    } else if (asynchronous) {
      throw badParameter(`filtering: ${entry.field} is not allowed in asynchronous reports.`);
    } else if (statusFields.includes(entry.field)) {
      includeDeleted = includeDeleted || readStatus(entry);
    } else {
      conditions.push(readCondition(entry));
    }
  }
  return { includeDeleted, ids, conditions };
}

function readEntries(value: unknown): readonly Entry[] {
  if (value === null) return [];
  if (!Array.isArray(value)) throw badParameter('filtering: Not a valid list.');
  return value.map((entry) => {
    if (!isRecord(entry)) throw badParameter('filtering: Not a valid list of objects.');
    const { field_name: field, filter_type: type, filter_value: given } = entry;
    const texts = typeof field === 'string' && typeof type === 'string';
    if (!texts || typeof given !== 'string') {
      throw badParameter('filtering: field_name, filter_type and filter_value must be strings.');
    }
    return { field, type, value: given };
  });
}

function isIdField(field: string): field is IdField {
  return field in idFields;
}

function inValues({ field, type, value }: Entry): readonly string[] {
  if (type !== 'IN') throw badParameter(`filtering: ${field} takes filter_type IN.`);
  return textList(`filtering.${field}`, listIn(field, value));
}

function listIn(field: string, value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    throw badParameter(`filtering: The filter_value of ${field} is not a JSON list.`);
  }
}

/** Whether deleted entities are asked for too. */
function readStatus(entry: Entry): boolean {
  const statuses = inValues(entry);
  const unknown = statuses.find((status) => !['STATUS_ALL', 'STATUS_NOT_DELETE'].includes(status));
  if (unknown) throw badParameter(`filtering: ${unknown} is not served by this sandbox.`);
  return statuses.includes('STATUS_ALL');
}

function readCondition({ field, type, value }: Entry): ReportFilter['conditions'][number] {
  const compare = comparisons[type];
  if (!compare) throw badParameter(`filtering: filter_type ${type} cannot be used on ${field}.`);
  const given = type === 'BETWEEN' ? listIn(field, value) : [value];
  const bounds = textList(`filtering.${field}`, given).map(Number);
  if (bounds.some(Number.isNaN) || bounds.length !== (type === 'BETWEEN' ? 2 : 1)) {
    throw badParameter(`filtering: The filter_value of ${field} is not a number.`);
  }
  return { metric: field, matches: (row) => compare(Number(row.metrics[field]), bounds) };
}
