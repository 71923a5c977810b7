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

interface Range {
  readonly from: string;
  readonly to: string;
}

interface TruthRow {
  readonly group: Readonly<Record<string, string>>;
  readonly sums: Readonly<Record<string, string>>;
}

/** TikTok's names, and the report's. */
const columns = {
  spend: 'spend',
  impressions: 'impressions',
  clicks: 'clicks',
  conversion: 'conversions',
} as const;
const metrics = Object.keys(columns) as (keyof typeof columns)[];

/** @throws Error when the sandbox or the hub does not answer. */
export async function compareWithTruth(input: CompareInput): Promise<Comparison> {
  const { client, workspaceId, connection, now, days: daysCompared } = input;
  const to = accountTime(now, connection.timeZone ?? 'UTC').day;
  const range = { from: addDays(to, 1 - daysCompared), to };
  const ask = (groupBy: string, within: Range): Promise<Report> =>
    client.adPerformance({ workspaceId, connectionIds: connection.id, groupBy, ...within });
  const compare = async (report: Report, key: string, within: Range): Promise<string[]> =>
    compareRows(report, await askTruth(input, key, within), key);

  const byDay = await ask('day', range);
  const differences = [
    ...(await compare(byDay, 'day', range)),
    ...(await compare(await ask('campaign', range), 'campaign_id', range)),
  ];
  for (let day = range.from; day <= to; day = addDays(day, 1)) {
    const within = { from: day, to: day };
    const differing = await compare(await ask('ad', within), 'ad_id', within);
    differences.push(...differing.map((line) => `${day} ad ${line}`));
  }
  const days = byDay.rows.map((row) => ({ day: String(row.day), spend: String(row.spend) }));
  return { connection, days, differences, meta: byDay.meta };
}

async function askTruth(
  { sandbox, connection }: CompareInput,
  groupBy: string,
  range: Range,
): Promise<TruthRow[]> {
  const response = await fetch(new URL('sandbox/truth', sandbox), {
    method: 'POST',
    body: JSON.stringify({
      advertiserId: connection.accountId,
      groupBy: [groupBy],
      metrics,
      ...range,
    }),
  });
  if (!response.ok) throw new Error(`The sandbox's truth answers HTTP ${response.status}.`);
  return (await response.json()) as TruthRow[];
}

/** Groups without any figure are the same as no group. */
function compareRows(report: Report, truth: readonly TruthRow[], key: string): string[] {
  const shown = new Map(report.rows.map((row) => [String(row[key]), row]));
  const known = new Map(truth.map(({ group, sums }) => [group[key]!, sums]));
  const differences: string[] = [];
  for (const name of new Set([...shown.keys(), ...known.keys()])) {
    for (const metric of metrics) {
      const here = Number(shown.get(name)?.[columns[metric]] ?? 0);
      const there = Number(known.get(name)?.[metric] ?? 0);
      if (here !== there) differences.push(`${name} ${metric}: ${here} here, ${there} in truth`);
    }
  }
  return differences;
}
