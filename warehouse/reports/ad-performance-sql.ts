/**
 * The statement of ad performance. Each file is summed by itself, to the rows of the answer. Read from
 * daily sums; from single ads where ads are asked for, by sums of weeks as far as those exist; as it was
 * known at an instant from every version of the rows.
 */
import { readFileSync } from 'node:fs';
import { addDays } from '../../policy/days.ts';
import type { Stream } from '../../policy/stream.ts';
import { quoteName, quoteText } from '../engine.ts';
import {
  adRollup,
  type Block,
  blocksSql,
  blocksWithin,
  dayRollup,
  endOf,
  inGrid,
  rollupStream,
  weekOf,
  wholeRange,
} from '../rollups.ts';
import { tableOf } from '../tables.ts';
import type { AdPerformanceParameters } from './ad-performance.ts';

const template = readFileSync(new URL('./ad-performance.sql', import.meta.url), 'utf8');

/** One connection's file in the report. */
export interface ReportSource {
  readonly connectionId: string;
  readonly alias: string;
  readonly currency: string | null;
  /** Those of `blocksUsed` that are summed there. */
  readonly summed: readonly Block[];
}

const entities = ['campaign', 'adgroup', 'ad'] as const;
type Entity = (typeof entities)[number];

const isByAd = ({ groupBy, adIds, asOf }: AdPerformanceParameters): boolean =>
  groupBy === 'ad' || adIds !== undefined || asOf !== undefined;

/** The blocks whose sums by ad the report reads where they exist. */
export function blocksUsed(parameters: AdPerformanceParameters): Block[] {
  const { from, to, asOf, groupBy } = parameters;
  if (!isByAd(parameters) || asOf !== undefined || groupBy === 'day') return [];
  if (groupBy === 'week') return blocksWithin(from, to, [7]);
  return [...wholeRange(from, to), ...blocksWithin(from, to)];
}

export function adPerformanceSql(
  parameters: AdPerformanceParameters,
  sources: readonly ReportSource[],
  streams: readonly Stream[],
): string {
  const { groupBy, order } = parameters;
  const levels = entities.slice(0, entities.indexOf(groupBy as Entity) + 1);
  const isByTime = groupBy === 'day' || groupBy === 'week';
  const ids = levels.map((entity) => `${entity}_id`);
  const key = isByTime ? groupBy : ['connection_id', ...ids].join(', ');
  const shown = levels.map((entity) => `${entity}_id, ${entity}_name`);
  const summed = sources.map((source) => sumsOf(parameters, source, streams, ids));
  const all = summed.join('\n  union all\n  ') || `${noSums(isByTime ? [groupBy] : ids)}`;
  const parts: Record<string, string> = {
    // Days and weeks are added up over the files; entities belong to one.
    sums: isByTime ? `select ${key}, currency, ${figures} from (${all}) group by all` : all,
    columns: isByTime ? key : ['connection_id', ...shown].join(', '),
    names: levels.map((entity) => namesOf(entity, sources, streams)).join('\n'),
    order: `${order === 'group' ? '' : `${order} desc, `}${key}, currency`,
    limit: String(parameters.limit),
  };
  return template.replaceAll(/\{(\w+)\}/g, (_whole, name: string) => parts[name]!);
}

/** A value that is not there counts as nothing. */
const figuresOf = (sum: '' | 'sum'): string => `coalesce(${sum}(spend), 0)::DECIMAL(38,4) as spend,
    coalesce(${sum}(impressions), 0)::BIGINT as impressions,
    coalesce(${sum}(clicks), 0)::BIGINT as clicks,
    coalesce(${sum}(conversions), 0)::BIGINT as conversions`;
const figures = figuresOf('sum');

/** No connection has a file yet. */
const noSums = (keys: readonly string[]): string =>
  `select ''::VARCHAR as connection_id, null::VARCHAR as currency,
    ${keys.map((key) => `null::${key.endsWith('_id') ? 'BIGINT' : 'DATE'} as ${key}`).join(', ')},
    0::DECIMAL(38,4) as spend, 0 as impressions, 0 as clicks, 0 as conversions where false`;

/** One file, summed. Every value of the parameters was checked by their schema. */
function sumsOf(
  parameters: AdPerformanceParameters,
  source: ReportSource,
  streams: readonly Stream[],
  ids: readonly string[],
): string {
  const { groupBy } = parameters;
  const money = source.currency === null ? 'null::VARCHAR' : quoteText(source.currency);
  const rows = isByAd(parameters)
    ? adRows(parameters, source, streams)
    : [rowsFrom(dayRollup(source.alias), parameters, 'day', [rangeOf('day', parameters)])];
  // A single block has one row an ad already.
  const isSummed = groupBy === 'ad' && rows.length === 1 && blocksRead(source.summed).length === 1;
  const time = { day: ['day'], week: [`${weekOf('day')} as week`] };
  const keys = groupBy === 'day' || groupBy === 'week' ? time[groupBy] : ids;
  return `select ${quoteText(source.connectionId)} as connection_id, ${money} as currency, ${keys.join(', ')},
    ${figuresOf(isSummed ? '' : 'sum')}
  from (${rows.join(' union all ')}) ${isSummed ? '' : 'group by all'}`;
}

/** Sums of blocks as far as the file has them, and rows of the days beside. */
function adRows(
  parameters: AdPerformanceParameters,
  { alias, summed }: ReportSource,
  streams: readonly Stream[],
): string[] {
  const { asOf } = parameters;
  const stream = streams.find(({ name }) => name === rollupStream)!;
  const day = quoteName(stream.time!.field);
  const known =
    asOf === undefined
      ? 'known_to is null'
      : `known_from <= ${timestampSql(asOf)} and (known_to is null or known_to > ${timestampSql(asOf)})`;
  const table = tableOf(alias, stream);
  const blocks = blocksRead(summed);
  return [
    ...runsOf(blocks).map(({ block, last }) =>
      rowsFrom(adRollup(alias, block), parameters, 'first', [blocksSql(block, last)]),
    ),
    ...spansBeside(blocks, parameters).map((span) =>
      rowsFrom(table, parameters, day, [known, rangeOf(day, span)]),
    ),
  ];
}

/** The whole range alone, where it is summed. */
function blocksRead(summed: readonly Block[]): readonly Block[] {
  const whole = summed.find((block) => !inGrid(block));
  return whole === undefined ? summed : [whole];
}

interface Run {
  readonly block: Block;
  readonly last: string;
}

/** First days of blocks of one length without a gap: a plain range, by which DuckDB skips rows. */
function runsOf(blocks: readonly Block[]): Run[] {
  const runs: Run[] = [];
  for (const block of blocks) {
    const run = runs.at(-1);
    if (run?.block.days === block.days && addDays(run.last, block.days) === block.first) {
      runs[runs.length - 1] = { ...run, last: block.first };
    } else runs.push({ block, last: block.first });
  }
  return runs;
}

/** The days of the range without the blocks, as few spans as they make. */
function spansBeside(blocks: readonly Block[], { from, to }: Span): Span[] {
  const spans: Span[] = [];
  let next = from;
  for (const block of blocks) {
    if (next < block.first) spans.push({ from: next, to: addDays(block.first, -1) });
    next = addDays(endOf(block), 1);
  }
  if (next <= to) spans.push({ from: next, to });
  return spans;
}

type Span = Pick<AdPerformanceParameters, 'from' | 'to'>;

const rangeOf = (day: string, { from, to }: Span): string =>
  `${day} between DATE ${quoteText(from)} and DATE ${quoteText(to)}`;

/** The first day of a block stands for all of it. */
function rowsFrom(
  table: string,
  parameters: AdPerformanceParameters,
  day: string,
  conditions: readonly string[],
): string {
  const filters = entities.flatMap((entity) => {
    const wanted = parameters[`${entity}Ids`];
    return wanted === undefined ? [] : [`${entity}_id in (${wanted.join(', ')})`];
  });
  const ids = isByAd(parameters) ? 'campaign_id, adgroup_id, ad_id' : 'campaign_id, adgroup_id';
  return `select ${day} as day, ${ids}, spend, impressions, clicks, conversion as conversions
    from ${table} where ${[...conditions, ...filters].join(' and ')}`;
}

const timestampSql = (instant: string): string =>
  `TIMESTAMP ${quoteText(new Date(instant).toISOString().replace('T', ' ').replace('Z', ''))}`;

/** The latest known name of each entity. */
function namesOf(
  entity: Entity,
  sources: readonly ReportSource[],
  streams: readonly Stream[],
): string {
  const stream = streams.find(
    ({ load, key }) => load === 'entity' && key.length === 1 && key[0] === `${entity}_id`,
  );
  const names =
    stream === undefined || sources.length === 0
      ? `select null::VARCHAR as connection_id, null::BIGINT as ${entity}_id, null::VARCHAR as ${entity}_name where false`
      : sources
          .map(
            ({ connectionId, alias }) =>
              `select ${quoteText(connectionId)} as connection_id, ${entity}_id, ${entity}_name
               from ${tableOf(alias, stream)} where known_to is null`,
          )
          .join(' union all ');
  return `left join (${names}) ${entity}_names using (connection_id, ${entity}_id)`;
}
