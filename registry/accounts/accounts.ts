/** Accounts: bytes sealed by the caller, found by a keyed index of the e-mail address. */
import type { Kysely } from 'kysely';
import { linkLifetimesMs } from '../../policy/accounts.ts';
import type { Clock } from '../../policy/clock.ts';
import type { Database, Tables } from '../database.ts';
import { insertMail, type OutboxMail } from '../outbox.ts';
import { redeem } from './links.ts';

export interface Account {
  readonly id: string;
  readonly sealedName: Buffer;
  readonly sealedEmail: Buffer;
  readonly sealedPassword: Buffer;
  readonly createdAt: Date;
}

export interface Accounts {
  /** With its acceptance of the policy, its link and its mail, in one transaction. It is none until it is verified. */
  signUp(input: {
    id: string;
    emailIndex: Buffer;
    sealedName: Buffer;
    sealedEmail: Buffer;
    sealedPassword: Buffer;
    policyVersion: string;
    linkHash: Buffer;
    mail: OutboxMail;
  }): Promise<void>;
  /** Single use. Undefined for a link that is unknown or too old, or when the address has an account by now. */
  verify(linkHash: Buffer): Promise<string | undefined>;
  /** Of verified ones. Several indexes while their key rotates. */
  findByEmail(indexes: readonly Buffer[]): Promise<Account | undefined>;
  /** Of verified ones. */
  find(id: string): Promise<Account | undefined>;
  /** Ends all its sessions but one, all its links, and forgets its devices unless a session stays. */
  changePassword(input: {
    id: string;
    sealedPassword: Buffer;
    keepSession: string;
    mail: OutboxMail;
  }): Promise<void>;
  /** Single use; false for a link that is unknown or too old. Ends every session. */
  resetPassword(input: {
    linkHash: Buffer;
    sealedPassword: Buffer;
    mail: OutboxMail;
  }): Promise<boolean>;
  /** Sign-ups that nobody verified in time, and nobody can any more. */
  unverified(): Promise<string[]>;
  /** Those of them that are not verified. */
  removeUnverified(ids: readonly string[]): Promise<void>;
}

const columns = ['id', 'sealedName', 'sealedEmail', 'sealedPassword', 'createdAt'] as const;

export function createAccounts(database: Database, clock: Clock): Accounts {
  const verified = () =>
    database.selectFrom('accounts').select(columns).where('verifiedAt', 'is not', null);
  return {
    signUp: (input) =>
      database.transaction().execute((transaction) => signUp(transaction, clock, input)),
    verify: (linkHash) =>
      database.transaction().execute((transaction) => verify(transaction, clock, linkHash)),
    findByEmail: (indexes) => verified().where('emailIndex', 'in', indexes).executeTakeFirst(),
    find: (id) => verified().where('id', '=', id).executeTakeFirst(),
    changePassword: ({ id, sealedPassword, keepSession, mail }) =>
      database.transaction().execute(async (transaction) => {
        await setPassword(transaction, id, sealedPassword);
        await transaction
          .deleteFrom('sessions')
          .where('accountId', '=', id)
          .where('id', '!=', keepSession)
          .execute();
        await insertMail(transaction, clock, mail);
      }),
    resetPassword: ({ linkHash, sealedPassword, mail }) =>
      database.transaction().execute(async (transaction) => {
        const id = await redeem(transaction, clock, 'reset-password', linkHash);
        if (id === undefined) return false;
        await setPassword(transaction, id, sealedPassword);
        await transaction.deleteFrom('sessions').where('accountId', '=', id).execute();
        await transaction.deleteFrom('knownDevices').where('accountId', '=', id).execute();
        await insertMail(transaction, clock, mail);
        return true;
      }),
    async unverified() {
      const before = new Date(clock.now().getTime() - linkLifetimesMs['verify-email']);
      const found = await database
        .selectFrom('accounts')
        .select('id')
        .where('verifiedAt', 'is', null)
        .where('createdAt', '<', before)
        .execute();
      return found.map(({ id }) => id);
    },
    async removeUnverified(ids) {
      await database
        .deleteFrom('accounts')
        .where('verifiedAt', 'is', null)
        .where('id', 'in', ids)
        .execute();
    },
  };
}

async function signUp(
  transaction: Kysely<Tables>,
  clock: Clock,
  { policyVersion, linkHash, mail, ...account }: Parameters<Accounts['signUp']>[0],
): Promise<void> {
  const now = clock.now();
  await transaction
    .insertInto('accounts')
    .values({ ...account, adultStatedAt: now, verifiedAt: null, createdAt: now })
    .execute();
  await transaction
    .insertInto('policyAcceptances')
    .values({ accountId: account.id, policyVersion, at: now })
    .execute();
  await transaction
    .insertInto('links')
    .values({
      tokenHash: linkHash,
      accountId: account.id,
      kind: 'verify-email',
      expiresAt: new Date(now.getTime() + linkLifetimesMs['verify-email']),
    })
    .execute();
  await insertMail(transaction, clock, mail);
}

async function verify(
  transaction: Kysely<Tables>,
  clock: Clock,
  linkHash: Buffer,
): Promise<string | undefined> {
  const id = await redeem(transaction, clock, 'verify-email', linkHash);
  if (id === undefined) return undefined;
  const verified = await transaction
    .updateTable('accounts')
    .set({ verifiedAt: clock.now() })
    .where('id', '=', id)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('accounts as other')
            .select('other.id')
            .whereRef('other.emailIndex', '=', 'accounts.emailIndex')
            .where('other.verifiedAt', 'is not', null),
        ),
      ),
    )
    .returning('id')
    .executeTakeFirst();
  return verified?.id;
}

/** What was sent to the old one's owner opens nothing any more. */
async function setPassword(
  transaction: Kysely<Tables>,
  id: string,
  sealedPassword: Buffer,
): Promise<void> {
  await transaction
    .updateTable('accounts')
    .set({ sealedPassword })
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  await transaction.deleteFrom('links').where('accountId', '=', id).execute();
}
