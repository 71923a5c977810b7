/** Mails that wait to be sent, each a sealed row that is gone once it is delivered. */
import type { Kysely } from 'kysely';
import type { Clock } from '../policy/clock.ts';
import type { Database, Tables } from './database.ts';

export interface OutboxMail {
  /** Chosen by the caller, as it is part of what the seal authenticates. */
  readonly id: string;
  readonly accountId: string | null;
  readonly channel: 'email';
  readonly kind: string;
  readonly sealed: Buffer;
  /** Of two mails with one key the first alone is kept. */
  readonly dedupeKey: string;
}

export interface Outbox {
  add(mail: OutboxMail): Promise<void>;
  /** The oldest first, a hundred at most. */
  due(): Promise<OutboxMail[]>;
  /** Deletes it; once more is not an error. */
  delivered(id: string): Promise<void>;
}

const dueMax = 100;

export function createOutbox(database: Database, clock: Clock): Outbox {
  return {
    add: (mail) => insertMail(database, clock, mail),
    due: () =>
      database
        .selectFrom('outbox')
        .select(['id', 'accountId', 'channel', 'kind', 'sealedMail as sealed', 'dedupeKey'])
        .orderBy('createdAt')
        .orderBy('id')
        .limit(dueMax)
        .execute(),
    async delivered(id) {
      await database.deleteFrom('outbox').where('id', '=', id).execute();
    },
  };
}

/** For transactions of what a mail tells. */
export async function insertMail(
  database: Kysely<Tables>,
  clock: Clock,
  { sealed, ...mail }: OutboxMail,
): Promise<void> {
  await database
    .insertInto('outbox')
    .values({ ...mail, sealedMail: sealed, createdAt: clock.now() })
    .onConflict((conflict) => conflict.column('dedupeKey').doNothing())
    .execute();
}
