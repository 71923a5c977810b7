/**
 * Passwords: bcrypt over base64(SHA-256(password)), as bcrypt itself reads 72 bytes at most and stops at a zero byte.
 * Hashing runs on libuv's threads, few at a time.
 */
import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import commonPasswords from '@zxcvbn-ts/language-common';
import bcrypt from 'bcrypt';
import { z } from 'zod';
import { passwordLength } from '../../policy/accounts.ts';
import { HubError } from '../../policy/errors.ts';

const cost = 12;
/** A core stays free for everything else. */
const runningMax = Math.max(1, availableParallelism() - 1);
/** At a quarter of a second each, who comes last waits half a minute at most on one core. */
const waitingMax = 100;

/** Of a password that is being chosen. Counted in characters, not in halves of them. */
export const NewPassword = z
  .string()
  .max(passwordLength.max * 2)
  .refine((text) => [...text].length >= passwordLength.min, 'is shorter than 12 characters')
  .refine((text) => [...text].length <= passwordLength.max, 'is longer than 256 characters');
/** Of one that is being compared: whatever could have been chosen. */
export const GivenPassword = z
  .string()
  .min(1)
  .max(passwordLength.max * 2);

const common = new Set(commonPasswords.dictionary['passwords-common']);

/** Refuses what is guessed first: listed passwords, also with digits and signs around, and digits alone. */
export function assertUncommon(password: string, email?: string): void {
  const lower = password.toLowerCase();
  const core = lower.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '');
  if (common.has(lower) || core === '' || common.has(core) || lower === email?.toLowerCase()) {
    throw new HubError('PASSWORD_REFUSED', 'Choose a password that others do not use as well.');
  }
}

let running = 0;
const waiting: (() => void)[] = [];

async function oneOfFew<T>(work: () => Promise<T>): Promise<T> {
  if (running >= runningMax) {
    if (waiting.length >= waitingMax) {
      throw new HubError('HASHING_BUSY', 'Try again in half a minute.', { retryAfterMs: 30_000 });
    }
    await new Promise<void>((resolve) => waiting.push(resolve));
  } else {
    running += 1;
  }
  try {
    return await work();
  } finally {
    // The place passes to who waits longest.
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  }
}

const digest = (password: string): string =>
  createHash('sha256').update(password, 'utf8').digest('base64');

export const hashPassword = (password: string): Promise<string> =>
  oneOfFew(() => bcrypt.hash(digest(password), cost));

/** A hash that nobody knows a password of: addresses without an account take as long as those with one. */
const nobodys = bcrypt.hash(digest(crypto.randomUUID()), cost);

/** Without a hash it takes the same time and is false. */
export async function verifyPassword(password: string, hash: string | undefined): Promise<boolean> {
  const compared = hash ?? (await nobodys);
  const same = await oneOfFew(() => bcrypt.compare(digest(password), compared));
  return same && hash !== undefined;
}
