/**
 * Goal: a product's picture comes from TikTok once, lies sealed, is shown to whoever is signed in, and goes with its
 * connection. Method: a hub in this process with the API before it; the sandbox's own pictures, each look counted. Orders
 * of the sandbox name a host that nobody serves: the address is replaced by one that the sandbox signs.
 */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { createReadPicture } from '../../activities/fetch-picture.ts';
import { createEgress } from '../../connectors/egress.ts';
import { keyId } from '../../keyring/keyring.ts';
import { ImageStore } from '../../sandbox/images.ts';
import {
  createPictureCache,
  type PictureAddress,
  type PictureCache,
} from '../../warehouse/pictures/picture-cache.ts';
import { type ApiHub, createApiHub } from '../api-hub.ts';
import type { RunningHub } from '../running-hub.ts';
import { connectShops, startShopHub } from './shop-story.ts';

const looks = vi.spyOn(ImageStore.prototype, 'read');
let folder: string;
let hub: RunningHub;
let cache: PictureCache;
let api: ApiHub;
const closing = new AsyncDisposableStack();
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pictures-'));
  closing.defer(() => rm(folder, { recursive: true, force: true }));
  hub = await startShopHub({
    startsAt: new Date('2026-11-20T10:00:00Z'),
    products: 4,
    orders: { orders: 30, days: 10 },
    backfillDays: 12,
  });
  closing.defer(() => hub.close());
  const { registry, warehouse, keyring, sandbox } = hub;
  const { clock, origin } = sandbox;
  const egress = createEgress({ allowedHosts: [], exactOrigin: origin });
  closing.defer(() => egress.close());
  cache = createPictureCache({ folder, keyring });
  const served = {
    pictureAddress: async (picture: PictureAddress) => {
      const address = await warehouse.pictureAddress(picture);
      return address && sandbox.shop!.images.addressOf(new URL(address).pathname.slice(1), 'thumb');
    },
  };
  const readPicture = createReadPicture({ registry, warehouse: served, cache, egress, clock });
  api = await createApiHub({ registry, warehouse, keyring, clock, readPicture });
  closing.defer(() => api.close());
}, 120_000);
afterAll(() => closing.disposeAsync(), 60_000);

const url = (id: string) => `/api/v1/pictures/product/${id}`;
const picture = (id: string) => api.call('GET', url(id));

test('a product’s picture is fetched once, lies sealed, and goes with its connection', async () => {
  const [shop] = await connectShops(hub);
  await hub.caughtUp([shop!.id], { streams: ['shop_orders'] });
  const orders = { connectionIds: [shop!.id], filter: {}, offset: 0, limit: 1 };
  const [first] = (await hub.warehouse.listOrders(orders)).rows;
  const order = await hub.warehouse.order(shop!.id, String(first!.record.order_id));
  const recordId = String(order!.lineItems[0]!.record.product_id);
  const id = `${shop!.id}.${recordId}`;

  expect((await api.app.inject({ url: url(id) })).statusCode).toBe(401);
  expect(looks).not.toHaveBeenCalled();
  const [one, two] = await Promise.all([picture(id), picture(id)]);
  expect(one.statusCode).toBe(200);
  expect(one.headers['content-type']).toMatch(/^image\//);
  expect(looks).toHaveBeenCalledTimes(1);
  const sent = looks.mock.results[0]!.value as { bytes: Buffer };
  expect(one.rawPayload.equals(sent.bytes)).toBe(true);
  expect(two.rawPayload.equals(sent.bytes)).toBe(true);
  expect((await picture(id)).statusCode).toBe(200);
  expect(looks).toHaveBeenCalledTimes(1);

  const files = await readdir(join(folder, shop!.id));
  expect(files).toHaveLength(1);
  const lying = await readFile(join(folder, shop!.id, files[0]!));
  expect(lying.length).toBeGreaterThan(sent.bytes.length);
  expect(lying.includes(sent.bytes.subarray(0, 32))).toBe(false);

  const eraseDueAt = hub.sandbox.clock.now();
  await hub.registry.fence.revoke(shop!.id, { cause: 'disconnect', eraseDueAt });
  expect((await picture(id)).statusCode).toBe(404);
  await hub.keyring.destroy([keyId('connection', shop!.id)]);
  const address = { connectionId: shop!.id, kind: 'product', recordId };
  await expect(cache.read(address)).rejects.toMatchObject({ code: 'KEY_GONE' });
  await cache.removeAll(shop!.id);
  await expect(readdir(join(folder, shop!.id))).rejects.toMatchObject({ code: 'ENOENT' });
  expect(looks).toHaveBeenCalledTimes(1);
}, 180_000);
