/** Reads a report's parameters into the world's question, for synchronous calls and tasks alike. */
import type { ReportQuery, World } from '../../world.ts';
import { badParameter } from '../answers.ts';
import type { Parameters } from '../parameters.ts';
import { type ReportFilter, readReportFilter } from './report-filter.ts';
import {
  acceptedLevels,
  checkDates,
  checkDimensions,
  checkMetrics,
  type DataLevel,
  readDataLevel,
} from './report-rules.ts';

/** A synchronous report considers the newest ads of an account only. */
const newestAdsMax = 20_000;

export interface ReportRequest {
  /** Null for a reservation report: it succeeds with no rows on auction accounts. */
  readonly query: ReportQuery | null;
  readonly filter: ReportFilter;
}

interface ReadOptions {
  readonly asynchronous: boolean;
  readonly mergeRepeatedHour: boolean;
}

export function readReportRequest(
  parameters: Parameters,
  world: World,
  options: ReadOptions,
): ReportRequest {
  refuseUnserved(parameters);
  const advertiserId = parameters.required('advertiser_id');
  const reportType = readReportType(parameters);
  const service = parameters.oneOf('service_type', ['AUCTION', 'RESERVATION'], 'AUCTION');
  const dataLevel = readLevel(parameters);
  const lifetime = parameters.boolean('query_lifetime', false);
  if (lifetime && reportType === 'AUDIENCE') {
    throw badParameter('query_lifetime: Not allowed in AUDIENCE reports.');
  }
  parameters.required('dimensions');
  const dimensions = parameters.list('dimensions') ?? [];
  const metrics = readMetrics(parameters);
  const filter = readReportFilter(parameters, options.asynchronous);
  if (dataLevel === null || service === 'RESERVATION') return { query: null, filter };
  const shape = { reportType, dataLevel, dimensions, metrics, lifetime };
  checkDimensions(shape);
  const conflict = world.conflict(shape);
  if (conflict !== null) throw badParameter(conflict);
  checkMetrics(shape, world.metricNames, options.asynchronous);
  const dates = lifetime ? { from: null, to: null } : readDates(parameters, dimensions, options);
  const query: ReportQuery = {
    ...shape,
    ...dates,
    advertiserId,
    includeDeleted: filter.includeDeleted,
    ...filter.ids,
    newestAdsMax: options.asynchronous ? null : newestAdsMax,
    mergeRepeatedHour: options.mergeRepeatedHour,
  };
  return { query, filter };
}

function refuseUnserved(parameters: Parameters): void {
  for (const name of ['advertiser_ids', 'bc_id', 'multi_adv_report_in_utc_time']) {
    if (parameters.has(name)) throw badParameter(`${name}: Not served by this sandbox.`);
  }
}

function readReportType(parameters: Parameters): 'BASIC' | 'AUDIENCE' {
  const documented = ['BASIC', 'AUDIENCE', 'PLAYABLE_MATERIAL', 'CATALOG', 'BC', 'TT_SHOP'];
  const type = parameters.oneOf('report_type', documented);
  if (type === 'BASIC' || type === 'AUDIENCE') return type;
  throw badParameter(`report_type: ${type} is not served by this sandbox.`);
}

function readLevel(parameters: Parameters): DataLevel | null {
  return readDataLevel(parameters.oneOf('data_level', acceptedLevels));
}

function readMetrics(parameters: Parameters): readonly string[] {
  const metrics = parameters.list('metrics');
  if (!metrics || metrics.length === 0) return ['spend', 'impressions'];
  return [...new Set(metrics)];
}

function readDates(
  parameters: Parameters,
  dimensions: readonly string[],
  options: ReadOptions,
): { from: string | null; to: string | null } {
  const dates = { from: parameters.text('start_date'), to: parameters.text('end_date') };
  checkDates(dates, dimensions, options.asynchronous);
  return dates;
}
