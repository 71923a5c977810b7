/**
 * Sessions: of the browser's token only the SHA-256. They run by real time, which callers give: a demo folder's clock
 * that is moved by a month signs nobody out.
 */
import { sessionLimits } from '../../policy/accounts.ts';
import type { Database } from '../database.ts';

export interface Session {
  readonly id: string;
  readonly accountId: string;
  /** Browser and network address as JSON, sealed by the caller under the account's key. */
  readonly sealedDevice: Buffer;
  readonly createdAt: Date;
  readonly lastSeenAt: Date;
  /** When the second factor was shown; null before. */
  readonly confirmedAt: Date | null;
  /** When its owner last proved to be there, by password or factor. */
  readonly provedAt: Date;
}

export interface Sessions {
  begin(input: {
    id: string;
    accountId: string;
    tokenHash: Buffer;
    sealedDevice: Buffer;
    now: Date;
  }): Promise<void>;
  /** The living session of a token; notes that it was seen, once a minute. */
  use(tokenHash: Buffer, now: Date): Promise<Session | undefined>;
  /** The second factor was shown: it goes on under another token. */
  confirm(id: string, tokenHash: Buffer, now: Date): Promise<void>;
  /** Its owner proved to be there: it goes on under another token. */
  prove(id: string, tokenHash: Buffer, now: Date): Promise<void>;
  /** Living ones, the last seen first. */
  list(accountId: string, now: Date): Promise<Session[]>;
  /** False when the account has no such session. */
  end(accountId: string, id: string): Promise<boolean>;
  purge(now: Date): Promise<void>;
  readonly devices: {
    /** Whether this browser was signed in to that account before. */
    isKnown(accountId: string, tokenHash: Buffer): Promise<boolean>;
    remember(accountId: string, tokenHash: Buffer, now: Date): Promise<void>;
  };
}

const columns = [
  'id',
  'accountId',
  'sealedDevice',
  'createdAt',
  'lastSeenAt',
  'confirmedAt',
  'provedAt',
] as const;
const seenEachMs = 60_000;

const before = (now: Date, ms: number): Date => new Date(now.getTime() - ms);

export function createSessions(database: Database): Sessions {
  const living = (now: Date) =>
    database
      .selectFrom('sessions')
      .select(columns)
      .where('createdAt', '>', before(now, sessionLimits.ageMs))
      .where('lastSeenAt', '>', before(now, sessionLimits.idleMs))
      .where(({ eb, or }) =>
        or([
          eb('confirmedAt', 'is not', null),
          eb('createdAt', '>', before(now, sessionLimits.unconfirmedMs)),
        ]),
      );
  return {
    async begin({ now, ...session }) {
      await database
        .insertInto('sessions')
        .values({ ...session, createdAt: now, lastSeenAt: now, confirmedAt: null, provedAt: now })
        .execute();
    },
    async use(tokenHash, now) {
      const session = await living(now).where('tokenHash', '=', tokenHash).executeTakeFirst();
      if (session !== undefined && session.lastSeenAt <= before(now, seenEachMs)) {
        await database
          .updateTable('sessions')
          .set({ lastSeenAt: now })
          .where('id', '=', session.id)
          .execute();
      }
      return session;
    },
    async confirm(id, tokenHash, now) {
      await database
        .updateTable('sessions')
        .set({ tokenHash, confirmedAt: now, provedAt: now, lastSeenAt: now })
        .where('id', '=', id)
        .execute();
    },
    async prove(id, tokenHash, now) {
      await database
        .updateTable('sessions')
        .set({ tokenHash, provedAt: now, lastSeenAt: now })
        .where('id', '=', id)
        .execute();
    },
    list: (accountId, now) =>
      living(now)
        .where('accountId', '=', accountId)
        .orderBy('lastSeenAt', 'desc')
        .orderBy('id')
        .execute(),
    async end(accountId, id) {
      const { numDeletedRows } = await database
        .deleteFrom('sessions')
        .where('accountId', '=', accountId)
        .where('id', '=', id)
        .executeTakeFirst();
      return numDeletedRows > 0n;
    },
    async purge(now) {
      await database
        .deleteFrom('sessions')
        .where(({ eb, or }) =>
          or([
            eb('createdAt', '<=', before(now, sessionLimits.ageMs)),
            eb('lastSeenAt', '<=', before(now, sessionLimits.idleMs)),
          ]),
        )
        .execute();
    },
    devices: createDevices(database),
  };
}

function createDevices(database: Database): Sessions['devices'] {
  return {
    async isKnown(accountId, tokenHash) {
      const device = await database
        .selectFrom('knownDevices')
        .select('accountId')
        .where('accountId', '=', accountId)
        .where('tokenHash', '=', tokenHash)
        .executeTakeFirst();
      return device !== undefined;
    },
    async remember(accountId, tokenHash, now) {
      await database
        .insertInto('knownDevices')
        .values({ accountId, tokenHash, lastSeenAt: now })
        .onConflict((conflict) =>
          conflict.columns(['accountId', 'tokenHash']).doUpdateSet({ lastSeenAt: now }),
        )
        .execute();
    },
  };
}
