/**
 * What a complete and correct reader must find: sums over the facts, written a second time. Naive
 * on purpose: it loops over every ad and hour, asks the calendar of the platform for each label
 * and shares nothing with the report engine but the facts themselves and where a fact is cut into
 * slots.
 */
import { hourMs } from './calendar.ts';
import type { GeneratedPart } from './generator/create-generated-world.ts';
import type { Component } from './generator/facts.ts';
import { at, factsOf } from './generator/facts.ts';
import type { SplitKind } from './generator/splits.ts';
import { slotStart, slotsOf } from './generator/splits.ts';
import type { AdNode } from './generator/tree.ts';
import type { TruthGroup, TruthQuestion, TruthRow } from './world.ts';

const moneyMetrics = new Set([
  'spend',
  'billed_cost',
  'cash_spend',
  'voucher_spend',
  'total_purchase_value',
  'total_complete_payment_rate',
  'total_onsite_shopping_value',
]);

interface Label {
  readonly hour: number;
  readonly day: string;
  readonly hourText: string;
  /** What tells its groups apart in time. */
  readonly key: string;
}

interface Gathered {
  readonly group: Record<string, string>;
  readonly sums: number[];
  /** Rows differ by hour even where autumn gives two hours one label. */
  readonly hours: Set<number>;
}

export function answerTruth(
  part: GeneratedPart,
  question: TruthQuestion,
  now: Date,
): readonly TruthRow[] {
  const { groupBy } = question;
  const kind = splitOf(groupBy);
  const lag = question.reportType === 'AUDIENCE' && kind !== 'country_code' ? 'audience' : 'normal';
  const columns = question.metrics.map(columnOf);
  const labels = labelsOf(part, question, now);
  const groups = new Map<string, Map<string, Gathered>>();
  for (const ad of part.tree.ads) {
    const slots = kind === null ? [{}] : slotsOf(ad, kind);
    const byTime = slots.map((slot) => ofEntity(groups, groupBy, ad, slot));
    for (const label of labels) {
      const facts = factsOf(ad, label.hour, now, lag);
      if (facts === null) continue;
      for (let slot = 0; slot < slots.length; slot += 1) {
        let found = byTime[slot]!.get(label.key);
        if (found === undefined) {
          const group = groupOf(groupBy, ad, label, slots[slot]!);
          found = { group, sums: columns.map(() => 0), hours: new Set() };
          byTime[slot]!.set(label.key, found);
        }
        if (groupBy.includes('hour')) found.hours.add(label.hour);
        const from = kind === null ? 0 : slotStart(ad, label.hour, kind, slot, slots.length);
        const until =
          kind === null ? 1000 : slotStart(ad, label.hour, kind, slot + 1, slots.length);
        for (let place = 0; place < columns.length; place += 1) {
          found.sums[place]! += partOf(facts[columns[place]!]!, from, until);
        }
      }
    }
  }
  return [...groups.values()]
    .flatMap((entity) => [...entity.values()])
    .map((found) => rowOf(part, question, found));
}

function ofEntity(
  groups: Map<string, Map<string, Gathered>>,
  groupBy: readonly TruthGroup[],
  ad: AdNode,
  slot: Readonly<Record<string, string>>,
): Map<string, Gathered> {
  const key = JSON.stringify(groupOf(groupBy, ad, { day: '', hourText: '' }, slot));
  const known = groups.get(key) ?? new Map<string, Gathered>();
  groups.set(key, known);
  return known;
}

function rowOf(part: GeneratedPart, question: TruthQuestion, found: Gathered): TruthRow {
  const { moneyDecimals } = part.account.profile;
  const sums = question.metrics.map((metric, place) => {
    const sum = found.sums[place]!;
    if (!Number.isSafeInteger(sum)) throw new RangeError(`the sum of ${metric} is not exact`);
    return [metric, textOf(String(sum), moneyMetrics.has(metric) ? moneyDecimals : 0)];
  });
  return {
    group: found.group,
    sums: Object.fromEntries(sums),
    rows: Math.max(1, found.hours.size),
  };
}

function columnOf(metric: string): number {
  const name = metric === 'billed_cost' ? 'spend' : metric;
  if (!(name in at)) throw new RangeError(`${metric} has no sum`);
  return at[name as Component];
}

function splitOf(groupBy: readonly TruthGroup[]): SplitKind | null {
  if (groupBy.includes('country_code')) return 'country_code';
  if (groupBy.includes('age') || groupBy.includes('gender')) return 'age_gender';
  if (groupBy.includes('platform')) return 'platform';
  return groupBy.includes('province_id') ? 'province_id' : null;
}

/** Every hour of the days asked for, with its day and hour as the account's clock shows them. */
function labelsOf(part: GeneratedPart, question: TruthQuestion, now: Date): Label[] {
  const { calendar, profile } = part.account;
  const clock = new Intl.DateTimeFormat('sv-SE', {
    timeZone: profile.timeZone,
    dateStyle: 'short',
    timeStyle: 'medium',
  });
  const labels: Label[] = [];
  const last = Math.floor(now.getTime() / hourMs);
  for (let hour = part.firstHour; hour <= last; hour += 1) {
    const hourText = clock.format(hour * hourMs + calendar.phaseMs);
    const day = hourText.slice(0, 10);
    if (question.from !== null && day < question.from) continue;
    if (question.to !== null && day > question.to) continue;
    const byHour = question.groupBy.includes('hour');
    const key = byHour ? hourText : question.groupBy.includes('day') ? day : '';
    labels.push({ hour, day, hourText, key });
  }
  return labels;
}

function groupOf(
  groupBy: readonly TruthGroup[],
  ad: AdNode,
  label: Pick<Label, 'day' | 'hourText'>,
  slot: Readonly<Record<string, string>>,
): Record<string, string> {
  const values: Readonly<Record<string, string>> = {
    day: label.day,
    hour: label.hourText,
    campaign_id: ad.adgroup.campaign.id,
    adgroup_id: ad.adgroup.id,
    ad_id: ad.id,
    ...slot,
  };
  return Object.fromEntries(groupBy.map((name) => [name, values[name]!]));
}

/** Exact: both products stay far below 2^53. */
function partOf(value: number, from: number, until: number): number {
  return Math.floor((value * until) / 1000) - Math.floor((value * from) / 1000);
}

function textOf(digits: string, decimals: number): string {
  if (decimals === 0) return digits;
  const padded = digits.padStart(decimals + 1, '0');
  return `${padded.slice(0, -decimals)}.${padded.slice(-decimals)}`;
}
