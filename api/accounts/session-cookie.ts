/** The two cookies of signing in: the session, and the device that was signed in before. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { isToken, newToken } from './tokens.ts';

const sessionCookie = '__Host-session';
const deviceCookie = '__Host-device';
/** Their prefix has browsers refuse them without Secure, with a Domain or another Path. */
const options = { secure: true, httpOnly: true, sameSite: 'lax', path: '/' } as const;
const deviceSeconds = 180 * 24 * 3600;

export function readSessionToken(request: FastifyRequest): string | undefined {
  const token = request.cookies[sessionCookie];
  return isToken(token) ? token : undefined;
}

/** Ends with the browser; the registry ends it sooner. */
export function giveSessionToken(reply: FastifyReply): string {
  const token = newToken();
  reply.setCookie(sessionCookie, token, options);
  return token;
}

export function clearSession(reply: FastifyReply): void {
  reply.clearCookie(sessionCookie, options);
}

export function readDeviceToken(request: FastifyRequest): string | undefined {
  const token = request.cookies[deviceCookie];
  return isToken(token) ? token : undefined;
}

/** The one that it has, for longer, or a new one. */
export function giveDeviceToken(request: FastifyRequest, reply: FastifyReply): string {
  const token = readDeviceToken(request) ?? newToken();
  reply.setCookie(deviceCookie, token, { ...options, maxAge: deviceSeconds });
  return token;
}
