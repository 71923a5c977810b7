import type { FeatureUse } from '../../../policy/activity.ts';
import { auditActs } from '../../../policy/audit.ts';
import { sealContexts } from '../../../policy/seals.ts';
import type { AuditEntry as AuditRow } from '../../../registry/trails/audit.ts';
import type { ApiDeps } from '../../deps.ts';
import type { ApiInstance } from '../../instance.ts';
import { askedSlice, saySlice } from '../../list.ts';
import { problemResponses } from '../../plugins/errors.ts';
import { ActivityEntry, AuditEntry, OwnAuditEntry, TrailQuery } from './schema.ts';

type Deps = Pick<ApiDeps, 'registry' | 'keyring'>;

const tags = ['trails'];

/** What an account did, what was done about it, and all that staff did. */
export function trailRoutes(app: ApiInstance, { registry, keyring }: Deps): void {
  app.get(
    '/api/v1/account/activity',
    {
      config: { access: 'session' },
      schema: {
        summary: 'What this account used, when and from where; the newest first.',
        tags,
        querystring: TrailQuery,
        response: { 200: ActivityEntry.array(), ...problemResponses },
      },
    },
    async (request, reply) => {
      const slice = askedSlice(request, reply, 'activity', request.query);
      const { rows, total } = await registry.activity.list(request.account!.id, slice);
      saySlice(reply, 'activity', { offset: slice.offset, rows: rows.length, total });
      return Promise.all(
        rows.map(async ({ id, sealedUse }) => {
          const clear = await keyring.unseal(sealedUse, sealContexts.activityUse(id));
          return { id, ...(JSON.parse(String(clear)) as FeatureUse) };
        }),
      );
    },
  );
  auditRoutes(app, registry);
}

function auditRoutes(app: ApiInstance, registry: Deps['registry']): void {
  app.get(
    '/api/v1/account/audit',
    {
      config: { access: 'session' },
      schema: {
        summary: 'What was done to or about this account, and why; the newest first.',
        tags,
        querystring: TrailQuery,
        response: { 200: OwnAuditEntry.array(), ...problemResponses },
      },
    },
    async (request, reply) => {
      const slice = askedSlice(request, reply, 'audit', request.query);
      const { rows, total } = await registry.audit.about(request.account!.id, slice);
      saySlice(reply, 'audit', { offset: slice.offset, rows: rows.length, total });
      return rows.map(presentOwn);
    },
  );
  app.get(
    '/api/v1/audit',
    {
      config: { access: 'bearer' },
      schema: {
        summary: 'The audit trail, for staff; the newest first.',
        tags,
        querystring: TrailQuery,
        response: { 200: AuditEntry.array(), ...problemResponses },
      },
    },
    async (request, reply) => {
      const slice = askedSlice(request, reply, 'audit', request.query);
      const { rows, total } = await registry.audit.list(slice);
      saySlice(reply, 'audit', { offset: slice.offset, rows: rows.length, total });
      return rows.map((row) => ({
        ...presentOwn(row),
        actor: row.actor,
        subject: row.subject,
        hash: row.hash.toString('hex'),
      }));
    },
  );
}

const presentOwn = ({ sequence, at, act, reason }: AuditRow) => ({
  ...{ id: sequence, at: at.toISOString(), act, reason },
  meaning: auditActs[act],
});
