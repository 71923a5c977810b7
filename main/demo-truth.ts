/** Holds the hub's report against the sandbox's truth: spend and results of every day, campaign and ad. */
import { accountTime, addDays } from '../policy/days.ts';
import type { ConnectionState, HubClient, Report } from './hub-client.ts';

export interface Comparison {
  readonly connection: ConnectionState;
  readonly days: readonly { day: string; spend: string }[];
  /** One line for each figure that is not the same at both ends. */
  readonly differences: readonly string[];
  readonly meta: Report['meta'];
}

export interface CompareInput {
  readonly client: HubClient;
  readonly sandbox: URL;
  readonly workspaceId: string;
  readonly connection: ConnectionState;
  readonly now: Date;
  /** How many days up to today are compared. */
  readonly days: number;
}

interface TruthRow {
  readonly group: Readonly<Record<string, string>>;
  readonly sums: Readonly<Record<string, string>>;
}

const metrics = ['spend', 'impressions', 'clicks', 'conversion'] as const;

/** @throws Error when the sandbox or the hub does not answer. */
export async function compareWithTruth(input: CompareInput): Promise<Comparison> {
  const { client, workspaceId, connection, now, days: daysCompared } = input;
  const to = accountTime(now, connection.timeZone ?? 'UTC').day;
  const range = { from: addDays(to, 1 - daysCompared), to };
  const differences: string[] = [];
  const ask = (groupBy: string): Promise<Report> =>
    client.adPerformance({ workspaceId, connectionIds: connection.id, groupBy, ...range });
  const byDay = await ask('day');
  const pairs = [
    { report: byDay, groupBy: ['day'], keys: ['day'] },
    { report: await ask('campaign'), groupBy: ['campaign_id'], keys: ['campaign_id'] },
    { report: await ask('day,ad'), groupBy: ['day', 'ad_id'], keys: ['day', 'ad_id'] },
  ];
  for (const { report, groupBy, keys } of pairs) {
    const truth = await askTruth(input, groupBy, range);
    differences.push(...compareRows(report, truth, keys));
  }
  const days = byDay.rows.map((row) => ({ day: String(row.day), spend: String(row.spend) }));
  return { connection, days, differences, meta: byDay.meta };
}

async function askTruth(
  { sandbox, connection }: CompareInput,
  groupBy: readonly string[],
  range: { from: string; to: string },
): Promise<TruthRow[]> {
  const response = await fetch(new URL('sandbox/truth', sandbox), {
    method: 'POST',
    body: JSON.stringify({ advertiserId: connection.accountId, groupBy, metrics, ...range }),
  });
  if (!response.ok) throw new Error(`The sandbox's truth answers HTTP ${response.status}.`);
  return (await response.json()) as TruthRow[];
}

/** Groups without any figure are the same as no group. */
function compareRows(
  report: Report,
  truth: readonly TruthRow[],
  keys: readonly string[],
): string[] {
  const nameOf = (group: Readonly<Record<string, unknown>>): string =>
    keys.map((key) => String(group[key])).join(' ');
  const shown = new Map(report.rows.map((row) => [nameOf(row), row]));
  const known = new Map(truth.map(({ group, sums }) => [nameOf(group), sums]));
  const differences: string[] = [];
  for (const name of new Set([...shown.keys(), ...known.keys()])) {
    for (const metric of metrics) {
      const here = Number(shown.get(name)?.[metric] ?? 0);
      const there = Number(known.get(name)?.[metric] ?? 0);
      if (here !== there) differences.push(`${name} ${metric}: ${here} here, ${there} in truth`);
    }
  }
  return differences;
}
