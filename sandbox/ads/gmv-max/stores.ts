/** Which shops an ad account sells for, and the campaigns and products that GMV Max promotes there. */
import { hash } from '../../generator/hash.ts';
import type { Product, Shop } from '../../shop/world.ts';
import type { WorldAccount } from '../../world.ts';
import { badParameter } from '../answers.ts';
import type { AdsContext } from '../endpoint.ts';

export type PromotionType = 'PRODUCT' | 'LIVE';

export interface GmvCampaign {
  readonly id: string;
  readonly name: string;
  readonly type: PromotionType;
  readonly shop: Shop;
  /** What it promotes: the oldest products of the shop. */
  readonly products: readonly Product[];
  readonly seed: number;
}

const promotedMax = 20;
export const ownerBusinessCenter = '7298100000000000001';

/** Accounts and shops are dealt out to each other in turn, so that each has at least one of the other. */
export function shopsOfAccount(index: number, { world, shops }: AdsContext): readonly Shop[] {
  const all = shops?.shops ?? [];
  const accounts = world.accounts.length;
  return all.filter((_, at) =>
    accounts > all.length ? at === index % all.length : at % accounts === index,
  );
}

/** The account that alone may run GMV Max for a shop: the first that it was dealt to. */
export function exclusiveAccount(shop: Shop, context: AdsContext): WorldAccount {
  const { accounts } = context.world;
  return accounts.find((_, index) => shopsOfAccount(index, context).includes(shop))!;
}

/** @throws Refusal for a shop that is not this account's. */
export function storeOf(index: number, storeId: string, context: AdsContext): Shop {
  const shop = shopsOfAccount(index, context).find(({ id }) => id === storeId);
  if (!shop) throw badParameter(`store_id: Store ${storeId} is not of this advertiser.`);
  return shop;
}

/** One for products and one for live sales in each shop. */
export function campaignsOf(
  index: number,
  shop: Shop,
  context: AdsContext,
): readonly GmvCampaign[] {
  const products = (context.shops?.productsOf(shop.id) ?? []).slice(0, promotedMax);
  return (['PRODUCT', 'LIVE'] as const).map((type, at) => {
    const place = index * 10_000 + (context.shops?.shops.indexOf(shop) ?? 0) * 10 + at;
    return {
      id: String(1_850_000_000_000_000n + BigInt(place) * 101n),
      name: `GMV Max ${type.toLowerCase()} | ${shop.name}`,
      type,
      shop,
      products,
      seed: hash(context.seed, place, 61),
    };
  });
}
