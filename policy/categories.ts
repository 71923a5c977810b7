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
  'shop.identity': 'Which shop it is: its ids, its name, its region.',
  'product.listing': 'What is offered: products, their units of sale, their state and review.',
  'product.stock': 'How much of it lies where.',
  'product.price': 'What it costs.',
  'order.state': 'Where an order stands: its ids, status, times, reasons.',
  'order.items': 'Which units of which product an order holds.',
  'order.money': 'What an order costs and who bears which part.',
  'order.delivery': 'How and when an order is sent. Never to whom.',
  'order.after-sale': 'Cancellations and returns: why, what, how much.',
  'shop.finance': 'Settlement of a shop with TikTok: statements, payments, withdrawals.',
  'buyer.pseudonym': 'A keyed hash that tells buyers apart and names nobody.',
  'buyer.identity': 'Who bought: names, TikTok id, nickname, tax number.',
  'buyer.contact': 'How to reach the buyer: e-mail, telephone.',
  'buyer.address': 'Where the buyer’s parcel goes.',
  'buyer.words': 'What a buyer or seller wrote in free words: may hold anything.',
} as const;
export type Category = keyof typeof categories;

/** Can be about a person (a sole trader, a creator): kept as current value only, never as history. */
export const personalCategories: ReadonlySet<Category> = new Set([
  'account.identity',
  'ads.identity',
  'buyer.identity',
  'buyer.contact',
  'buyer.address',
  'buyer.words',
]);
