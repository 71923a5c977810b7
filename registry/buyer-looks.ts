/** The trail of looks at buyers: written before a buyer is shown, purged with the other logs of activity. */
import type { BuyerLookReason } from '../policy/buyer-looks.ts';
import type { Clock } from '../policy/clock.ts';
import type { Database } from './database.ts';

export interface BuyerLook {
  readonly id: string;
  readonly connectionId: string;
  /** TikTok's order id, sealed by the caller under the connection's key. */
  readonly sealedOrder: Buffer;
  readonly reason: BuyerLookReason;
  readonly at: Date;
}

export interface BuyerLooks {
  add(look: Omit<BuyerLook, 'at'>): Promise<void>;
  /** The newest first, a thousand at most. */
  list(connectionId: string): Promise<BuyerLook[]>;
  /** Removes those before `at`. */
  purge(before: Date): Promise<{ removed: number }>;
}

const listMax = 1_000;

export function createBuyerLooks(database: Database, clock: Clock): BuyerLooks {
  return {
    async add(look) {
      await database
        .insertInto('buyerLooks')
        .values({ ...look, at: clock.now() })
        .execute();
    },
    list: (connectionId) =>
      database
        .selectFrom('buyerLooks')
        .selectAll()
        .where('connectionId', '=', connectionId)
        .orderBy('at', 'desc')
        .orderBy('id')
        .limit(listMax)
        .execute(),
    async purge(before) {
      const { numDeletedRows } = await database
        .deleteFrom('buyerLooks')
        .where('at', '<', before)
        .executeTakeFirst();
      return { removed: Number(numDeletedRows) };
    },
  };
}
