/**
 * Holds the rows of a connection's file against what the sandbox knew at the instant of each pull. Twice: row for
 * row and field for field against the report that TikTok gives, and by its own sums, which independent code computes.
 */
import type { ReportRequest, Stream } from '../../policy/stream.ts';
import type { Connection } from '../../registry/registry.ts';
import type { ReportQuery, TruthGroup, World } from '../../sandbox/world.ts';
import type { FactsFile, TextRow } from '../facts-file.ts';
import { expectedRow, keyOf, parseExactly, storedRow } from '../sent-values.ts';

export interface Question {
  readonly world: World;
  readonly file: FactsFile;
  readonly connection: Pick<Connection, 'accountId'>;
  readonly stream: Stream;
  /** As it was known then; now when absent. */
  readonly asOf?: Date;
}

export interface Comparison {
  readonly rows: number;
  /** Sums over the additive figures that were compared. */
  readonly figures: number;
  /** Keys with what is wrong: `missing`, `doubled`, `not there` (also: on a wrong day), `differs`, `sum`. */
  readonly wrong: readonly string[];
}

interface Range {
  readonly from: string | null;
  readonly to: string | null;
  readonly pulledAt: Date;
}

const dayMs = 86_400_000;
/** Facts change at whole quarters of an hour only: pulls of one quarter know the same. */
const quarterMs = 900_000;
const whole = '0001-01-01';

export async function holdAgainstTruth(question: Question): Promise<Comparison> {
  const { file, stream, asOf } = question;
  const stored = (await file.rows(stream, asOf)).map((row) => storedRow(stream, row));
  const ranges = await knownRanges(question);
  const reported = ranges.flatMap((range) => reportedRows(question, range));
  const sums = sumDifferences(question, ranges, stored);
  const wrong = [...rowDifferences(stream, stored, reported), ...sums.wrong];
  return { rows: stored.length, figures: sums.figures, wrong };
}

/** Runs of days whose newest pull knew the same. */
async function knownRanges({ file, stream, asOf }: Question): Promise<Range[]> {
  const pulls = await file.pulls(stream);
  const newest = new Map<string, Date>();
  for (const { from, to, pulledAt } of pulls) {
    if (asOf !== undefined && pulledAt > asOf) continue;
    if (from === whole) newest.set(whole, pulledAt);
    else for (const day of daysOf(from, to)) newest.set(day, pulledAt);
  }
  const ranges: Range[] = [];
  for (const [day, pulledAt] of [...newest].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (day === whole) return [{ ...wholeRange(stream, pulledAt), pulledAt }];
    const last = ranges.at(-1);
    const joins = last && nextDay(last.to!) === day && quarter(last.pulledAt) === quarter(pulledAt);
    if (joins) ranges.splice(-1, 1, { ...last, to: day });
    else ranges.push({ from: day, to: day, pulledAt });
  }
  return ranges;
}

const quarter = (at: Date): number => Math.floor(at.getTime() / quarterMs);
const dayText = (ms: number): string => new Date(ms).toISOString().slice(0, 10);
const nextDay = (day: string): string => dayText(Date.parse(day) + dayMs);

function daysOf(from: string, to: string): string[] {
  const days: string[] = [];
  for (let day = from; day <= to; day = nextDay(day)) days.push(day);
  return days;
}

/** Without a lifetime: the longest range that TikTok gives, up to yesterday in UTC. */
function wholeRange({ request }: Stream, pulledAt: Date) {
  if ((request as ReportRequest).lifetime) return { from: null, to: null };
  const ms = pulledAt.getTime();
  return { from: dayText(ms - 365 * dayMs), to: dayText(ms - dayMs) };
}

export function reportQuery(
  stream: Stream,
  advertiserId: string,
  range: Pick<Range, 'from' | 'to'>,
): ReportQuery {
  const { reportType, dataLevel, dimensions, metrics, lifetime } = stream.request as ReportRequest;
  return {
    ...{ advertiserId, reportType, dataLevel, dimensions, metrics, lifetime },
    ...{ from: range.from, to: range.to, includeDeleted: true, newestAdsMax: null },
    mergeRepeatedHour: false,
  };
}

function reportedRows({ world, connection, stream }: Question, range: Range): TextRow[] {
  const answer = world.report(reportQuery(stream, connection.accountId, range), range.pulledAt);
  const rows = parseExactly(answer.json(0, answer.total).toString()) as unknown[];
  return rows.map((row) => expectedRow(stream, row));
}

function rowDifferences(
  stream: Stream,
  stored: readonly TextRow[],
  expected: readonly TextRow[],
): string[] {
  const found = Map.groupBy(stored, (row) => keyOf(stream, row));
  const wanted = Map.groupBy(expected, (row) => keyOf(stream, row));
  const wrong: string[] = [];
  for (const [key, rows] of wanted) {
    const have = found.get(key) ?? [];
    if (have.length < rows.length) wrong.push(`${key}: missing`);
    else if (have.length > rows.length) wrong.push(`${key}: doubled`);
    else if (texts(have) !== texts(rows)) wrong.push(`${key}: differs`);
  }
  for (const key of found.keys()) if (!wanted.has(key)) wrong.push(`${key}: not there`);
  return wrong;
}

/** Rows of one key in one order: nothing says which of two equal hours came first. */
const texts = (rows: readonly TextRow[]): string =>
  rows
    .map((row) => JSON.stringify(row))
    .sort()
    .join();

const groupNames: Readonly<Record<string, TruthGroup>> = {
  stat_time_day: 'day',
  stat_time_hour: 'hour',
};

function sumDifferences(
  { world, connection, stream }: Question,
  ranges: readonly Range[],
  stored: readonly TextRow[],
): { figures: number; wrong: string[] } {
  const { reportType } = stream.request as ReportRequest;
  const names = stream.key.filter((name) => name !== 'advertiser_id');
  const groupBy = names.map((name) => groupNames[name] ?? (name as TruthGroup));
  const metrics = stream.fields.filter((one) => one.additive).map(({ name }) => name);
  const found = Map.groupBy(stored, (row) => names.map((name) => row[name]).join(' '));
  const wrong: string[] = [];
  let figures = 0;
  for (const { from, to, pulledAt } of ranges) {
    const asked = { advertiserId: connection.accountId, reportType, groupBy, metrics, from, to };
    for (const { group, sums, rows } of world.truth(asked, pulledAt)) {
      const key = groupBy.map((name) => group[name]).join(' ');
      const have = found.get(key) ?? [];
      found.delete(key);
      if (have.length !== rows) wrong.push(`${key}: ${have.length} rows instead of ${rows}`);
      for (const name of metrics) {
        figures += 1;
        const sum = have.reduce((all, row) => all + scaled(row[name] ?? null), 0n);
        if (sum !== scaled(sums[name]!)) wrong.push(`${key}: sum of ${name}`);
      }
    }
  }
  for (const key of found.keys()) wrong.push(`${key}: not in the truth`);
  return { figures, wrong };
}

/** Exact: four decimals at most. A goal that nobody set is null in its rows, which `rowDifferences` sees. */
function scaled(text: string | null): bigint {
  const [units, decimals = ''] = (text ?? '0').split('.');
  return BigInt(units + decimals.padEnd(4, '0'));
}
