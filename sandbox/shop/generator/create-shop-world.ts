/** A world of shops made of a seed: the same options give the same world in every process. */
import { secondsOf } from '../endpoint.ts';
import { ShopWorld } from '../world.ts';
import { createProduct } from './products.ts';
import { sellerProfiles } from './profiles.ts';
import { createSellers } from './shops.ts';

export interface ShopWorldOptions {
  readonly seed: number;
  readonly shops: number;
  /** Of each shop. */
  readonly products: number;
  readonly startsAt: Date;
}

export function createShopWorld({ seed, shops: count, products, startsAt }: ShopWorldOptions) {
  const { sellers, shops } = createSellers(seed, count);
  const units = new Map(
    sellerProfiles.flatMap((seller) =>
      seller.shops.map(({ currency, unitsOfPound }) => [currency, unitsOfPound]),
    ),
  );
  const all = shops.flatMap((shop, shopIndex) =>
    Array.from({ length: products }, (_, index) =>
      createProduct({
        ...{ seed, shop, shopIndex, index },
        unitsOfPound: units.get(shop.currency)!,
        startsAt: secondsOf(startsAt),
      }),
    ),
  );
  return new ShopWorld({ seed, startsAt, sellers, shops, products: all });
}
