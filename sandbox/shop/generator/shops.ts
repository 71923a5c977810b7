/** Sellers and their shops, with warehouses and delivery options. */
import { createHash } from 'node:crypto';
import { hash } from '../../generator/hash.ts';
import type { DeliveryOption, Seller, Shop, Warehouse } from '../world.ts';
import { type SellerProfile, type ShopProfile, sellerProfiles } from './profiles.ts';

/** A number of 19 digits; different for each kind, place and seed. */
export function idOf(base: bigint, seed: number, index: number): string {
  return String(base + BigInt(index) * 1_048_573n + BigInt(hash(seed, index, 7) % 1_000_000));
}

const opaque = (text: string, length: number): string =>
  createHash('sha256').update(text).digest('base64url').slice(0, length);

export interface GeneratedSellers {
  readonly sellers: readonly Seller[];
  readonly shops: readonly Shop[];
}

/** As many shops as asked for; the last seller may have fewer than their profile says. */
export function createSellers(seed: number, shopCount: number): GeneratedSellers {
  const sellers: Seller[] = [];
  const shops: Shop[] = [];
  while (shops.length < shopCount) {
    const index = sellers.length;
    const profile = sellerProfiles[index % sellerProfiles.length]!;
    const round = Math.floor(index / sellerProfiles.length);
    const seller = createSeller(seed, index, profile, round);
    sellers.push(seller);
    for (const shop of profile.shops.slice(0, shopCount - shops.length)) {
      shops.push(createShop(seed, shops.length, seller, shop));
    }
  }
  return { sellers, shops };
}

function createSeller(seed: number, index: number, profile: SellerProfile, round: number): Seller {
  return {
    id: idOf(7_494_000_000_000_000_000n, seed, index),
    openId: `qLw7AAAAAD${opaque(`seller ${seed} ${index}`, 22)}`,
    name: round === 0 ? profile.name : `${profile.name} ${round + 1}`,
    baseRegion: profile.shops[0]!.region,
  };
}

function createShop(seed: number, index: number, seller: Seller, profile: ShopProfile): Shop {
  return {
    id: idOf(7_495_540_000_000_000_000n, seed, index),
    sellerId: seller.id,
    name: `${seller.name} ${profile.region}`,
    region: profile.region,
    sellerType: profile.sellerType,
    cipher: `${index % 2 === 0 ? 'GCP' : 'ROW'}_${opaque(`shop ${seed} ${index}`, 28)}`,
    code: `${profile.region}LC${opaque(`code ${seed} ${index}`, 8).toUpperCase()}`,
    currency: profile.currency,
    moneyDecimals: profile.moneyDecimals,
    timeZone: profile.timeZone,
    warehouses: createWarehouses(seed, index, profile),
    deliveryOptions: createDeliveryOptions(seed, index, profile),
  };
}

/** Two where goods are, one of them the default; one for what comes back; and one that is closed. */
function createWarehouses(seed: number, shop: number, profile: ShopProfile): readonly Warehouse[] {
  const kinds = [
    { name: 'Main', type: 'SALES_WAREHOUSE', enabled: true },
    { name: 'North', type: 'SALES_WAREHOUSE', enabled: true },
    { name: 'Returns', type: 'RETURN_WAREHOUSE', enabled: true },
    { name: 'Old', type: 'SALES_WAREHOUSE', enabled: false },
  ] as const;
  return kinds.map(({ name, type, enabled }, index) => ({
    id: idOf(7_068_517_000_000_000_000n, seed, shop * kinds.length + index),
    name: `${name} ${profile.city}`,
    isDefault: index === 0,
    enabled,
    type,
    address: {
      region: profile.region,
      state: '',
      city: profile.city,
      distict: '',
      town: '',
      contact_person: 'Warehouse desk',
      postal_code: profile.postalCode,
      full_address: `${index + 1} Dock Road, ${profile.city}, ${profile.postalCode}`,
      region_code: profile.region,
      phone_number: '',
      address_line1: `${index + 1} Dock Road`,
      address_line2: '',
      geolocation: { latitude: '0', longitude: '0' },
    },
  }));
}

function createDeliveryOptions(
  seed: number,
  shop: number,
  { region }: ShopProfile,
): readonly DeliveryOption[] {
  const kinds = [
    { name: 'Standard Shipping', type: 'STANDARD', shippingType: 'TIKTOK' },
    { name: 'Shipped by seller', type: 'SEND_BY_SELLER', shippingType: 'SELLER' },
  ] as const;
  const carriers = { GB: 'Royal Mail', DE: 'DHL', US: 'USPS', JP: 'Yamato' } as const;
  const carrier = carriers[region as keyof typeof carriers] ?? 'J&T Express';
  return kinds.map((kind, index) => {
    const place = shop * kinds.length + index;
    const provider = (name: string, at: number) => ({
      id: idOf(6_617_675_000_000_000_000n, seed, place * 2 + at),
      name,
    });
    return {
      id: idOf(7_091_146_000_000_000_000n, seed, place),
      ...kind,
      providers: [provider(carrier, 0), provider('Evri & Sons', 1)],
    };
  });
}
