/**
 * The report engine. A query is planned once: which cells have rows in which buckets; only counts
 * are kept, so that any page is found at once. Figures are computed while rows are written.
 */
import type { ReportAnswer, ReportQuery } from '../world.ts';
import type { GeneratedAccount } from './accounts.ts';
import type { Bucket } from './buckets.ts';
import { bucketsOf } from './buckets.ts';
import type { Cell } from './cells.ts';
import { cellsOf, chooseAds, splitKindOf } from './cells.ts';
import {
  at,
  componentCount,
  hoursWithFacts,
  rememberFact,
  restatementOf,
  visibleUntil,
  writeFact,
} from './facts.ts';
import type { Rows } from './format.ts';
import { createFormat } from './format.ts';
import { hash } from './hash.ts';
import { placesNeeded } from './metrics.ts';
import { slotStart } from './splits.ts';
import type { AdNode, Tree } from './tree.ts';
import type { RowFigures } from './writers.ts';

const allHours = 0xffffff;

/** Audience reports lag 16 hours, but for those by country. */
export function lagOf(query: Pick<ReportQuery, 'reportType' | 'dimensions'>) {
  const slow = query.reportType === 'AUDIENCE' && !query.dimensions.includes('country_code');
  return slow ? ('audience' as const) : ('normal' as const);
}

export function answerReport(
  account: GeneratedAccount,
  tree: Tree,
  firstHour: number,
  query: ReportQuery,
  now: Date,
): ReportAnswer & { readonly weight: number } {
  const { ads, cut } = chooseAds(tree, query, now);
  const visible = visibleUntil(account.calendar.phaseMs, now, lagOf(query));
  const buckets = bucketsOf(account.calendar, query, firstHour, visible);
  const cells = cellsOf(account, ads, query);
  const ends = rowEnds(cells, buckets);
  const total = ends.at(-1) ?? 0;
  const fill = rememberLargeRows(figuresOf(query, restatementOf(now)));
  const figures: RowFigures = { sums: new Float64Array(componentCount), reach: 0 };
  const rows = (offset: number, limit: number): Rows => {
    const count = Math.min(limit, total - offset);
    return (visit) => {
      walkRows(cells, buckets, ends, offset, count, (cell, bucket, newCell) => {
        fill(cell, bucket, figures);
        visit(cell, bucket, figures, newCell);
      });
    };
  };
  const format = createFormat(query, account.profile.moneyDecimals);
  return {
    total,
    cut,
    weight: cells.length + buckets.length,
    json: (offset, limit) => format.json(rows(offset, limit)),
    rows: (offset, limit) => JSON.parse(format.json(rows(offset, limit)).toString()),
    csv: (offset, limit, header) => format.csv(rows(offset, limit), header),
    totals: () => format.totals(rows(0, total)),
  };
}

type Visit = (cell: Cell, bucket: Bucket, newCell: boolean) => void;
/** Sums the facts of one row. */
type Fill = (cell: Cell, bucket: Bucket, figures: RowFigures) => void;

/** Bits of the bucket's hours within one day of indices. */
function bucketHours(bucket: Bucket, dayIndex: number): number {
  const from = Math.max(bucket.from - dayIndex * 24, 0);
  const until = Math.min(bucket.until - dayIndex * 24, 24);
  return ((1 << until) - 1) & ~((1 << from) - 1);
}

function cellHours(cell: Cell, dayIndex: number): number {
  let hours = 0;
  for (const { ad } of cell.members) {
    hours |= hoursWithFacts(ad, dayIndex);
    if (hours === allHours) break;
  }
  return hours;
}

/**
 * The next bucket, from that one on, in which the cell has a row; `buckets.length` when there is
 * none.
 */
function nextBucket(cell: Cell, buckets: readonly Bucket[], start: number): number {
  let knownDay = -1;
  let knownHours = 0;
  for (let index = start; index < buckets.length; index += 1) {
    const bucket = buckets[index]!;
    const lastDay = Math.floor((bucket.until - 1) / 24);
    for (let dayIndex = Math.floor(bucket.from / 24); dayIndex <= lastDay; dayIndex += 1) {
      if (dayIndex !== knownDay) {
        knownDay = dayIndex;
        knownHours = cellHours(cell, dayIndex);
      }
      if ((knownHours & bucketHours(bucket, dayIndex)) !== 0) return index;
    }
  }
  return buckets.length;
}

/** For each cell, how many rows it and those before it have. */
function rowEnds(cells: readonly Cell[], buckets: readonly Bucket[]): Int32Array {
  const ends = new Int32Array(cells.length);
  let rows = 0;
  cells.forEach((cell, place) => {
    let index = nextBucket(cell, buckets, 0);
    while (index < buckets.length) {
      rows += 1;
      index = nextBucket(cell, buckets, index + 1);
    }
    ends[place] = rows;
  });
  return ends;
}

function walkRows(
  cells: readonly Cell[],
  buckets: readonly Bucket[],
  ends: Int32Array,
  offset: number,
  limit: number,
  visit: Visit,
): void {
  let low = 0;
  let high = cells.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ends[middle]! > offset) high = middle;
    else low = middle + 1;
  }
  let skip = offset - (low === 0 ? 0 : ends[low - 1]!);
  let left = limit;
  for (let place = low; place < cells.length && left > 0; place += 1) {
    const cell = cells[place]!;
    let newCell = true;
    let index = nextBucket(cell, buckets, 0);
    for (; index < buckets.length && left > 0; index = nextBucket(cell, buckets, index + 1)) {
      if (skip > 0) {
        skip -= 1;
        continue;
      }
      visit(cell, buckets[index]!, newCell);
      newCell = false;
      left -= 1;
    }
  }
}

/**
 * A row over so many ads costs more than keeping its figures for the next page, the totals or
 * another try.
 */
const largeRowMembers = 256;

function rememberLargeRows(fill: Fill): Fill {
  const known = new Map<Cell, Map<Bucket, RowFigures>>();
  return (cell, bucket, figures) => {
    if (cell.members.length < largeRowMembers) {
      fill(cell, bucket, figures);
      return;
    }
    const ofCell = known.get(cell) ?? new Map<Bucket, RowFigures>();
    known.set(cell, ofCell);
    let kept = ofCell.get(bucket);
    if (kept === undefined) {
      kept = { sums: new Float64Array(componentCount), reach: 0 };
      fill(cell, bucket, kept);
      ofCell.set(bucket, kept);
    }
    figures.sums.set(kept.sums);
    figures.reach = kept.reach;
  };
}

/** A few ads of a few days, whose slots follow each other. */
const rememberedAds = 8;

function figuresOf(query: ReportQuery, restatement: number): Fill {
  const kind = splitKindOf(query.dimensions);
  const needed = placesNeeded(query.metrics);
  const scratch = new Float64Array(componentCount);
  const writeAnew = (ad: AdNode, hour: number): Float64Array => {
    writeFact(ad, hour, restatement, scratch);
    return scratch;
  };
  return (cell, bucket, figures) => {
    const { sums } = figures;
    // The facts of many ads would push each other out.
    const again = kind !== null && cell.members.length <= rememberedAds;
    const factOf = again ? rememberFact : writeAnew;
    sums.fill(0);
    const lastDay = Math.floor((bucket.until - 1) / 24);
    for (const { ad, slot, count } of cell.members) {
      for (let dayIndex = Math.floor(bucket.from / 24); dayIndex <= lastDay; dayIndex += 1) {
        let hours = hoursWithFacts(ad, dayIndex) & bucketHours(bucket, dayIndex);
        while (hours !== 0) {
          const hour = dayIndex * 24 + 31 - Math.clz32(hours & -hours);
          hours &= hours - 1;
          const fact = factOf(ad, hour, restatement);
          if (kind === null) {
            for (let place = 0; place < needed.length; place += 1) {
              const index = needed[place]!;
              sums[index]! += fact[index]!;
            }
          } else {
            const from = slotStart(ad, hour, kind, slot, count);
            const until = slotStart(ad, hour, kind, slot + 1, count);
            addPart(fact, needed, from, until, sums);
          }
        }
      }
    }
    figures.reach = reachOf(cell, bucket, sums[at.impressions]!);
  };
}

function addPart(
  fact: Float64Array,
  needed: Int32Array,
  from: number,
  until: number,
  sums: Float64Array,
): void {
  for (let place = 0; place < needed.length; place += 1) {
    const index = needed[place]!;
    const value = fact[index]!;
    if (value === 0) continue;
    sums[index]! += Math.floor((value * until) / 1000) - Math.floor((value * from) / 1000);
  }
}

/** People are not additive: each grouping has a share of its own. */
function reachOf(cell: Cell, bucket: Bucket, impressions: number): number {
  const share = 600 + (hash(cell.seed, bucket.from, bucket.dimension === null ? 80 : 81) % 300);
  return Math.max(1, Math.floor((impressions * share) / 1000));
}
