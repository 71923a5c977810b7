/** Thumbnails as files, sealed under their connection's key: gone with it, and unlinked with the connection. */
import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Keyring } from '../../keyring/keyring.ts';
import { HubError } from '../../policy/errors.ts';
import type { PictureType } from '../../policy/pictures.ts';
import { requireId } from '../files.ts';
import { writeDurably } from '../landing.ts';

export interface PictureAddress {
  readonly connectionId: string;
  readonly kind: string;
  readonly recordId: string;
}

export interface Picture {
  readonly type: PictureType;
  readonly bytes: Buffer;
}

/** From the cache, or fetched into it; undefined where there is none to be had. */
export type ReadPicture = (picture: PictureAddress) => Promise<Picture | undefined>;

export interface PictureCache {
  read(picture: PictureAddress): Promise<Buffer | undefined>;
  write(picture: PictureAddress, bytes: Uint8Array): Promise<void>;
  /** All of a connection: a step of its erasure. */
  removeAll(connectionId: string): Promise<void>;
}

export interface PictureCacheOptions {
  readonly folder: string;
  readonly keyring: Pick<Keyring, 'ensure' | 'seal' | 'unseal'>;
}

export function createPictureCache({ folder, keyring }: PictureCacheOptions): PictureCache {
  const folderOf = (connectionId: string): string => join(folder, requireId(connectionId));
  /** Ids of pictures hold slashes; their digest is a name on any disk, and says nothing. */
  const fileOf = (picture: PictureAddress): string => {
    const digest = createHash('sha256').update(contextOf(picture)).digest('hex');
    return join(folderOf(picture.connectionId), `${digest}.sealed`);
  };
  return {
    async read(picture) {
      const sealed = await readFile(fileOf(picture)).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error;
      });
      if (sealed === undefined) return undefined;
      try {
        return await keyring.unseal(sealed, contextOf(picture));
      } catch (error) {
        // A damaged file is fetched again.
        if (error instanceof HubError && error.code === 'SEAL_BROKEN') return undefined;
        throw error;
      }
    },
    async write(picture, bytes) {
      const key = await keyring.ensure('connection', picture.connectionId);
      const sealed = await keyring.seal([key], contextOf(picture), bytes);
      await writeDurably(fileOf(picture), sealed);
    },
    async removeAll(connectionId) {
      await rm(folderOf(connectionId), { recursive: true, force: true });
    },
  };
}

const contextOf = ({ connectionId, kind, recordId }: PictureAddress): string =>
  `pictures/${connectionId}/${kind}/${recordId}`;
