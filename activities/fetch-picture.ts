/**
 * A thumbnail from the address that TikTok names for it, once: through the egress client, whose list of hosts is
 * configured, under the connection's consent. Its size and its own bytes are looked at; then it lies sealed in the
 * cache. No redirect is followed.
 */
import type { Egress } from '../connectors/egress.ts';
import type { Clock } from '../policy/clock.ts';
import { HubError } from '../policy/errors.ts';
import { pictureBytesMax, pictureTypeOf } from '../policy/pictures.ts';
import type { Registry } from '../registry/registry.ts';
import type {
  PictureAddress,
  PictureCache,
  ReadPicture,
} from '../warehouse/pictures/picture-cache.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';

export interface FetchPictureDeps {
  readonly warehouse: Pick<Warehouse, 'pictureAddress'>;
  readonly registry: Pick<Registry, 'connections' | 'fence'>;
  readonly cache: Pick<PictureCache, 'read' | 'write'>;
  readonly egress: Pick<Egress, 'request'>;
  readonly clock: Clock;
}

/** A person waits for it, and looks at something else meanwhile. */
const deadlineMs = 10_000;
/** What could not be had is not asked for again at each look at a list. */
const refusedMs = 10 * 60_000;
const refusedMax = 10_000;

export function createReadPicture(deps: FetchPictureDeps): ReadPicture {
  const { cache, clock } = deps;
  const underWay = new Map<string, Promise<Buffer | undefined>>();
  const refused = new Map<string, number>();

  const fetchOnce = (picture: PictureAddress): Promise<Buffer | undefined> => {
    const name = JSON.stringify(picture);
    if ((refused.get(name) ?? 0) > clock.now().getTime()) return Promise.resolve(undefined);
    const running = underWay.get(name);
    if (running !== undefined) return running;
    const fetching = fetchPicture(deps, picture)
      .then((bytes) => {
        if (bytes !== undefined) return bytes;
        if (refused.size >= refusedMax) refused.clear();
        refused.set(name, clock.now().getTime() + refusedMs);
        return undefined;
      })
      .finally(() => underWay.delete(name));
    underWay.set(name, fetching);
    return fetching;
  };

  return async (picture) => {
    const bytes = (await cache.read(picture)) ?? (await fetchOnce(picture));
    const type = bytes && pictureTypeOf(bytes);
    return type && { type, bytes: bytes! };
  };
}

async function fetchPicture(
  { warehouse, registry, cache, egress }: FetchPictureDeps,
  picture: PictureAddress,
): Promise<Buffer | undefined> {
  const { connectionId } = picture;
  const address = await warehouse.pictureAddress(picture);
  const url = address === undefined ? null : URL.parse(address);
  const connection = await registry.connections.find(connectionId);
  if (url === null || connection === undefined) return undefined;
  return registry.fence.hold(connectionId, connection.epoch, async (signal) => {
    try {
      const request = { method: 'GET', url, deadlineMs, signal, bodyBytesMax: pictureBytesMax };
      const { status, body } = await egress.request({ ...request, method: 'GET' });
      if (status !== 200 || pictureTypeOf(body) === undefined) return undefined;
      signal.throwIfAborted();
      await cache.write(picture, body);
      return body;
    } catch (error) {
      if (error instanceof HubError && isAboutThePicture(error)) return undefined;
      throw error;
    }
  });
}

/** A foreign host, too large, not there: another one may be fine. */
const isAboutThePicture = ({ code }: HubError): boolean =>
  ['EGRESS_REFUSED', 'TIKTOK_ANSWER_TOO_LARGE', 'TIKTOK_UNREACHABLE'].includes(code);
