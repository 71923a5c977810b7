/**
 * Binds a consent to the browser that began it: a random nonce in a signed cookie, of which the registry keeps the
 * hash beside `state`. The prefix `__Host-` makes browsers refuse it without Secure, with a Domain or another Path;
 * they accept Secure cookies over plain HTTP from `localhost` (not Safari), which is why the hub is opened by that name.
 */
import { createHash, randomBytes } from 'node:crypto';
import fastifyCookie from '@fastify/cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Keyring } from '../keyring/keyring.ts';

const cookieName = '__Host-hub-consent';
const cookieOptions = { secure: true, httpOnly: true, sameSite: 'lax', path: '/' } as const;
/** As long as TikTok's code lives, and as the registry accepts `state`. */
const lifetimeSeconds = 3600;

const hash = (nonce: string): Buffer => createHash('sha256').update(nonce).digest();

async function signingKey(keyring: Keyring): Promise<Buffer> {
  return keyring.unwrap(await keyring.ensure('cookie', 'consent'));
}

/** Gives the browser a new nonce. A consent begun earlier in the same browser can no longer be finished. */
export async function giveConsentCookie(
  reply: FastifyReply,
  keyring: Keyring,
): Promise<{ nonceHash: Buffer }> {
  const nonce = randomBytes(32).toString('base64url');
  const signed = fastifyCookie.sign(nonce, await signingKey(keyring));
  reply.setCookie(cookieName, signed, { ...cookieOptions, maxAge: lifetimeSeconds });
  return { nonceHash: hash(nonce) };
}

/** Takes the nonce back; undefined when this browser has none of ours. */
export async function takeConsentCookie(
  request: FastifyRequest,
  reply: FastifyReply,
  keyring: Keyring,
): Promise<{ nonceHash: Buffer } | undefined> {
  const signed = request.cookies[cookieName];
  if (signed === undefined) return undefined;
  reply.clearCookie(cookieName, cookieOptions);
  const nonce = fastifyCookie.unsign(signed, await signingKey(keyring));
  return nonce.valid ? { nonceHash: hash(nonce.value) } : undefined;
}
