import { z } from 'zod';
import { EmailAddress } from '../../accounts/email-index.ts';
import { GivenPassword } from '../../accounts/password.ts';

export const SignIn = z.strictObject({ email: EmailAddress, password: GivenPassword });

export const SignedIn = z.object({
  factor: z
    .enum(['set-up', 'asked'])
    .describe('What comes next: a second factor is set up, or the one that is set up is shown.'),
});

export const Session = z
  .object({
    id: z.string(),
    userAgent: z.string(),
    address: z.string(),
    createdAt: z.iso.datetime(),
    lastSeenAt: z.iso.datetime(),
    current: z.boolean(),
  })
  .meta({ id: 'Session', description: 'One browser that is signed in.' });
