/**
 * Pictures of products and creatives: uploaded ones as they came, generated ones drawn when they are asked for. Their addresses are
 * signed and end, as TikTok's do.
 */
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { crc32, deflateSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import type { SandboxClock } from './clock.ts';

export interface StoredImage {
  readonly bytes: Buffer;
  readonly mediaType: string;
  readonly width: number;
  readonly height: number;
}

const path = '/images/';
/** Signed addresses of pictures end after one hour, unless said otherwise. */
const addressSeconds = 3_600;
const side = { full: 1_200, thumb: 300 };

export class ImageStore {
  readonly #clock: SandboxClock;
  readonly #origin: () => string;
  readonly #key = randomBytes(32);
  readonly #uploaded = new Map<string, StoredImage>();

  constructor(clock: SandboxClock, origin: () => string) {
    this.#clock = clock;
    this.#origin = origin;
  }

  /** @returns the uri by which products name it. */
  keep(image: StoredImage): string {
    const digest = createHash('sha256').update(image.bytes).digest('hex').slice(0, 24);
    const uri = `tos-useast2a-i-o3syd03w52/${digest}`;
    this.#uploaded.set(uri, image);
    return uri;
  }

  isUploaded(uri: string): boolean {
    return this.#uploaded.has(uri);
  }

  sizeOf(uri: string): { width: number; height: number } {
    const { width, height } = this.#uploaded.get(uri) ?? { width: side.full, height: side.full };
    return { width, height };
  }

  /** An address that anyone may read until it ends. */
  addressOf(uri: string, kind: 'full' | 'thumb' = 'full', seconds = addressSeconds): string {
    const expires = Math.floor(this.#clock.now().getTime() / 1000) + seconds;
    const name = `${encodeURIComponent(uri)}~${kind}`;
    const query = `x-expires=${expires}&x-signature=${this.#sign(name, expires)}`;
    return `${this.#origin()}${path}${encodeURIComponent(name)}?${query}`;
  }

  /** Null when the address is wrong or has ended. */
  read(name: string, expires: number, signature: string): StoredImage | null {
    const now = Math.floor(this.#clock.now().getTime() / 1000);
    if (signature !== this.#sign(name, expires) || now >= expires) return null;
    const [uri = '', kind] = name.split('~');
    return this.#uploaded.get(decodeURIComponent(uri)) ?? drawn(uri, kind === 'thumb');
  }

  #sign(name: string, expires: number): string {
    return createHmac('sha256', this.#key).update(`${name} ${expires}`).digest('hex').slice(0, 32);
  }
}

export function registerImages(app: FastifyInstance, images: ImageStore): void {
  app.get<{ Params: { name: string }; Querystring: Record<string, string> }>(
    `${path}:name`,
    (request, reply) => {
      const { 'x-expires': expires, 'x-signature': signature = '' } = request.query;
      const image = images.read(request.params.name, Number(expires), signature);
      if (!image) return reply.code(403).type('text/plain').send('403 the link has expired');
      return reply.type(image.mediaType).send(image.bytes);
    },
  );
}

/** One colour, made of the name. */
function drawn(uri: string, small: boolean): StoredImage {
  const length = small ? side.thumb : side.full;
  const colour = createHash('sha256').update(uri).digest().subarray(0, 3);
  return {
    bytes: png(length, [colour[0]!, colour[1]!, colour[2]!]),
    mediaType: 'image/png',
    width: length,
    height: length,
  };
}

/** A square PNG of one colour. */
export function png(length: number, colour: readonly [number, number, number]): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(length, 0);
  header.writeUInt32BE(length, 4);
  // 8 bits, a palette of one colour.
  header.set([8, 3, 0, 0, 0], 8);
  const pixels = deflateSync(Buffer.alloc(length * (length + 1)));
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('PLTE', Buffer.from(colour)),
    chunk('IDAT', pixels),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(kind: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(kind, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}
