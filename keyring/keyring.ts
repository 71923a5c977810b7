/**
 * Keys: create, unwrap for one call, seal, destroy with proof (design §6). The store is files in two replicas,
 * no database and in no backup. A key in clear goes to the one call that needs it and is never stored or logged.
 */

/** What a key protects. The owner is a random internal id, or a date for `day`. */
export type KeyPurpose =
  | 'authorisation'
  | 'connection'
  | 'file'
  | 'day'
  | 'activity-day'
  | 'pseudonym'
  | 'workflow-store'
  | 'account'
  | 'email-index'
  | 'cookie';

export interface KeyDestruction {
  readonly keyId: string;
  readonly destroyedAt: Date;
  /** Replicas in which the absence was verified by reading them back: always all of them. */
  readonly replicas: number;
}

export interface Keyring {
  /** Creates a random 256-bit key, durable in both replicas before it resolves. An existing key of that purpose and owner is returned as it is. */
  ensure(purpose: KeyPurpose, owner: string): Promise<string>;
  /** 32 bytes in clear, for the one call that needs them. Throws `KEY_GONE` when it was destroyed or never existed. */
  unwrap(keyId: string): Promise<Buffer>;
  /** AES-256-GCM under one key, or under a key derived from two (destroying either ends it). `context` is authenticated: store, field or file, owner. */
  seal(
    keyIds: readonly [string] | readonly [string, string],
    context: string,
    clear: Uint8Array,
  ): Promise<Buffer>;
  /** Throws `KEY_GONE`, or `SEAL_BROKEN` when bytes or context are not what was sealed. */
  unseal(sealed: Uint8Array, context: string): Promise<Buffer>;
  /** Re-wraps the survivors under a new epoch key, destroys the old one, verifies both replicas. Unknown ids are not an error. */
  destroy(keyIds: readonly string[]): Promise<readonly KeyDestruction[]>;
  has(keyId: string): boolean;
  list(): readonly { keyId: string; purpose: KeyPurpose; owner: string; createdAt: Date }[];
  close(): Promise<void>;
}

/** Key ids say what they are for and hold no secret: `connection:<owner>`. */
export const keyId = (purpose: KeyPurpose, owner: string): string => `${purpose}:${owner}`;
