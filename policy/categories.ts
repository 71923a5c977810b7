/** Data categories as dotted paths, a closed set: a stored field without one cannot exist. */
export const categories = {
  'ads.performance': 'Figures of advertisements: spend, impressions, conversions.',
} as const;
export type Category = keyof typeof categories;
