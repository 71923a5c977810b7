/** How long, and on which legal or contractual basis. */
export const retentionRules = {
  'with-connection': 'Lives and dies with its connection.',
} as const;
export type RetentionRule = keyof typeof retentionRules;
