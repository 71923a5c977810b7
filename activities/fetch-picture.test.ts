/** Pictures over real HTTP, through the real egress client, into a real sealed cache. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createEgress, type Egress } from '../connectors/egress.ts';
import { createKeyring } from '../keyring/create.ts';
import type { Keyring } from '../keyring/keyring.ts';
import { pictureBytesMax } from '../policy/pictures.ts';
import { createPictureCache, type PictureCache } from '../warehouse/pictures/picture-cache.ts';
import { createReadPicture, type FetchPictureDeps } from './fetch-picture.ts';

const png = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.from('a picture')]);
const gif = Buffer.from('GIF89a and more');
const webp = Buffer.from('RIFF....WEBPVP8 ');
const jpeg = Buffer.concat([Buffer.from('ffd8ff', 'hex'), Buffer.from('a picture')]);
const clock = { now: () => new Date('2026-11-24T12:00:00Z') };

let folder: string;
let keyring: Keyring;
let cache: PictureCache;
let server: Server;
let origin: string;
let egress: Egress;
let asked: string[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hub-pictures-'));
  keyring = await createKeyring({
    dirs: [join(folder, 'keys-1'), join(folder, 'keys-2')],
    masterKey: randomBytes(32),
    clock,
  });
  cache = createPictureCache({ folder: join(folder, 'pictures'), keyring });
  const bodies: Record<string, Buffer> = {
    ...{ '/png': png, '/gif': gif, '/webp': webp, '/jpeg': jpeg },
    '/svg': Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>'),
    '/html': Buffer.from('<!doctype html>'),
    '/large': Buffer.concat([png, Buffer.alloc(pictureBytesMax)]),
  };
  server = createServer((request, response) => {
    asked.push(request.url!);
    const body = bodies[request.url!];
    if (request.url === '/away')
      response.writeHead(302, { location: 'https://elsewhere.example/' });
    else if (request.url === '/moved') response.writeHead(302, { location: '/png' });
    else response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'image/png' });
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  egress = createEgress({ allowedHosts: [], exactOrigin: origin });
});
beforeEach(() => {
  asked = [];
});
afterAll(async () => {
  await egress.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await keyring.close();
  await rm(folder, { recursive: true, force: true });
});

/** The record's id is the path that its picture lies on. */
function reader(address: (path: string) => string | undefined = (path) => `${origin}/${path}`) {
  const deps = {
    ...{ cache, egress, clock },
    warehouse: {
      pictureAddress: async ({ recordId }: { recordId: string }) => address(recordId),
    },
    registry: {
      connections: { find: async () => ({ epoch: 1 }) },
      fence: {
        hold: (_id: string, _epoch: number, work: (signal: AbortSignal) => Promise<unknown>) =>
          work(new AbortController().signal),
      },
    },
  } as unknown as FetchPictureDeps;
  const read = createReadPicture(deps);
  return (recordId: string, connectionId = 'c1') =>
    read({ connectionId, kind: 'product', recordId });
}

test.each([
  ['png', 'image/png', png],
  ['gif', 'image/gif', gif],
  ['webp', 'image/webp', webp],
  ['jpeg', 'image/jpeg', jpeg],
])(
  '%s is fetched once, also when many ask at a time, and lies sealed',
  async (path, type, bytes) => {
    const read = reader();
    const answers = await Promise.all([read(path), read(path), read(path)]);
    for (const answer of answers) expect(answer).toEqual({ type, bytes });
    expect(await reader()(path)).toEqual({ type, bytes });
    expect(asked).toEqual([`/${path}`]);
    const files = await readdir(join(folder, 'pictures', 'c1'));
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      const sealed = await readFile(join(folder, 'pictures', 'c1', file));
      expect(sealed.includes(bytes)).toBe(false);
    }
  },
);

test.each(['svg', 'html', 'large', 'away', 'moved', 'missing'])(
  '%s is no picture, and is not asked for again at once',
  async (path) => {
    const read = reader();
    expect(await read(path, 'c2')).toBeUndefined();
    expect(await read(path, 'c2')).toBeUndefined();
    expect(asked).toEqual([`/${path}`]);
    await expect(readdir(join(folder, 'pictures', 'c2'))).rejects.toMatchObject({ code: 'ENOENT' });
  },
);

test('hosts that are not on the list are not called', async () => {
  for (const address of [
    'https://elsewhere.example/png',
    `${origin}1/png`,
    'file:///etc/passwd',
    'no url',
  ]) {
    expect(await reader(() => address)('any', 'c3'), address).toBeUndefined();
  }
  expect(await reader(() => undefined)('any', 'c3')).toBeUndefined();
  expect(asked).toEqual([]);
});

test('pictures go with their connection, and with its key', async () => {
  await reader()('png', 'c4');
  await keyring.destroy(['connection:c4']);
  await expect(reader()('png', 'c4')).rejects.toMatchObject({ code: 'KEY_GONE' });
  await cache.removeAll('c4');
  expect(
    await cache.read({ connectionId: 'c4', kind: 'product', recordId: 'png' }),
  ).toBeUndefined();
});
