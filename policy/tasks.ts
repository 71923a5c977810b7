/** What only a person can finish. Each kind says what to do; an open task of it stands in the panel and in the metrics. */
export const tasks = {
  'token-may-be-valid':
    'TikTok did not take the token back within a day. It is destroyed here, yet may still be valid there: remove the app in the settings of TikTok for Business.',
} as const satisfies Record<string, string>;

export type TaskKind = keyof typeof tasks;
