/**
 * Facts split by country or audience. A fact is cut into the slots of its ad (its countries, its
 * age and gender cells, ...); a slot's part of a figure is the difference of two rounded-down
 * shares, so that the parts add up to the whole, and each part has impressions, so that a slot has
 * a row wherever the fact has one.
 */
import { hash } from './hash.ts';
import type { AdNode } from './tree.ts';
import { countrySets } from './tree.ts';

export type SplitKind = 'country_code' | 'age_gender' | 'platform' | 'province_id';

/** Values of the dimensions of one slot. */
export type Slot = Readonly<Record<string, string>>;

const ages = [
  'AGE_13_17',
  'AGE_18_24',
  'AGE_25_34',
  'AGE_35_44',
  'AGE_45_54',
  'AGE_55_100',
  'NONE',
];
const ageGenders: readonly Slot[] = ages.flatMap((age) =>
  ['MALE', 'FEMALE', 'NONE'].map((gender) => ({ age, gender })),
);
/** A slot is one object wherever it occurs, so that what is derived from it is made once. */
const countries = new Map(
  countrySets.flat().map((country_code): [string, Slot] => [country_code, { country_code }]),
);
const platforms: readonly Slot[] = ['ANDROID', 'IPHONE', 'IPAD', 'PC', 'OTHERS'].map(
  (platform) => ({ platform }),
);
const provinces: readonly Slot[] = Array.from({ length: 24 }, (_, index) => ({
  province_id: String(2_900_000 + index * 1117),
}));

/** Which split a dimension belongs to; absent where it is none. */
export const splitOfDimension: Readonly<Record<string, SplitKind>> = {
  country_code: 'country_code',
  age: 'age_gender',
  gender: 'age_gender',
  platform: 'platform',
  province_id: 'province_id',
};

/** The slots of an ad, always the same ones; at most 12 (see `impressionsMin` in `facts.ts`). */
export function slotsOf(ad: AdNode, kind: SplitKind): readonly Slot[] {
  switch (kind) {
    case 'country_code':
      return ad.adgroup.countries.map((country) => countries.get(country)!);
    case 'age_gender':
      return some(ageGenders, 4 + (ad.seed % 5), ad.adgroup.seed);
    case 'platform':
      return some(platforms, 2 + (ad.seed % 3), ad.adgroup.seed);
    case 'province_id':
      return some(provinces, 2 + (ad.seed % 5), ad.adgroup.seed);
  }
}

function some(slots: readonly Slot[], count: number, start: number): readonly Slot[] {
  return Array.from({ length: count }, (_, index) => slots[(start + index) % slots.length]!);
}

const splitSalt: Readonly<Record<SplitKind, number>> = {
  country_code: 70,
  age_gender: 71,
  platform: 72,
  province_id: 73,
};

/**
 * Where slot `index` of `count` begins, in thousandths of the fact; `index === count` is the end.
 * Each slot has at least half of an even share.
 */
export function slotStart(
  ad: AdNode,
  hour: number,
  kind: SplitKind,
  index: number,
  count: number,
): number {
  if (index === 0) return 0;
  if (index === count) return 1000;
  const moved = hash(ad.seed ^ splitSalt[kind], hour, index) % 499;
  return Math.floor((index * 1000 + moved) / count);
}
