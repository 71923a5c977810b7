/** Who sells in a generated world, and where: regions in several currencies and zones. */

export interface ShopProfile {
  readonly region: string;
  readonly currency: string;
  readonly moneyDecimals: 0 | 2;
  readonly timeZone: string;
  /** Smallest units of money for one pound. */
  readonly unitsOfPound: number;
  readonly sellerType: 'LOCAL' | 'CROSS_BORDER';
  readonly city: string;
  readonly postalCode: string;
}

export interface SellerProfile {
  readonly name: string;
  readonly shops: readonly ShopProfile[];
}

const shop = (
  [region, currency, timeZone]: readonly [string, string, string],
  [moneyDecimals, unitsOfPound]: readonly [0 | 2, number],
  [city, postalCode]: readonly [string, string],
  sellerType: ShopProfile['sellerType'] = 'LOCAL',
): ShopProfile => ({
  ...{ region, currency, timeZone, moneyDecimals, unitsOfPound },
  ...{ city, postalCode, sellerType },
});

/** The first seller has two shops: one consent reaches both. */
export const sellerProfiles: readonly SellerProfile[] = [
  {
    name: 'Nordlys Home',
    shops: [
      shop(['GB', 'GBP', 'Europe/London'], [2, 100], ['Leeds', 'LS1 4AB']),
      shop(['DE', 'EUR', 'Europe/Berlin'], [2, 115], ['Leipzig', '04109'], 'CROSS_BORDER'),
    ],
  },
  {
    name: 'Redwood Outdoor',
    shops: [shop(['US', 'USD', 'America/Los_Angeles'], [2, 128], ['Reno', '89501'])],
  },
  {
    name: 'Kopi Nusantara',
    shops: [
      shop(['ID', 'IDR', 'Asia/Jakarta'], [0, 20_500], ['Bandung', '40111']),
      shop(['MY', 'MYR', 'Asia/Kuala_Lumpur'], [2, 590], ['Ipoh', '30000'], 'CROSS_BORDER'),
    ],
  },
  {
    name: 'Casa Ipê',
    shops: [shop(['BR', 'BRL', 'America/Sao_Paulo'], [2, 700], ['Curitiba', '80010-000'])],
  },
  {
    name: 'Kumo Beauty',
    shops: [shop(['JP', 'JPY', 'Asia/Tokyo'], [0, 190], ['Kobe', '650-0001'])],
  },
];
