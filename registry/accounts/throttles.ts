/** Tries, counted atomically over all processes. Real time: who attacks does not wait for a demo folder's clock. */
import { CompiledQuery } from 'kysely';
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import type { ThrottleRule } from '../../policy/accounts.ts';
import type { Database } from '../database.ts';

export interface Throttles {
  /** Reserves one try. Milliseconds to wait where none is left. */
  take(rule: ThrottleRule, key: string): Promise<number | undefined>;
  /** The try was no failure. */
  giveBack(rule: ThrottleRule, key: string): Promise<void>;
  /** Removes what no longer counts. */
  purge(): Promise<void>;
}

export function createThrottles(database: Database): Throttles {
  const limiters = new Map<string, RateLimiterPostgres>();
  const limiterOf = (rule: ThrottleRule): RateLimiterPostgres => {
    const limiter = limiters.get(rule.name) ?? createLimiter(database, rule);
    limiters.set(rule.name, limiter);
    return limiter;
  };
  return {
    async take(rule, key) {
      try {
        await limiterOf(rule).consume(key);
        return undefined;
      } catch (refused) {
        if (refused instanceof RateLimiterRes) return refused.msBeforeNext;
        throw refused;
      }
    },
    async giveBack(rule, key) {
      await limiterOf(rule).reward(key);
    },
    async purge() {
      await database.deleteFrom('throttles').where('expire', '<', Date.now()).execute();
    },
  };
}

function createLimiter(database: Database, { name, tries, seconds }: ThrottleRule) {
  return new RateLimiterPostgres({
    storeClient: {
      async query({ text, values }: { text: string; values: unknown[] }) {
        const { rows, numAffectedRows } = await database.executeQuery(
          CompiledQuery.raw(text, values),
        );
        return { rows, rowCount: rows.length || Number(numAffectedRows ?? 0) };
      },
    },
    storeType: 'client',
    tableName: 'throttles',
    tableCreated: true,
    clearExpiredByTimeout: false,
    keyPrefix: name,
    points: tries,
    duration: seconds,
  });
}
