/** How long, and on which legal or contractual basis. */
import type { PromiseId } from './promises.ts';

interface Rule {
  readonly meaning: string;
  readonly promises: readonly PromiseId[];
}

export const retentionRules = {
  // Basis: the owner's consent. It ends with the consent, 90 days later at the latest.
  'with-connection': {
    meaning:
      'Lives with its connection: at most 90 days beyond its end, sooner when asked for or when TikTok says so.',
    promises: ['P20', 'P21', 'P22'],
  },
  // Basis: performing the order; no longer than the shop needs it for delivery and returns.
  'buyers-while-needed': {
    meaning:
      'Until 30 days after the order was completed or cancelled, 120 days after it was placed at the latest; at most one day beyond the end of its connection.',
    promises: ['P20', 'P21', 'P22'],
  },
} as const satisfies Record<string, Rule>;

export type RetentionRule = keyof typeof retentionRules;

/** The longest that a buyer's fields are kept; `buyers-while-needed` in numbers. Configuration can shorten the first. */
export const buyersKept = { daysAfterEnd: 30, daysAfterCreation: 120 } as const;
