/** Second factors: the secret of an authenticator app, sealed by the caller, and hashes of backup codes. */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../policy/clock.ts';
import type { Database } from '../database.ts';
import { insertMail, type OutboxMail } from '../outbox.ts';

export interface Factor {
  readonly id: string;
  readonly accountId: string;
  readonly sealedSecret: Buffer;
}

export interface Factors {
  /** The one in force. */
  find(accountId: string): Promise<Factor | undefined>;
  /** The one that is being set up; setting up again replaces it. */
  waiting(accountId: string): Promise<Factor | undefined>;
  prepare(accountId: string, sealedSecret: Buffer): Promise<void>;
  /**
   * In place of the one in force, with new backup codes; other sessions of the account end. False when another one
   * was prepared meanwhile.
   */
  confirm(input: {
    factor: Factor;
    step: number;
    codeHashes: readonly Buffer[];
    keepSession: string;
    mail: OutboxMail;
  }): Promise<boolean>;
  /** Notes the time step of a code; false when it or a later one was used before. */
  useStep(factorId: string, step: number): Promise<boolean>;
  /** Uses a backup code up; of several at once one is told true. */
  useBackupCode(accountId: string, codeHash: Buffer): Promise<boolean>;
  backupCodesLeft(accountId: string): Promise<number>;
}

export function createFactors(database: Database, clock: Clock): Factors {
  const ofAccount = (accountId: string) =>
    database
      .selectFrom('factors')
      .select(['id', 'accountId', 'sealedSecret'])
      .where('accountId', '=', accountId);
  return {
    find: (accountId) =>
      ofAccount(accountId).where('confirmedAt', 'is not', null).executeTakeFirst(),
    waiting: (accountId) =>
      ofAccount(accountId).where('confirmedAt', 'is', null).executeTakeFirst(),
    async prepare(accountId, sealedSecret) {
      const factor = { id: randomUUID(), sealedSecret, createdAt: clock.now() };
      await database
        .insertInto('factors')
        .values({ ...factor, accountId, confirmedAt: null })
        .onConflict((conflict) =>
          conflict.column('accountId').where('confirmedAt', 'is', null).doUpdateSet(factor),
        )
        .execute();
    },
    confirm: (input) => confirm(database, clock, input),
    async useStep(factorId, step) {
      const { numUpdatedRows } = await database
        .updateTable('factors')
        .set({ lastStep: step })
        .where('id', '=', factorId)
        .where('lastStep', '<', step)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },
    async useBackupCode(accountId, codeHash) {
      const { numDeletedRows } = await database
        .deleteFrom('backupCodes')
        .where('accountId', '=', accountId)
        .where('codeHash', '=', codeHash)
        .executeTakeFirst();
      return numDeletedRows > 0n;
    },
    async backupCodesLeft(accountId) {
      const { count } = await database
        .selectFrom('backupCodes')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .where('accountId', '=', accountId)
        .executeTakeFirstOrThrow();
      return count;
    },
  };
}

function confirm(
  database: Database,
  clock: Clock,
  { factor, step, codeHashes, keepSession, mail }: Parameters<Factors['confirm']>[0],
): Promise<boolean> {
  const { id, accountId } = factor;
  return database.transaction().execute(async (transaction) => {
    await transaction
      .deleteFrom('factors')
      .where('accountId', '=', accountId)
      .where('id', '!=', id)
      .execute();
    const { numUpdatedRows } = await transaction
      .updateTable('factors')
      .set({ confirmedAt: clock.now(), lastStep: step })
      .where('id', '=', id)
      .where('confirmedAt', 'is', null)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) return false;
    await transaction.deleteFrom('backupCodes').where('accountId', '=', accountId).execute();
    await transaction
      .insertInto('backupCodes')
      .values(codeHashes.map((codeHash) => ({ accountId, codeHash })))
      .execute();
    await transaction
      .deleteFrom('sessions')
      .where('accountId', '=', accountId)
      .where('id', '!=', keepSession)
      .execute();
    await insertMail(transaction, clock, mail);
    return true;
  });
}
