/** `GET /report/integrated/get/`: the synchronous report, page by page. */
import type { ReportAnswer, ReportQuery, ReportRow } from '../../world.ts';
import { badParameter, pageInfoJson, Refusal, type Reply } from '../answers.ts';
import type { AdsContext, Call, Endpoint } from '../endpoint.ts';
import type { Parameters } from '../parameters.ts';
import type { ReportFilter } from './report-filter.ts';
import { type ReportRequest, readReportRequest } from './report-request.ts';
import { isAttribute } from './report-rules.ts';

type PagedAnswer = Pick<ReportAnswer, 'total' | 'cut' | 'json' | 'totals'>;

interface Order {
  readonly metric: string;
  readonly descending: boolean;
}

export const integratedReport: Endpoint = {
  method: 'GET',
  path: 'report/integrated/get/',
  needsToken: true,
  scope: 44,
  answer(call, context) {
    const { parameters } = call;
    const request = readReportRequest(parameters, context.world, {
      asynchronous: false,
      mergeRepeatedHour: context.mergeRepeatedHour,
    });
    const order = readOrder(parameters, context);
    for (const { metric } of request.filter.conditions) checkNumeric('filtering', metric, context);
    const chunk = readMode(parameters, request);
    const totals = readTotals(parameters, request.query);
    const paging = parameters.paging();
    if (!request.query) return page(Buffer.from('[]'), 0, paging);
    const answer = ask(request.query, request.filter, order, context);
    if (answer.total > context.reportRowsMax) {
      throw new Refusal(40067, 'The query is too large. Please narrow the date range.');
    }
    const shown = chunk ? { page: 1, pageSize: Math.max(answer.total, 1) } : paging;
    const total = totals && shown.page === 1 ? answer.totals() : null;
    return { ...pageOf(answer, shown, call, context, total), headers: throttleHeader(answer) };
  },
};

/** Says that only the newest 20,000 ads were considered. */
function throttleHeader(answer: PagedAnswer): Readonly<Record<string, string>> {
  return answer.cut ? { 'X-Tt-Ads-Throttle': 'true' } : {};
}

function pageOf(
  answer: PagedAnswer,
  paging: { page: number; pageSize: number },
  { path, parameters }: Call,
  { faults }: AdsContext,
  totals: Readonly<Record<string, string>> | null,
): Reply {
  const advertiserId = parameters.text('advertiser_id');
  const moved = faults.movedBy({ path, advertiserId, page: paging.page });
  const offset = (paging.page - 1) * paging.pageSize - moved;
  return page(answer.json(offset, paging.pageSize), answer.total + moved, paging, totals);
}

function page(
  list: Buffer,
  total: number,
  paging: { page: number; pageSize: number },
  totals: Readonly<Record<string, string>> | null = null,
): Reply {
  const sums = totals ? `,"total_metrics":${JSON.stringify(totals)}` : '';
  const rest = `,"page_info":${pageInfoJson({ ...paging, total })}${sums}}`;
  return { data: Buffer.concat([Buffer.from('{"list":'), list, Buffer.from(rest)]) };
}

function readOrder(parameters: Parameters, context: AdsContext): Order | null {
  const direction = parameters.oneOf('order_type', ['ASC', 'DESC'], 'DESC');
  const metric = parameters.text('order_field');
  if (metric === null) return null;
  checkNumeric('order_field', metric, context);
  return { metric, descending: direction === 'DESC' };
}

function checkNumeric(name: string, metric: string, { world }: AdsContext): void {
  if (world.metricNames.has(metric) && !isAttribute(metric)) return;
  throw badParameter(`${name}: ${metric} is not a metric with values.`);
}

/** CHUNK answers in one piece. */
function readMode(parameters: Parameters, { query }: ReportRequest): boolean {
  const chunk = parameters.oneOf('query_mode', ['REGULAR', 'CHUNK'], 'REGULAR') === 'CHUNK';
  if (chunk && query?.reportType === 'AUDIENCE') {
    throw badParameter('query_mode: CHUNK is not allowed in AUDIENCE reports.');
  }
  return chunk;
}

function readTotals(parameters: Parameters, query: ReportQuery | null): boolean {
  if (!parameters.boolean('enable_total_metrics', false) || !query) return false;
  const plain = ['advertiser_id', 'campaign_id', 'adgroup_id', 'ad_id', 'stat_time_day'];
  const fits = query.dimensions.every((dimension) => plain.includes(dimension));
  if (query.reportType !== 'BASIC' || !fits) {
    const where = 'BASIC reports by one ID dimension and stat_time_day';
    throw badParameter(`enable_total_metrics: Only allowed in ${where}.`);
  }
  return true;
}

/** Ordered and filtered answers are made from all rows; the metrics they need are asked for too. */
function ask(
  query: ReportQuery,
  { conditions }: ReportFilter,
  order: Order | null,
  { world, clock }: AdsContext,
): PagedAnswer {
  const extra = [...conditions.map(({ metric }) => metric), ...(order ? [order.metric] : [])];
  if (extra.length === 0) return world.report(query, clock.now());
  const metrics = [...new Set([...query.metrics, ...extra])];
  const whole = world.report({ ...query, metrics }, clock.now());
  const kept = whole
    .rows(0, whole.total)
    .filter((row) => conditions.every((condition) => condition.matches(row)));
  const sorted = order ? kept.toSorted((a, b) => compare(a, b, order)) : kept;
  const rows = sorted.map((row) => ({ ...row, metrics: only(row.metrics, query.metrics) }));
  return {
    cut: whole.cut,
    total: rows.length,
    json: (offset, limit) => Buffer.from(JSON.stringify(rows.slice(offset, offset + limit))),
    totals: () => only(whole.totals(), query.metrics),
  };
}

function compare(a: ReportRow, b: ReportRow, { metric, descending }: Order): number {
  const difference = Number(a.metrics[metric]) - Number(b.metrics[metric]);
  return (descending ? -difference : difference) || 0;
}

function only<T>(values: Readonly<Record<string, T>>, names: readonly string[]) {
  return Object.fromEntries(
    names.flatMap((name) => (name in values ? [[name, values[name]!]] : [])),
  );
}
