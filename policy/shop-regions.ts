/** Countries in which TikTok has shops, and the currency of a shop there. */
const currencies: Readonly<Record<string, string>> = {
  BR: 'BRL',
  DE: 'EUR',
  ES: 'EUR',
  FR: 'EUR',
  GB: 'GBP',
  ID: 'IDR',
  IE: 'EUR',
  IT: 'EUR',
  JP: 'JPY',
  MX: 'MXN',
  MY: 'MYR',
  PH: 'PHP',
  SG: 'SGD',
  TH: 'THB',
  US: 'USD',
  VN: 'VND',
};

/** Undefined for a country that is newer than this list: amounts carry their own currency all the same. */
export const currencyOfRegion = (region: string): string | undefined => currencies[region];
