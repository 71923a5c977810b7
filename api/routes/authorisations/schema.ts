import { z } from 'zod';

export const BeginAuthorisation = z.strictObject({
  platform: z.enum(['tiktok-ads', 'tiktok-shop']),
  workspaceId: z.uuid(),
});

export const BegunAuthorisation = z
  .object({
    consentUrl: z
      .url()
      .describe('TikTok’s page, for the browser that received the cookie of this answer.'),
    beginUrl: z
      .url()
      .describe(
        'For any other browser, within ten minutes: sets the cookie and goes on to TikTok.',
      ),
  })
  .meta({ id: 'BegunAuthorisation' });

export const Authorisation = z
  .object({
    id: z.string(),
    workspaceId: z.string(),
    platform: z.enum(['tiktok-ads', 'tiktok-shop']),
    state: z
      .enum(['pending', 'active', 'failed', 'ended'])
      .describe('Pending until TikTok’s code is exchanged for a token.'),
    scopes: z.array(z.string()),
    errorCode: z.string().nullable(),
    accounts: z
      .array(z.object({ accountId: z.string(), name: z.string() }))
      .nullable()
      .describe('What TikTok granted; null until known, and again once forgotten.'),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'Authorisation' });

/** An agency may hold some thousand accounts; it chooses in steps of this size. */
const accountsPerChoiceMax = 1000;

export const ChooseAccounts = z.strictObject({
  accountIds: z
    .array(z.string().regex(/^\d{1,20}$/))
    .min(1)
    .max(accountsPerChoiceMax),
});

export const ChosenAccounts = z.object({ accepted: z.number().int() });

export const AuthorisationPath = z.strictObject({ id: z.uuid() });
