/** The campaigns, ad groups and ads of one account: who belongs to whom, from when until when. */
import { dayMs, hourMs } from '../calendar.ts';
import type { GeneratedAccount } from './accounts.ts';
import { hash } from './hash.ts';

export const objectives = [
  'WEB_CONVERSIONS',
  'TRAFFIC',
  'APP_PROMOTION',
  'PRODUCT_SALES',
  'VIDEO_VIEWS',
] as const;
export type Objective = (typeof objectives)[number];

/** Days for which a click may still bring conversions, by `click_attribution_window`. */
export const attributionWindows = {
  TWENTY_EIGHT_DAYS: 28,
  SEVEN_DAYS: 7,
  ONE_DAY: 1,
  FOURTEEN_DAYS: 14,
  OFF: 0,
} as const;
export type AttributionWindow = keyof typeof attributionWindows;

/** Events of entities fall on whole minutes. `deletedMs` is Infinity for those that stay. */
interface Node {
  readonly index: number;
  readonly id: string;
  readonly seed: number;
  readonly createdMs: number;
  readonly deletedMs: number;
}

export interface CampaignNode extends Node {
  readonly objective: Objective;
  readonly buyingType: 'AUCTION' | 'RESERVATION_RF' | 'RESERVATION_TOP_VIEW';
  readonly smartPlus: boolean;
  readonly name: string;
}

export interface AdGroupNode extends Node {
  readonly campaign: CampaignNode;
  readonly window: AttributionWindow;
  /** Countries it is shown in: see `splits.ts`. */
  readonly countries: readonly string[];
  readonly name: string;
}

export interface AdNode extends Node {
  readonly adgroup: AdGroupNode;
  readonly account: GeneratedAccount;
  readonly name: string;
  /** Facts lie in [firstHour, endHour). */
  readonly firstHour: number;
  readonly endHour: number;
  /** Impressions of an hour lie between 50 and this much more. */
  readonly volume: number;
  readonly windowDays: number;
}

export interface Tree {
  readonly campaigns: readonly CampaignNode[];
  readonly adgroups: readonly AdGroupNode[];
  /** Oldest first. */
  readonly ads: readonly AdNode[];
  /** Instants at which an entity appears or goes, ascending. */
  readonly changes: readonly number[];
}

/** Time of the generated past: facts start at `firstHour` and the world's clock at `startsMs`. */
export interface Span {
  readonly firstHour: number;
  readonly firstMs: number;
  readonly startsMs: number;
}

const minuteMs = 60_000;
export const countrySets = [
  ['DE'],
  ['US', 'CA'],
  ['GB', 'FR', 'ES'],
  ['JP'],
  ['DE', 'AT', 'CH', 'NL'],
];

/** Ads come in groups of three to five, groups in campaigns of two to four; older ones first. */
export function growTree(account: GeneratedAccount, ads: number, span: Span): Tree {
  const tree = { campaigns: [], adgroups: [], ads: [] } as {
    campaigns: CampaignNode[];
    adgroups: AdGroupNode[];
    ads: AdNode[];
  };
  const { seed } = account;
  let groupsLeft = 0;
  let adsLeft = 0;
  for (let index = 0; index < ads; index += 1) {
    const createdMs = creationOf(index, ads, span);
    if (adsLeft === 0) {
      if (groupsLeft === 0) {
        tree.campaigns.push(campaignOf(account, tree.campaigns.length, createdMs, span));
        groupsLeft = 2 + (hash(seed, tree.campaigns.length, 11) % 3);
      }
      tree.adgroups.push(
        adgroupOf(account, tree.adgroups.length, tree.campaigns.at(-1)!, createdMs, span),
      );
      groupsLeft -= 1;
      adsLeft = 3 + (hash(seed, tree.adgroups.length, 12) % 3);
    }
    tree.ads.push(adOf(account, index, tree.adgroups.at(-1)!, createdMs, span));
    adsLeft -= 1;
  }
  const nodes = [...tree.campaigns, ...tree.adgroups, ...tree.ads];
  const changes = nodes.flatMap((node) => [node.createdMs, node.deletedMs]);
  return { ...tree, changes: [...new Set(changes)].sort((one, other) => one - other) };
}

/** Seven of ten ads are older than the first fact, the others are created while facts run. */
function creationOf(index: number, ads: number, span: Span): number {
  const old = Math.ceil(ads * 0.7);
  const at =
    index < old
      ? span.firstMs - 60 * dayMs + (58 * dayMs * index) / old
      : span.firstMs + (0.8 * (span.startsMs - span.firstMs) * (index - old)) / (ads - old);
  return Math.floor(at / minuteMs) * minuteMs;
}

/**
 * An instant between three tenths of the span and five days after it: some go while somebody
 * watches.
 */
function deletionOf(seed: number, createdMs: number, span: Span): number {
  const from = span.firstMs + 0.3 * (span.startsMs - span.firstMs);
  const share = hash(seed, 21, 0) / 2 ** 32;
  const at = Math.max(from + share * (span.startsMs + 5 * dayMs - from), createdMs + dayMs);
  return Math.floor(at / minuteMs) * minuteMs;
}

/** 16 digits; campaigns, ad groups and ads of all accounts lie apart. */
function idOf(account: GeneratedAccount, kind: 0 | 1 | 2, index: number): string {
  const place = account.index * 100_000_000_000 + (index * 3 + kind) * 1000;
  return String(1_700_000_000_000_000 + place + (hash(account.seed, index, 30 + kind) % 1000));
}

function campaignOf(
  account: GeneratedAccount,
  index: number,
  firstAdMs: number,
  span: Span,
): CampaignNode {
  const seed = hash(account.seed, index, 41);
  const createdMs = firstAdMs - 9 * minuteMs;
  const objective = objectives[index % objectives.length]!;
  const buyingType =
    index % 12 === 5 ? 'RESERVATION_TOP_VIEW' : index % 6 === 3 ? 'RESERVATION_RF' : 'AUCTION';
  return {
    index,
    id: idOf(account, 0, index),
    seed,
    createdMs,
    deletedMs: index % 9 === 4 ? deletionOf(seed, createdMs, span) : Number.POSITIVE_INFINITY,
    objective,
    buyingType,
    smartPlus: buyingType === 'AUCTION' && index % 4 === 1,
    name: [account.profile.country, objective, index + 1].join(' | '),
  };
}

function adgroupOf(
  account: GeneratedAccount,
  index: number,
  campaign: CampaignNode,
  firstAdMs: number,
  span: Span,
): AdGroupNode {
  const seed = hash(account.seed, index, 42);
  const createdMs = firstAdMs - 6 * minuteMs;
  const windows = Object.keys(attributionWindows) as AttributionWindow[];
  const own = index % 13 === 6 ? deletionOf(seed, createdMs, span) : Number.POSITIVE_INFINITY;
  const countries = countrySets[seed % countrySets.length]!;
  return {
    index,
    id: idOf(account, 1, index),
    seed,
    createdMs,
    deletedMs: Math.min(own, campaign.deletedMs),
    campaign,
    window: windows[index % windows.length]!,
    countries,
    name: `${countries.join('+')} ${25 + (seed % 3) * 10}-55 "broad" ${index + 1}`,
  };
}

function adOf(
  account: GeneratedAccount,
  index: number,
  adgroup: AdGroupNode,
  createdMs: number,
  span: Span,
): AdNode {
  const seed = hash(account.seed, index, 43);
  const own = index % 11 === 3 ? deletionOf(seed, createdMs, span) : Number.POSITIVE_INFINITY;
  const deletedMs = Math.min(own, adgroup.deletedMs);
  const hourOf = (at: number) => Math.ceil((at - account.calendar.phaseMs) / hourMs);
  return {
    index,
    id: idOf(account, 2, index),
    seed,
    createdMs,
    deletedMs,
    adgroup,
    account,
    name: `UGC ${['lamp', 'chair', 'tea', '灯', 'tent'][seed % 5]} ${index + 1}`,
    firstHour: Math.max(span.firstHour, hourOf(createdMs)),
    endHour: deletedMs === Number.POSITIVE_INFINITY ? 2 ** 31 - 1 : hourOf(deletedMs) - 1,
    volume: 200 + (hash(seed, 1, 0) % 12) ** 2 * 30,
    windowDays: attributionWindows[adgroup.window],
  };
}
