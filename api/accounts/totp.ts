/** Codes of authenticator apps (RFC 6238) and the backup codes for the day when the app is lost. */
import { createHash, randomBytes } from 'node:crypto';
import { generateSecret, generateURI, verifySync } from 'otplib';
import { z } from 'zod';

const issuer = 'TKOS Hub';
const stepSeconds = 30;
/** Clocks of telephones are off by seconds: one step before and after is taken as well. */
const toleranceSeconds = stepSeconds;
const backupCodes = 10;
/** 24 letters of 5 bits: more than can be tried, so that a plain hash protects them. */
const backupCodeLetters = 24;
/** Crockford's base 32: without letters that look like digits. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/** Six digits of the app, or a backup code with or without its dashes. */
export const Code = z.string().min(6).max(40);

export const newSecret = (): string => generateSecret();

export const otpauthUri = (secret: string, label: string): string =>
  generateURI({ issuer, label, secret });

/** The time step that a code belongs to; undefined when it is of none that counts now. */
export function stepOf(secret: string, code: string, now: Date): number | undefined {
  if (!/^\d{6}$/.test(code)) return undefined;
  const epoch = Math.floor(now.getTime() / 1000);
  const result = verifySync({ secret, token: code, epoch, epochTolerance: toleranceSeconds });
  if (!result.valid) return undefined;
  return Math.floor(epoch / stepSeconds) + (result.delta ?? 0);
}

/** In groups of four, to be copied by hand. */
export const newBackupCodes = (): string[] =>
  Array.from({ length: backupCodes }, () => {
    const letters = [...randomBytes(backupCodeLetters)].map((byte) => alphabet[byte % 32]);
    return letters.join('').replace(/.{4}(?=.)/g, '$&-');
  });

/** However it was typed. The account goes in, so that equal rows tell nothing. */
export function hashBackupCode(accountId: string, code: string): Buffer {
  const letters = code
    .toLowerCase()
    .replace(/[\s-]/g, '')
    .replaceAll('o', '0')
    .replace(/[il]/g, '1');
  return createHash('sha256').update(`${accountId}/${letters}`).digest();
}
