/**
 * What a complete and correct reader must find: sums over the facts, written a second time. Naive on purpose: it
 * loops over every ad and hour, asks the calendar of the platform for each label and shares nothing with the report
 * engine but the facts themselves and where a fact is cut into slots.
 */
import { hourMs } from './calendar.ts';
import type { GeneratedPart } from './generator/create-generated-world.ts';
import { factsOf } from './generator/facts.ts';
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
}

interface Gathered {
  readonly group: Record<string, string>;
  readonly sums: bigint[];
  /** Rows differ by hour even where autumn gives two hours one label. */
  readonly rows: Set<number>;
}

export function answerTruth(
  part: GeneratedPart,
  question: TruthQuestion,
  now: Date,
): readonly TruthRow[] {
  const kind = splitOf(question.groupBy);
  const slow = question.reportType === 'AUDIENCE' && kind !== 'country_code';
  const labels = labelsOf(part, question, now);
  const gathered = new Map<string, Gathered>();
  for (const ad of part.tree.ads) {
    const slots = kind === null ? [{}] : slotsOf(ad, kind);
    for (const label of labels) {
      const facts = factsOf(ad, label.hour, now, slow ? 'audience' : 'normal');
      if (facts === null) continue;
      slots.forEach((slot, index) => {
        const group = groupOf(question.groupBy, ad, label, slot);
        const key = JSON.stringify(group);
        const found = gathered.get(key) ?? {
          group,
          sums: question.metrics.map(() => 0n),
          rows: new Set<number>(),
        };
        gathered.set(key, found);
        found.rows.add(question.groupBy.includes('hour') ? label.hour : 0);
        const from = kind === null ? 0 : slotStart(ad, label.hour, kind, index, slots.length);
        const until =
          kind === null ? 1000 : slotStart(ad, label.hour, kind, index + 1, slots.length);
        question.metrics.forEach((metric, place) => {
          const value = facts[factName(metric)];
          if (value === undefined) throw new RangeError(`${metric} has no sum`);
          found.sums[place]! += partOf(BigInt(value), BigInt(from), BigInt(until));
        });
      });
    }
  }
  return [...gathered.values()].map(({ group, sums, rows }) => ({
    group,
    sums: Object.fromEntries(
      question.metrics.map((metric, place) => [
        metric,
        textOf(sums[place]!, moneyMetrics.has(metric) ? part.account.profile.moneyDecimals : 0),
      ]),
    ),
    rows: rows.size,
  }));
}

function factName(metric: string): 'spend' {
  // The cast stands for "any name of a figure": an unknown one is found missing where it is used.
  return (metric === 'billed_cost' ? 'spend' : metric) as 'spend';
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
    labels.push({ hour, day, hourText });
  }
  return labels;
}

function groupOf(
  groupBy: readonly TruthGroup[],
  ad: AdNode,
  label: Label,
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

function partOf(value: bigint, from: bigint, until: bigint): bigint {
  return (value * until) / 1000n - (value * from) / 1000n;
}

function textOf(value: bigint, decimals: number): string {
  if (decimals === 0) return value.toString();
  const digits = value.toString().padStart(decimals + 1, '0');
  return `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}
