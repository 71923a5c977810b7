import { createHash, randomBytes, randomUUID } from 'node:crypto';
import type { Clock } from '../policy/clock.ts';
import type { Database } from './database.ts';
import type { Registry } from './registry.ts';

/** TikTok's consent page is filled in within minutes; an hour leaves room for a second factor there. */
const stateLifetimeMs = 3_600_000;

export function createConsents(database: Database, clock: Clock): Registry['consents'] {
  const oldest = (): Date => new Date(clock.now().getTime() - stateLifetimeMs);
  return {
    async begin({ workspaceId, platform, nonceHash }) {
      const state = randomBytes(32).toString('base64url');
      await database.deleteFrom('consentRequests').where('createdAt', '<', oldest()).execute();
      await database
        .insertInto('consentRequests')
        .values({
          id: randomUUID(),
          workspaceId,
          platform,
          stateHash: hash(state),
          nonceHash,
          createdAt: clock.now(),
        })
        .execute();
      return { state };
    },
    // The row is deleted by the call that uses it, so a second one finds nothing. A stranger's
    // browser does not use it up.
    redeem: ({ state, nonceHash }) =>
      database
        .deleteFrom('consentRequests')
        .where('stateHash', '=', hash(state))
        .where('nonceHash', '=', nonceHash)
        .where('createdAt', '>=', oldest())
        .returning(['id', 'workspaceId', 'platform', 'nonceHash', 'createdAt'])
        .executeTakeFirst(),
  };
}

/** A reader of the table must not be able to answer for the browser. */
const hash = (state: string): Buffer => createHash('sha256').update(state).digest();
