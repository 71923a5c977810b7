/** Tables of accounts as kysely sees them. */
import type { Generated } from 'kysely';
import type { LinkKind } from '../../policy/accounts.ts';
import type { OutboxMail } from '../outbox.ts';
import type { Session } from './sessions.ts';

export interface AccountTables {
  accounts: {
    id: string;
    emailIndex: Buffer;
    sealedName: Buffer;
    sealedEmail: Buffer;
    sealedPassword: Buffer;
    adultStatedAt: Date;
    verifiedAt: Date | null;
    createdAt: Date;
  };
  policyAcceptances: { accountId: string; policyVersion: string; at: Date };
  sessions: Session & { tokenHash: Buffer };
  links: { tokenHash: Buffer; accountId: string; kind: LinkKind; expiresAt: Date };
  factors: {
    id: string;
    accountId: string;
    sealedSecret: Buffer;
    lastStep: Generated<number>;
    confirmedAt: Date | null;
    createdAt: Date;
  };
  backupCodes: { accountId: string; codeHash: Buffer };
  knownDevices: { accountId: string; tokenHash: Buffer; lastSeenAt: Date };
  throttles: { key: string; points: number; expire: number | null };
  outbox: Omit<OutboxMail, 'sealed'> & { sealedMail: Buffer; createdAt: Date };
}
