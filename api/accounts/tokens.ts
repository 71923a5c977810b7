/** Random secrets of browsers and mails; what is kept of them is their SHA-256. */
import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';

export const newToken = (): string => randomBytes(32).toString('base64url');
export const hashToken = (token: string): Buffer => createHash('sha256').update(token).digest();

const shape = /^[\w-]{43}$/;
export const Token = z.string().regex(shape);
export const isToken = (text: string | undefined): text is string =>
  text !== undefined && shape.test(text);
