/** What sellers do in the Seller Center while the clock runs: each night some prices, stocks and titles change. */
import { hash } from '../../generator/hash.ts';
import type { ShopContext } from '../endpoint.ts';
import { moneyText, moneyUnits } from '../money.ts';
import type { Product, Shop } from '../world.ts';
import { setPrice } from './stock-and-prices.ts';

type Drifting = Pick<ShopContext, 'agenda' | 'audits' | 'world'>;

const daySeconds = 86_400;
/** Three o'clock of UTC. */
const nightSeconds = 3 * 3_600;
/** One of so many products each night. */
const shares = { price: 40, stock: 15, title: 60 };

export function planDrift(startsAt: Date, context: Drifting): void {
  const day = Math.floor(startsAt.getTime() / 1000 / daySeconds);
  const night = (after: number): void => {
    context.agenda.at(new Date((after * daySeconds + nightSeconds) * 1000), (at) => {
      for (const shop of context.world.shops) driftShop(shop, after, at, context);
      night(after + 1);
    });
  };
  night(day + 1);
}

function driftShop(shop: Shop, day: number, at: Date, { audits, world }: Drifting): void {
  for (const product of world.productsOf(shop.id)) {
    if (product.status !== 'ACTIVATE') continue;
    const mixed = hash(Number(BigInt(product.id) % 1_000_000_007n), day, world.seed);
    const fields = [
      ...(mixed % shares.price === 0 ? driftPrice(product, shop, mixed) : []),
      ...(mixed % shares.stock === 1 ? driftStock(product, mixed) : []),
      ...(mixed % shares.title === 2 && product.underReview === null
        ? driftTitle(product, day)
        : []),
    ];
    if (fields.includes('title')) audits.start(product, at);
    if (fields.length > 0) audits.tellChange(product, at, fields, 'SELLER_CENTER');
  }
}

/** Up or down by one to nine per cent. */
function driftPrice(product: Product, shop: Shop, mixed: number): readonly string[] {
  for (const offer of product.offers.values()) {
    const units = moneyUnits(offer.salePrice, shop.moneyDecimals)!;
    const percent = 100 + ((mixed >>> 8) % 19) - 9;
    const next = Math.max(1, Math.round((units * percent) / 100));
    setPrice(offer, moneyText(next, shop.moneyDecimals), shop);
  }
  return ['price'];
}

/** New goods arrive. */
function driftStock(product: Product, mixed: number): readonly string[] {
  for (const offer of product.offers.values()) {
    for (const stock of offer.stock.values()) stock.available += 1 + ((mixed >>> 8) % 50);
  }
  return ['inventory'];
}

function driftTitle(product: Product, day: number): readonly string[] {
  const title = `${product.content.title.replace(/ \(\d+\)$/, '')} (${day})`;
  product.underReview = { ...product.content, title };
  return ['title'];
}
