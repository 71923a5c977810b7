import { z } from 'zod';
import { type AuditAct, type AuditReason, auditActs, auditReasons } from '../../../policy/audit.ts';
import { listQuery } from '../../list.ts';

/** The newest first, always. */
export const TrailQuery = listQuery(['at'], z.strictObject({})).pick({ range: true });

export const ActivityEntry = z
  .object({
    id: z.string(),
    at: z.iso.datetime(),
    feature: z.string().describe('Method and address as the API declares them.'),
    userAgent: z.string().nullable(),
    network: z.string(),
  })
  .meta({ id: 'ActivityEntry', description: 'One use of a feature; kept for 180 days.' });

const act = z.enum(Object.keys(auditActs) as [AuditAct, ...AuditAct[]]);
const reason = z.enum(Object.keys(auditReasons) as [AuditReason, ...AuditReason[]]).nullable();

export const OwnAuditEntry = z
  .object({ id: z.number().int(), at: z.iso.datetime(), act, meaning: z.string(), reason })
  .meta({ id: 'OwnAuditEntry', description: 'What was done to or about the account.' });

export const AuditEntry = OwnAuditEntry.extend({
  actor: z.string().nullable().describe('A random handle; null is the software itself.'),
  subject: z.string().nullable(),
  hash: z.string().describe('Hexadecimal, over this entry and the hash before it.'),
}).meta({ id: 'AuditEntry', description: 'An entry of the trail; it names nobody.' });
