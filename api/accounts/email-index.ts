/** Addresses are found by an HMAC of them: who reads the table cannot try addresses without the keyring. */
import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { type Keyring, keyId } from '../../keyring/keyring.ts';

/** ASCII alone, so that no address looks like another; 254 characters as SMTP has it. */
export const EmailAddress = z.email().max(254);

/** Providers that tell letters' case apart are none; people who type it differently are many. */
export const normaliseAddress = (address: string): string => address.toLowerCase();

const purpose = 'email-index';
const firstOwner = 'v1';

const indexUnder = async (keyring: Keyring, key: string, address: string): Promise<Buffer> =>
  createHmac('sha256', await keyring.unwrap(key))
    .update(normaliseAddress(address))
    .digest();

/** Under the newest key; while it rotates an older one still stands. */
export async function emailIndex(keyring: Keyring, address: string): Promise<Buffer> {
  const [newest] = await indexKeys(keyring);
  return indexUnder(keyring, newest!, address);
}

export async function emailIndexes(keyring: Keyring, address: string): Promise<Buffer[]> {
  const keys = await indexKeys(keyring);
  return Promise.all(keys.map((key) => indexUnder(keyring, key, address)));
}

/** The newest first. */
async function indexKeys(keyring: Keyring): Promise<string[]> {
  const keys = keyring.list().filter((key) => key.purpose === purpose);
  if (keys.length === 0) return [await keyring.ensure(purpose, firstOwner)];
  return keys
    .sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime())
    .map(({ owner }) => keyId(purpose, owner));
}
