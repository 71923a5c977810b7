/**
 * AES-256-GCM, for wrapped keys and for sealed values. Calls are synchronous: a page of a megabyte takes under a
 * millisecond, a trip through the thread pool costs more.
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { HubError } from '../policy/errors.ts';

export const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;
const sealVersion = 1;

/** Nonce, ciphertext, tag; behind a `header`, where one is given, in one copy. */
export function encrypt(
  key: Buffer,
  additional: Buffer,
  clear: Uint8Array,
  header: Buffer = Buffer.alloc(0),
): Buffer {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(additional);
  const parts = [header, nonce, cipher.update(clear), cipher.final()];
  return Buffer.concat([...parts, cipher.getAuthTag()]);
}

/** Returns undefined when key, additional data or bytes are not those of `encrypt`. */
export function decrypt(key: Buffer, additional: Buffer, sealed: Buffer): Buffer | undefined {
  if (sealed.length < nonceBytes + tagBytes) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, nonceBytes), {
    authTagLength: tagBytes,
  });
  decipher.setAAD(additional).setAuthTag(sealed.subarray(sealed.length - tagBytes));
  try {
    const clear = decipher.update(sealed.subarray(nonceBytes, sealed.length - tagBytes));
    // With GCM nothing is left to come: it only checks the tag.
    decipher.final();
    return clear;
  } catch {
    return undefined;
  }
}

/**
 * The master key that follows: one way, so that whoever has the new one cannot make the old. A backup of an older
 * master key leads forward to every later one.
 */
export const nextMasterKey = (masterKey: Buffer): Buffer =>
  createHmac('sha256', masterKey).update('tkos-hub next master key').digest();

/** The key that seals values: from one key, or from two so that destroying either ends it. */
export function deriveSealingKey(keys: readonly Buffer[], keyIds: readonly string[]): Buffer {
  const material = Buffer.concat(keys);
  const info = `tkos-hub seal ${sealVersion}\n${keyIds.join('\n')}`;
  const derived = Buffer.from(hkdfSync('sha256', material, Buffer.alloc(0), info, keyBytes));
  material.fill(0);
  return derived;
}

/** Version, number of key ids, each with its length: what stands in front of the nonce. */
export function sealHeader(keyIds: readonly string[]): Buffer {
  const parts = [Buffer.from([sealVersion, keyIds.length])];
  for (const id of keyIds) {
    const bytes = Buffer.from(id);
    parts.push(Buffer.from([bytes.length]), bytes);
  }
  return Buffer.concat(parts);
}

/** Header and context together are authenticated. The length keeps the two apart. */
export function sealAdditional(header: Buffer, context: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(header.length);
  return Buffer.concat([length, header, Buffer.from(context)]);
}

export function parseSealed(sealed: Uint8Array): {
  keyIds: string[];
  header: Buffer;
  body: Buffer;
} {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  const count = bytes[1] ?? 0;
  if (bytes[0] !== sealVersion || count < 1 || count > 2) throw sealBroken();
  const keyIds: string[] = [];
  let at = 2;
  for (let index = 0; index < count; index += 1) {
    const length = bytes[at] ?? 0;
    keyIds.push(bytes.toString('utf8', at + 1, at + 1 + length));
    at += 1 + length;
  }
  if (bytes.length < at + nonceBytes + tagBytes) throw sealBroken();
  return { keyIds, header: bytes.subarray(0, at), body: bytes.subarray(at) };
}

export const sealBroken = (): HubError =>
  new HubError(
    'SEAL_BROKEN',
    'A sealed value is damaged or is not the one that belongs here. Restore it or pull it again.',
  );
