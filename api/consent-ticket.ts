/**
 * A link by which a person begins a consent in a browser that is not the one that asked for it (programs and
 * command lines have no browser). Signed and short-lived, so nothing is stored before somebody opens it; the consent
 * itself is bound to the browser that does.
 */
import fastifyCookie from '@fastify/cookie';
import { z } from 'zod';
import type { Keyring } from '../keyring/keyring.ts';

/** Long enough to paste it into a browser, too short to be found in a history. */
const lifetimeMs = 10 * 60_000;

const Ticket = z.object({
  platform: z.enum(['tiktok-ads', 'tiktok-shop']),
  workspaceId: z.string(),
  expiresAt: z.number(),
});
type Consent = Pick<z.infer<typeof Ticket>, 'platform' | 'workspaceId'>;

const signingKey = async (keyring: Keyring): Promise<Buffer> =>
  keyring.unwrap(await keyring.ensure('cookie', 'consent-ticket'));

/** Text for a query parameter. */
export async function makeTicket(keyring: Keyring, consent: Consent, now: Date): Promise<string> {
  const text = JSON.stringify({ ...consent, expiresAt: now.getTime() + lifetimeMs });
  const encoded = Buffer.from(text).toString('base64url');
  return fastifyCookie.sign(encoded, await signingKey(keyring));
}

/** Undefined when it is not ours or too old. */
export async function readTicket(
  keyring: Keyring,
  ticket: string,
  now: Date,
): Promise<Consent | undefined> {
  const unsigned = fastifyCookie.unsign(ticket, await signingKey(keyring));
  if (!unsigned.valid) return undefined;
  const text = Buffer.from(unsigned.value, 'base64url').toString('utf8');
  const { expiresAt, ...consent } = Ticket.parse(JSON.parse(text));
  return expiresAt > now.getTime() ? consent : undefined;
}
