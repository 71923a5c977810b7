/** What only a person can finish. Each kind says what to do; an open task of it stands in the panel and in the metrics. */
export const tasks = {
  'token-may-be-valid':
    'TikTok did not take the token back within a day. It is destroyed here, yet may still be valid there: remove the app in the settings of TikTok for Business.',
  'event-unmatched':
    'TikTok told something of an account that is connected nowhere here. Look which shop or person that may be; nothing of it is kept here beyond seven days.',
  'event-failed':
    'An event of TikTok could not be acted on after many attempts. It stands among the events that were set aside; act on it by hand.',
  'age-changed':
    'TikTok says that a person’s age was corrected. The connection was ended and its erasure begun; check whether other data of a minor are kept.',
  'authorisation-expires':
    'TikTok ends this authorisation on that date. Ask the seller to authorise again before it.',
  'token-not-renewable':
    'TikTok renews the token of this authorisation no more and takes it until that date. Ask the seller to authorise again before it.',
} as const satisfies Record<string, string>;

export type TaskKind = keyof typeof tasks;
