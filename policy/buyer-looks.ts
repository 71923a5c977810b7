/** Why someone may look at a buyer: the only words that the trail of looks has, so that it holds no free text. */
export const buyerLookReasons = ['delivery', 'return', 'complaint', 'invoice', 'legal'] as const;
export type BuyerLookReason = (typeof buyerLookReasons)[number];

/** The trail is a log of activity, and goes with the others. */
export const buyerLookDays = 180;
