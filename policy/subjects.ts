/** Who a row can be about. */
export const subjects = {
  advertiser: 'The seller or agency whose ad account it is.',
  creator: 'The TikTok account in whose name an ad speaks.',
  seller: 'The seller whose shop it is.',
  buyer: 'A person who ordered in the shop.',
  audience: 'Viewers, counted in groups; no row is about one of them.',
} as const;
export type Subject = keyof typeof subjects;
