/** Links of mails: single use, of which only the SHA-256 of a random token is kept. */
import type { Kysely } from 'kysely';
import { type LinkKind, linkLifetimesMs } from '../../policy/accounts.ts';
import type { Clock } from '../../policy/clock.ts';
import type { Database, Tables } from '../database.ts';
import { insertMail, type OutboxMail } from '../outbox.ts';

export interface Links {
  /** With the mail that carries it. An earlier one of that kind and account ends. */
  send(input: {
    kind: LinkKind;
    accountId: string;
    tokenHash: Buffer;
    mail: OutboxMail;
  }): Promise<void>;
  /** Whose it is, without using it up. */
  find(kind: LinkKind, tokenHash: Buffer): Promise<string | undefined>;
  purge(): Promise<void>;
}

export function createLinks(database: Database, clock: Clock): Links {
  return {
    send: ({ mail, ...link }) =>
      database.transaction().execute(async (transaction) => {
        await transaction
          .deleteFrom('links')
          .where('accountId', '=', link.accountId)
          .where('kind', '=', link.kind)
          .execute();
        const expiresAt = new Date(clock.now().getTime() + linkLifetimesMs[link.kind]);
        await transaction
          .insertInto('links')
          .values({ ...link, expiresAt })
          .execute();
        await insertMail(transaction, clock, mail);
      }),
    async find(kind, tokenHash) {
      const link = await database
        .selectFrom('links')
        .select('accountId')
        .where('tokenHash', '=', tokenHash)
        .where('kind', '=', kind)
        .where('expiresAt', '>', clock.now())
        .executeTakeFirst();
      return link?.accountId;
    },
    async purge() {
      await database.deleteFrom('links').where('expiresAt', '<=', clock.now()).execute();
    },
  };
}

/** Uses it up: of two at once one finds it. */
export async function redeem(
  transaction: Kysely<Tables>,
  clock: Clock,
  kind: LinkKind,
  tokenHash: Buffer,
): Promise<string | undefined> {
  const link = await transaction
    .deleteFrom('links')
    .where('tokenHash', '=', tokenHash)
    .where('kind', '=', kind)
    .where('expiresAt', '>', clock.now())
    .returning('accountId')
    .executeTakeFirst();
  return link?.accountId;
}
