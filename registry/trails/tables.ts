/** The tables of both trails, as kysely sees them. */
import type { Kysely } from 'kysely';
import type { AuditAct, AuditReason } from '../../policy/audit.ts';
import type { Database } from '../database.ts';

export type TrailTables = {
  activity: {
    /** UTC day, as `2026-11-24`. */
    day: string;
    sequence: import('kysely').Generated<number>;
    id: string;
    accountId: string;
    sealedUse: Buffer;
  };
  accountHandles: { accountId: string; handle: string; salt: Buffer };
  auditEntries: {
    sequence: number;
    at: Date;
    actor: string | null;
    act: AuditAct;
    subject: string | null;
    reason: AuditReason | null;
    commitment: Buffer;
    previousHash: Buffer;
    hash: Buffer;
  };
  auditHead: { id: boolean; sequence: number; hash: Buffer };
};

export const withTrails = (database: Database): Kysely<TrailTables> =>
  database.withTables<TrailTables>() as unknown as Kysely<TrailTables>;
