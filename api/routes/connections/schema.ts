import { z } from 'zod';
import { listQuery } from '../../list.ts';

const State = z.enum(['active', 'paused', 'restricted', 'ended']);
const Completeness = z.enum(['verified', 'counted', 'moving', 'unverifiable']);

export const ConnectionPath = z.strictObject({ id: z.uuid() });

export const ConnectionsQuery = listQuery(
  ['id', 'state', 'accountId', 'createdAt'],
  z.strictObject({
    id: z.array(z.uuid()).max(1000).optional(),
    workspaceId: z.uuid().optional(),
    state: z.union([State, z.array(State).min(1)]).optional(),
  }),
);

const summary = {
  id: z.string(),
  workspaceId: z.string(),
  authorisationId: z.string(),
  platform: z.enum(['tiktok-ads', 'tiktok-shop']),
  accountId: z.string(),
  name: z.string().nullable(),
  state: State,
  timeZone: z.string().nullable(),
  currency: z.string().nullable(),
  createdAt: z.iso.datetime(),
};

export const ConnectionSummary = z.object(summary).meta({ id: 'ConnectionSummary' });

export const StreamState = z.object({
  stream: z.string(),
  state: z.enum(['waiting', 'pulling', 'idle', 'failed', 'not-authorised']).nullable(),
  windows: z.object({
    planned: z.number().int(),
    loaded: z.number().int(),
    failed: z.number().int(),
  }),
  rows: z.number().int(),
  newestPulledAt: z.iso.datetime().nullable(),
  completeness: z
    .partialRecord(Completeness, z.number().int())
    .describe('Loaded windows by how complete they are known to be.'),
  failures: z
    .array(z.object({ code: z.string(), meaning: z.string(), windows: z.number().int() }))
    .describe('Why windows could not be pulled; they are tried again by themselves.'),
});

export const Connection = z
  .object({
    ...summary,
    scopes: z.array(z.string()),
    sync: z
      .enum(['running', 'paused', 'ended'])
      .nullable()
      .describe('Null when its workflow does not answer within two seconds.'),
    streams: z.array(StreamState),
    unknownFields: z
      .array(
        z.object({
          stream: z.string(),
          field: z.string(),
          rows: z.number().int(),
          lastSeenAt: z.iso.datetime(),
        }),
      )
      .describe('Fields that TikTok sends and no stream names; their values are not kept.'),
    quarantine: z.array(
      z.object({ stream: z.string(), reason: z.string(), rows: z.number().int() }),
    ),
    eraseDueAt: z.iso
      .datetime()
      .nullable()
      .describe('When erasing begins, once the connection is restricted.'),
  })
  .meta({ id: 'Connection' });

export const Refresh = z.strictObject({
  streams: z.array(z.string().max(100)).max(100).optional().describe('All when left out.'),
});

/** About three years: what a person asks for at once. */
const backfillDaysMax = 1_100;
const dayMs = 86_400_000;

export const Backfill = z
  .strictObject({
    from: z.iso.date(),
    to: z.iso.date(),
    streams: z.array(z.string().max(100)).max(100).optional().describe('All when left out.'),
  })
  .refine(({ from, to }) => from <= to, { message: 'from is after to', path: ['from'] })
  .refine(({ from, to }) => (Date.parse(to) - Date.parse(from)) / dayMs < backfillDaysMax, {
    message: `at most ${backfillDaysMax} days at once`,
    path: ['from'],
  });

export const BackfillAccepted = z.object({
  state: State,
  windows: z.number().int().describe('Windows that were planned, over all streams.'),
});

export const Accepted = z.object({ state: State });

export const Revoked = z
  .object({
    state: z.literal('restricted'),
    confirmedAt: z.iso
      .datetime()
      .nullable()
      .describe('From then on no call is under way. Null in a 202: ask again.'),
    eraseDueAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Revoked' });
