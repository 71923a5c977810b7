/**
 * What the rows of a report are about, apart from time: an entity, and a slot where facts are
 * split.
 */
import type { ReportQuery } from '../world.ts';
import type { GeneratedAccount } from './accounts.ts';
import type { Slot, SplitKind } from './splits.ts';
import { slotsOf, splitOfDimension } from './splits.ts';
import type { AdGroupNode, AdNode, CampaignNode, Tree } from './tree.ts';

/** One ad's share in a cell: one of `count` slots of its facts. */
export interface Member {
  readonly ad: AdNode;
  readonly slot: number;
  readonly count: number;
}

export interface Cell {
  /** 0 advertiser, 1 campaign, 2 ad group, 3 ad: down to where names are known. */
  readonly level: 0 | 1 | 2 | 3;
  /** Any ad of the entity: says its names. */
  readonly ad: AdNode;
  /** Makes the reach of this grouping its own. */
  readonly seed: number;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly members: Member[];
}

const idDimensions = ['advertiser_id', 'campaign_id', 'adgroup_id', 'ad_id'] as const;
const levelOf = {
  AUCTION_ADVERTISER: 0,
  AUCTION_CAMPAIGN: 1,
  AUCTION_ADGROUP: 2,
  AUCTION_AD: 3,
} as const;

export function splitKindOf(dimensions: readonly string[]): SplitKind | null {
  for (const dimension of dimensions) {
    const kind = splitOfDimension[dimension];
    if (kind !== undefined) return kind;
  }
  return null;
}

/** Why the engine has no such report, or null. */
export function conflictOf(
  query: Pick<ReportQuery, 'reportType' | 'dataLevel' | 'dimensions'>,
): string | null {
  const { dimensions, reportType } = query;
  const ids = dimensions.filter((name) => (idDimensions as readonly string[]).includes(name));
  const times = dimensions.filter((name) => name === 'stat_time_day' || name === 'stat_time_hour');
  const splits = dimensions.filter((name) => name in splitOfDimension);
  const kinds = new Set(splits.map((name) => splitOfDimension[name]));
  if (ids.length + times.length + splits.length < dimensions.length) return 'unknown dimension';
  if (new Set(dimensions).size < dimensions.length) return 'a dimension is named twice';
  if (ids.length > 1) return 'at most one ID dimension';
  if (ids[0] && ids[0] !== idDimensions[levelOf[query.dataLevel]]) {
    return `${ids[0]} does not fit data_level ${query.dataLevel}`;
  }
  if (times.length > 1) return 'at most one time dimension';
  if (kinds.size > 1) return 'dimensions have no relation';
  if (reportType === 'AUDIENCE') {
    if (times[0] === 'stat_time_hour') return 'audience reports are not hourly';
    return kinds.size === 0 ? 'an audience dimension is needed' : null;
  }
  return splits.some((name) => name !== 'country_code') ? 'audience dimension in BASIC' : null;
}

export interface ChosenAds {
  readonly ads: readonly AdNode[];
  readonly cut: boolean;
}

/**
 * Ads that a query looks at: those asked for by id, of them the newest ones, and deleted entities of
 * its level if wanted. What is asked for by id is therefore never cut for the account's size.
 */
export function chooseAds(tree: Tree, query: ReportQuery, now: Date): ChosenAds {
  const nowMs = now.getTime();
  let ads: readonly AdNode[] = tree.ads;
  if (ads.length > 0 && ads.at(-1)!.createdMs > nowMs) {
    ads = ads.filter((ad) => ad.createdMs <= nowMs);
  }
  const only = (ids: readonly string[] | undefined, idOf: (ad: AdNode) => string) => {
    if (ids === undefined) return;
    const wanted = new Set(ids);
    ads = ads.filter((ad) => wanted.has(idOf(ad)));
  };
  only(query.campaignIds, (ad) => ad.adgroup.campaign.id);
  only(query.adgroupIds, (ad) => ad.adgroup.id);
  only(query.adIds, (ad) => ad.id);
  const cut = query.newestAdsMax !== null && ads.length > query.newestAdsMax;
  if (cut) ads = ads.slice(ads.length - query.newestAdsMax!);
  if (!query.includeDeleted) {
    const level = levelOf[query.dataLevel];
    ads = ads.filter((ad) => level === 0 || entityOf(ad, level).deletedMs > nowMs);
  }
  return { ads, cut };
}

function entityOf(ad: AdNode, level: 1 | 2 | 3): CampaignNode | AdGroupNode | AdNode {
  if (level === 3) return ad;
  return level === 2 ? ad.adgroup : ad.adgroup.campaign;
}

/** The cells of a query, newest entity first. */
export function cellsOf(
  account: GeneratedAccount,
  ads: readonly AdNode[],
  query: ReportQuery,
): readonly Cell[] {
  const idDimension = idDimensions[levelOf[query.dataLevel]];
  const byEntity = query.dimensions.includes(idDimension);
  const level = byEntity ? levelOf[query.dataLevel] : 0;
  const kind = splitKindOf(query.dimensions);
  const labelOf = rememberLabels(query.dimensions);
  const cells = new Map<string, Cell>();
  for (let index = ads.length - 1; index >= 0; index -= 1) {
    const ad = ads[index]!;
    const entity = level === 0 ? account : entityOf(ad, level);
    const id = 'id' in entity ? entity.id : entity.advertiserId;
    const slots = kind === null ? whole : slotsOf(ad, kind);
    for (let slot = 0; slot < slots.length; slot += 1) {
      const label = labelOf(slots[slot]!);
      const key = id + label.key;
      let cell = cells.get(key);
      if (cell === undefined) {
        const dimensions = byEntity ? { [idDimension]: id, ...label.values } : label.values;
        cell = { level, ad, seed: entity.seed ^ label.seed, dimensions, members: [] };
        cells.set(key, cell);
      }
      cell.members.push({ ad, slot, count: slots.length });
    }
  }
  return [...cells.values()];
}

/** Facts that are not split are one slot without labels. */
const whole: readonly Slot[] = [{}];

interface SlotLabel {
  readonly values: Slot;
  readonly key: string;
  readonly seed: number;
}

/** A dimension of the split that was not asked for is summed over: its label is left out. */
function rememberLabels(dimensions: readonly string[]): (slot: Slot) => SlotLabel {
  const known = new Map<Slot, SlotLabel>();
  return (slot) => {
    let label = known.get(slot);
    if (label === undefined) {
      const values = Object.entries(slot).filter(([name]) => dimensions.includes(name));
      const key = values.map(([, value]) => ` ${value}`).join('');
      label = { values: Object.fromEntries(values), key, seed: seedOf(key) };
      known.set(slot, label);
    }
    return label;
  };
}

function seedOf(text: string): number {
  let mixed = 0;
  for (let index = 0; index < text.length; index += 1) {
    mixed = (Math.imul(mixed, 31) + text.charCodeAt(index)) | 0;
  }
  return mixed;
}
