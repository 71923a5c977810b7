/** Rows of a report as text in UTF-8: JSON, CSV, totals. */
import type { ReportQuery } from '../world.ts';
import type { Bucket } from './buckets.ts';
import type { Cell } from './cells.ts';
import { at, componentCount } from './facts.ts';
import { isMoney, metrics } from './metrics.ts';
import { Text } from './text.ts';
import type { MetricWriter, RowFigures } from './writers.ts';
import { writerOf } from './writers.ts';

/**
 * Visits rows in order; `figures` is good until the next one, `newCell` says that it is not that
 * of the last row.
 */
export type Rows = (
  visit: (cell: Cell, bucket: Bucket, figures: RowFigures, newCell: boolean) => void,
) => void;

export interface Format {
  json(rows: Rows): Buffer;
  csv(rows: Rows, header: readonly string[] | undefined): Buffer;
  totals(rows: Rows): Readonly<Record<string, string>>;
}

const ascii = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const quote = ascii('"');
const comma = ascii(',');
const lineFeed = ascii('\n');

/** One for all: a text is finished before the next one is begun. */
const text = new Text();

export function createFormat(query: ReportQuery, moneyDecimals: 0 | 3): Format {
  const writers = query.metrics.map((name) => writerOf(name, moneyDecimals));
  return {
    json: (rows) => jsonOf(writers, rows),
    csv: (rows, header) => csvOf(query.dimensions, writers, rows, header),
    totals: (rows) => totalsOf(query.metrics, moneyDecimals, rows),
  };
}

/** Bytes that a cell decides, by place of the metric; null where figures decide. */
function cellBytes(
  writers: readonly MetricWriter[],
  cell: Cell,
  known: (Uint8Array | null)[],
  bytesOf: (json: string) => Uint8Array,
): void {
  for (let place = 0; place < writers.length; place += 1) {
    const json = writers[place]!.ofCell?.(cell);
    known[place] = json === undefined || json === null ? null : bytesOf(json);
  }
}

/** Each bucket's label is made once, as it comes again with every cell. */
function bytesOfBuckets(textOf: (bucket: Bucket) => string): (bucket: Bucket) => Uint8Array {
  const known = new Map<Bucket, Uint8Array>();
  return (bucket) => {
    let bytes = known.get(bucket);
    if (bytes === undefined) {
      bytes = ascii(textOf(bucket));
      known.set(bucket, bytes);
    }
    return bytes;
  };
}

function jsonOf(writers: readonly MetricWriter[], rows: Rows): Buffer {
  const keys = writers.map(({ name }, place) => ascii(`${place === 0 ? '' : ','}"${name}":`));
  const betweenDimensionsAndMetrics = ascii('},"metrics":{');
  const end = ascii('}}');
  const times = bytesOfBuckets(({ dimension, label }) => `"${dimension}":"${label}"`);
  const known: (Uint8Array | null)[] = [];
  let head: Uint8Array = quote;
  text.start();
  text.constant(ascii('['));
  rows((cell, bucket, figures, newCell) => {
    if (newCell) {
      cellBytes(writers, cell, known, (json) => Buffer.from(json));
      const separator = bucket.dimension !== null && Object.keys(cell.dimensions).length > 0;
      const dimensions = JSON.stringify(cell.dimensions).slice(1, -1);
      head = ascii(`{"dimensions":{${dimensions}${separator ? ',' : ''}`);
    }
    if (text.length > 1) text.constant(comma);
    text.constant(head);
    if (bucket.dimension !== null) text.constant(times(bucket));
    text.constant(betweenDimensionsAndMetrics);
    for (let place = 0; place < writers.length; place += 1) {
      text.constant(keys[place]!);
      const bytes = known[place]!;
      if (bytes !== null) {
        text.constant(bytes);
        continue;
      }
      text.constant(quote);
      writers[place]!.ofFigures(figures, text);
      text.constant(quote);
    }
    text.constant(end);
  });
  text.constant(ascii(']'));
  return text.take();
}

function csvField(text: string): string {
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function csvOf(
  dimensions: readonly string[],
  writers: readonly MetricWriter[],
  rows: Rows,
  header: readonly string[] | undefined,
): Buffer {
  const times = bytesOfBuckets(({ label }) => label);
  const known: (Uint8Array | null)[] = [];
  let labels: (Uint8Array | undefined)[] = [];
  text.start();
  if (header !== undefined) text.constant(Buffer.from(`${header.map(csvField).join(',')}\n`));
  rows((cell, bucket, figures, newCell) => {
    if (newCell) {
      cellBytes(writers, cell, known, (json) => Buffer.from(csvField(JSON.parse(json) ?? '')));
      labels = dimensions.map((name) =>
        name in cell.dimensions ? ascii(cell.dimensions[name]!) : undefined,
      );
    }
    for (let place = 0; place < dimensions.length; place += 1) {
      if (place > 0) text.constant(comma);
      text.constant(labels[place] ?? times(bucket));
    }
    for (let place = 0; place < writers.length; place += 1) {
      text.constant(comma);
      const bytes = known[place]!;
      if (bytes === null) writers[place]!.ofFigures(figures, text);
      else text.constant(bytes);
    }
    text.constant(lineFeed);
  });
  return text.take();
}

function totalsOf(
  names: readonly string[],
  moneyDecimals: 0 | 3,
  rows: Rows,
): Readonly<Record<string, string>> {
  const totals = new Float64Array(componentCount);
  rows((_cell, _bucket, { sums }) => {
    for (let index = 0; index < componentCount; index += 1) totals[index]! += sums[index]!;
  });
  const texts: Record<string, string> = {};
  for (const name of names) {
    const metric = metrics.get(name);
    if (metric?.kind !== 'sum') continue;
    text.decimal(totals[at[metric.of]]!, isMoney(metric.of) ? moneyDecimals : 0);
    texts[name] = text.take().toString();
  }
  return texts;
}
