import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseLosslessly } from '../lossless-json.ts';
import { control } from '../sandbox-client.ts';
import { type ShopSandbox, startShopSandbox } from '../shop/shop-client.ts';
import type { Delivery } from './deliveries.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import { signDevelopersWebhook, signShopWebhook } from './signature.ts';

// biome-ignore lint/suspicious/noExplicitAny: bodies of every shape.
type Body = any;

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const waitMs = 60_000;

let shop: ShopSandbox;
let receiver: Receiver;

beforeEach(async () => {
  shop = await startShopSandbox({ orders: { orders: 60, days: 6 } });
  receiver = await startReceiver();
  await settings({ shopAddress: receiver.address, developersAddress: receiver.address });
});
afterEach(async () => {
  await shop.close();
  await receiver.close();
});

const settings = (body: object) => control<Body>(shop.sandbox, 'webhooks/settings', body);
const bodies = (): Body[] => receiver.received.map(({ body }) => parseLosslessly(body));
const deliveries = () => control<Delivery[]>(shop.sandbox, 'webhooks');
const create = () => control<{ id: string }>(shop.sandbox, 'shop/orders/create', {});

/** Waits in real time until nothing is on its way any more. */
const settled = () =>
  vi.waitFor(
    async () => {
      const state = await control<Body>(shop.sandbox, 'webhooks/state');
      expect(state.queued + state.inFlight + state.held).toBe(0);
    },
    { timeout: waitMs, interval: 20 },
  );

describe('a shop', () => {
  it('tells of a new order, signed over the bytes that it sends', async () => {
    const { id } = await create();
    await receiver.reached(1);
    const [{ headers, body }] = receiver.received as [(typeof receiver.received)[0]];
    const { appKey, secret } = shop.face.app;
    expect(headers.authorization).toBe(signShopWebhook(appKey, secret, body));
    const parsed = JSON.parse(body);
    expect(parsed).toMatchObject({ type: 1, shop_id: shop.shops[0]!.id });
    expect(parsed.tts_notification_id).toMatch(/^\d{19}$/);
    expect(parsed.data).toMatchObject({ order_id: id, order_status: 'UNPAID' });
    expect(parsed.data.update_time).toBe(parsed.timestamp);
  });

  it('tells each step that a jump of the clock has brought about', async () => {
    shop.face.advance(5 * 24 * hourMs);
    await settled();
    const told = bodies();
    expect(told.map(({ type }) => type)).toEqual(expect.arrayContaining([1, 2, 3, 11, 12]));
    const statuses = new Set(
      told.filter(({ type }) => type === 1).map(({ data }) => data.order_status),
    );
    for (const status of [
      'UNPAID',
      'ON_HOLD',
      'AWAITING_SHIPMENT',
      'IN_TRANSIT',
      'COMPLETED',
      'CANCEL',
    ]) {
      expect(statuses).toContain(status);
    }
    expect(statuses).not.toContain('PARTIALLY_SHIPPING');
    const own = shop.shops[0]!.id;
    const last = new Map<string, Body>();
    for (const { type, shop_id, data } of told) {
      if (type !== 1 || shop_id !== own) continue;
      const known = last.get(data.order_id);
      if (!(known?.update_time > data.update_time)) last.set(data.order_id, data);
    }
    const { orders } = await control<Body>(shop.sandbox, 'shop/truth/orders');
    const moved = orders.filter((order: Body) => last.has(order.id));
    expect(moved.length).toBeGreaterThan(30);
    for (const order of moved) {
      const { order_status } = last.get(order.id);
      if (order.status === 'PARTIALLY_SHIPPING') continue;
      expect(order_status).toBe(order.status === 'CANCELLED' ? 'CANCEL' : order.status);
    }
  });

  it('that has not authorised the app tells nothing, and one that ends it tells that', async () => {
    const foreign = shop.shops.find(({ sellerId }) => sellerId !== shop.shops[0]!.sellerId)!;
    await control(shop.sandbox, 'shop/orders/create', { shop: foreign.id });
    await control(shop.sandbox, 'shop/withdraw', { sellerId: shop.shops[0]!.sellerId });
    await receiver.reached(2);
    await create();
    await settled();
    expect(bodies().map(({ type }) => type)).toEqual([6, 6]);
    expect(bodies()[0].data).toEqual({
      message: `Shop_id ${shop.shops[0]!.id} is deauthorized from your APP by merchant.`,
    });
    const state = await control<Body>(shop.sandbox, 'webhooks/state');
    expect(state.totals.unaddressed).toBe(2);
  });

  it('sends where the shop has set it for that topic, and elsewhere for the others', async () => {
    const other = await startReceiver();
    const body = { event_type: 'ORDER_STATUS_CHANGE', address: other.address };
    const answer = await shop.call('/event/202309/webhooks', { method: 'PUT', body });
    expect(answer.code).toBe(0);
    await create();
    await control(shop.sandbox, 'webhooks/send', { type: 5, shopId: shop.shops[0]!.id });
    await Promise.all([other.reached(1), receiver.reached(1)]);
    await settled();
    expect(JSON.parse(other.received[0]!.body).type).toBe(1);
    expect(bodies().map(({ type }) => type)).toEqual([5]);
    await other.close();
  });

  it.each([5, 16, 37])(
    'sends the product of type %i as a bare integer above 2^53',
    async (type) => {
      const data = { product_id: '1729592969712207008', update_time: 1 };
      await control(shop.sandbox, 'webhooks/send', { type, shopId: shop.shops[0]!.id, data });
      await receiver.reached(1);
      expect(receiver.received[0]!.body).toContain('"product_id":1729592969712207008,');
    },
  );

  it('gives a creator no shop, and a changed address no id', async () => {
    await control(shop.sandbox, 'webhooks/send', { type: 20, creatorOpenId: 'creator-1' });
    await control(shop.sandbox, 'webhooks/send', { type: 3, shopId: shop.shops[0]!.id });
    await receiver.reached(2);
    const [creator, address] = bodies().sort((one, other) => other.type - one.type);
    expect(creator).toMatchObject({ type: 20, creator_open_id: 'creator-1' });
    expect(creator).not.toHaveProperty('shop_id');
    expect(address).not.toHaveProperty('tts_notification_id');
  });
});

describe('an answer that is no empty 200', () => {
  const clockSteps = [2 * minuteMs, 30 * minuteMs, 3 * hourMs, 12 * hourMs];
  const send = () =>
    control(shop.sandbox, 'webhooks/send', { type: 1, shopId: shop.shops[0]!.id, data: {} });
  const own = async () => (await deliveries()).filter(({ body }) => body.includes('"data":{}'));
  const attempted = (count: number) =>
    vi.waitFor(async () => expect((await own())[0]!.attempts).toHaveLength(count), {
      timeout: waitMs,
      interval: 20,
    });

  it('brings the same body again at 2 min, 30 min, 3 h and 12 h, then never', async () => {
    await settings({ developersAddress: null });
    receiver.answer = { status: 500, body: '' };
    await send();
    await attempted(1);
    for (const [number, ms] of clockSteps.entries()) {
      shop.face.advance(ms - 5_000);
      await settled();
      expect((await own())[0]!.attempts).toHaveLength(number + 1);
      shop.face.advance(6_000);
      await attempted(number + 2);
    }
    const [delivery] = await own();
    expect(delivery!.outcome).toBe('dropped');
    shop.face.advance(48 * hourMs);
    await settled();
    expect((await own())[0]!.attempts).toHaveLength(5);
    const sent = receiver.received.filter(({ body }) => body.includes('"data":{}'));
    expect(new Set(sent.map(({ body }) => body)).size).toBe(1);
  });

  it.each([
    ['a body', { status: 200, body: 'ok' }, 'not empty'],
    ['a 204', { status: 204, body: '' }, 'not 200'],
    ['silence for three seconds', null, 'no answer in 3 s'],
  ] as const)('may be %s, and the next empty 200 ends it', async (_, answer, failure) => {
    receiver.answer = answer;
    await send();
    await attempted(1);
    expect((await own())[0]!.attempts[0]!.failure).toBe(failure);
    receiver.answer = { status: 200, body: '' };
    shop.face.advance(2 * minuteMs + 1_000);
    await attempted(2);
    await vi.waitFor(async () => expect((await own())[0]!.outcome).toBe('delivered'));
  });
});

describe('mischief', () => {
  it('repeats, delays and loses the shares that it was told to', async () => {
    await settings({ duplicated: 0.2, disordered: 0.2, lost: 0.1 });
    shop.face.advance(5 * 24 * hourMs);
    await settled();
    const all = await deliveries();
    const first = all.filter(({ duplicate }) => !duplicate);
    expect(first.length).toBeGreaterThan(400);
    const share = (count: number) => count / first.length;
    expect(share(all.length - first.length)).toBeCloseTo(0.18, 1);
    expect(share(first.filter(({ heldMs }) => heldMs > 0).length)).toBeCloseTo(0.18, 1);
    expect(share(first.filter(({ outcome }) => outcome === 'lost').length)).toBeCloseTo(0.1, 1);
    expect(all.filter(({ outcome }) => outcome === 'delivered')).toHaveLength(
      receiver.received.length,
    );
    const byId = new Map<string, Set<string>>();
    for (const { body } of receiver.received) {
      const { tts_notification_id: id } = JSON.parse(body);
      byId.set(id, (byId.get(id) ?? new Set()).add(body));
    }
    expect([...byId.values()].every(({ size }) => size === 1)).toBe(true);
    const times = bodies().map(({ data }) => data.update_time ?? 0);
    expect(times).not.toEqual([...times].sort((one, other) => one - other));
  });

  it('takes no rates that are none', async () => {
    const response = await fetch(`${shop.sandbox.origin}/sandbox/webhooks/settings`, {
      method: 'POST',
      body: JSON.stringify({ lost: 1.5 }),
    });
    expect(response.status).toBe(400);
  });
});

describe('the platform for developers', () => {
  it('tells that an authorisation is removed, with its reason as JSON in a string', async () => {
    const userOpenId = shop.face.world.sellers[0]!.openId;
    await control(shop.sandbox, 'webhooks/developers', { userOpenId, reason: 2 });
    await receiver.reached(1);
    const [{ headers, body }] = receiver.received as [(typeof receiver.received)[0]];
    const { clientKey, clientSecret } = shop.face.webhooks.developers.app;
    const parsed = JSON.parse(body);
    expect(parsed).toMatchObject({
      client_key: clientKey,
      event: 'authorization.removed',
      user_openid: userOpenId,
      content: '{"reason":2}',
    });
    const signature = signDevelopersWebhook(clientSecret, parsed.create_time, body);
    expect(headers['tiktok-signature']).toBe(signature);
  });

  it('repeats for less than 72 hours, signed as at first', async () => {
    receiver.answer = { status: 503, body: '' };
    await settings({ shopAddress: null });
    await control(shop.sandbox, 'webhooks/developers', { userOpenId: 'x', reason: 1 });
    await receiver.reached(1);
    for (let seconds = 60, count = 2; count <= 13; seconds *= 2, count += 1) {
      await settled();
      shop.face.advance(seconds * 1000 + 1_000);
      await receiver.reached(count);
    }
    await settled();
    shop.face.advance(80 * hourMs);
    await settled();
    expect(receiver.received).toHaveLength(13);
    expect((await deliveries())[0]!.outcome).toBe('dropped');
    const signatures = receiver.received.map(({ headers }) => headers['tiktok-signature']);
    expect(new Set(signatures).size).toBe(1);
  });
});
