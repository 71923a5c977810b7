/** Who a row can be about. */
export const subjects = ['advertiser'] as const;
export type Subject = (typeof subjects)[number];
