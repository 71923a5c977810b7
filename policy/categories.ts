/** Data categories as dotted paths, a closed set: a stored field without one cannot exist. */
export const categories = {
  'account.identity': 'Who the ad account is: its ids, its name, its company.',
  'account.settings': 'How the ad account is set up: currency, time zone, status.',
  'account.finance': 'Money of the ad account: its balance.',
  'ads.structure': 'Which ad belongs to which ad group and campaign, and what they are called.',
  'ads.settings': 'How campaigns, ad groups and ads are set: budgets, bids, targeting, schedule.',
  'ads.creative': 'What an ad shows: texts, media, links.',
  'ads.identity': 'The TikTok account in whose name an ad speaks; it can be a person’s.',
  'ads.performance': 'Figures of advertisements: spend, impressions, conversions.',
  'ads.audience':
    'Which group of viewers figures belong to: age, gender, place, device. Never one viewer.',
} as const;
export type Category = keyof typeof categories;

/** Can be about a person (a sole trader, a creator): kept as current value only, never as history. */
export const personalCategories: ReadonlySet<Category> = new Set([
  'account.identity',
  'ads.identity',
]);
