/** What TikTok Shop tells unasked: the signature over raw bytes, the envelope, and what each topic asks for. */
import { z } from 'zod';
import { parseLossless } from '../../policy/json.ts';
import { idOfContent, isHexDigest, isSignedBy } from '../signed-body.ts';
import type { EventChange, Reading, WebhookReader } from '../webhook.ts';

const hourMs = 3_600_000;
/** The last retry comes 15.5 hours after the first delivery, with the time of the first. */
const ageMsMax = 24 * hourMs;

/** Ids come as texts and, in some topics, as bare integers above 2^53, which the parser keeps as texts. */
const Id = z
  .union([z.string().regex(/^\d{1,32}$/), z.number().int().nonnegative()])
  .transform(String);
const Seconds = z
  .union([z.number().int(), z.string().regex(/^\d{1,12}$/)])
  .transform((seconds) => new Date(Number(seconds) * 1000))
  .refine((date) => !Number.isNaN(date.getTime()));

const Envelope = z.object({
  type: z.number().int().nonnegative(),
  tts_notification_id: Id.optional(),
  shop_id: Id.optional(),
  creator_open_id: z.string().min(1).max(200).optional(),
  timestamp: Seconds,
  data: z.record(z.string(), z.unknown()).default({}),
});
type Envelope = z.infer<typeof Envelope>;

type Data = Envelope['data'];

const order = (data: Data): EventChange => ({
  kind: 'orders',
  orderIds: [Id.parse(data.order_id)],
});
const product = (data: Data): EventChange => ({
  kind: 'products',
  productIds: [Id.parse(data.product_id)],
});
const Packages = z.array(z.object({ order_id_list: z.array(Id).default([]) }));
const packages = (data: Data): EventChange => ({
  kind: 'orders',
  orderIds: [
    ...new Set(Packages.parse(data.package_list).flatMap(({ order_id_list: ids }) => ids)),
  ],
});
const ended = (): EventChange => ({ kind: 'authorisation-ended', reason: null });
const expiring = (data: Data): EventChange => ({
  kind: 'authorisation-expiring',
  expiresAt: Seconds.parse(data.expiration_time),
});
const none = (): EventChange => ({ kind: 'none' });

/** Every documented topic. One that is not here is kept apart. */
const topics: Readonly<
  Record<number, readonly [name: string, change: (data: Data) => EventChange]>
> = {
  1: ['order-status-change', order],
  2: ['reverse-status-update', order],
  3: ['recipient-address-update', order],
  4: ['package-update', packages],
  5: ['product-status-change', product],
  6: ['seller-deauthorization', ended],
  7: ['upcoming-authorization-expiration', expiring],
  11: ['cancellation-status-change', order],
  12: ['return-status-change', order],
  13: ['new-conversation', none],
  14: ['new-message', none],
  15: ['product-information-change', product],
  16: ['product-creation', product],
  17: ['shoppable-content-posting', none],
  18: ['product-category-change', none],
  19: ['size-chart-change', none],
  20: ['creator-deauthorization', ended],
  21: ['fbt-inbound-order', none],
  22: ['fbt-merchant-onboarding', none],
  23: ['fbt-goods-match', none],
  24: ['fbt-inventory', none],
  25: ['opportunity-matching', none],
  27: ['inventory-status-change', none],
  33: ['new-message-listener', none],
  35: ['tokopedia-mirror', none],
  36: ['invoice-status-change', none],
  37: ['product-audit-status-change', product],
  38: ['strikethrough-price-expired', none],
  39: ['promotion-activity', none],
  42: ['combined-listing', none],
  46: ['image-translation', none],
  51: ['global-replication', none],
  52: ['global-listing-method', none],
  55: ['video-precheck', none],
};

const creatorDeauthorization = 20;

export interface ShopWebhookOptions {
  readonly appKey: string;
  readonly secret: string;
}

export function createShopWebhook({ appKey, secret }: ShopWebhookOptions): WebhookReader {
  return {
    source: 'tiktok-shop',
    ageMsMax,
    hasSignature: ({ authorization }) => isHexDigest(authorization),
    verify({ authorization }, body) {
      const isRight = isHexDigest(authorization) && isSignedBy(secret, appKey, body, authorization);
      return isRight ? { signedAt: null } : undefined;
    },
    read,
  };
}

function read(body: Uint8Array): Reading {
  const envelope = parse(body);
  if (envelope === undefined) return malformed(idOfContent(body), 'unreadable');
  const { type, timestamp: sentAt, data } = envelope;
  const externalId = envelope.tts_notification_id ?? contentId(envelope);
  const [name, changeOf] = topics[type] ?? [];
  if (name === undefined || changeOf === undefined) {
    return { unreadable: { externalId, name: `type-${type}`, fault: 'unknown-type' } };
  }
  let change: EventChange;
  try {
    change = changeOf(data);
  } catch {
    return malformed(externalId, name);
  }
  const account = accountOf(envelope);
  const kept = change.kind === 'none' ? bareEnvelope(envelope) : body;
  return { event: { externalId, name, account, sentAt, change, kept } };
}

function parse(body: Uint8Array): Envelope | undefined {
  try {
    return Envelope.parse(parseLossless(new TextDecoder('utf-8', { fatal: true }).decode(body)));
  } catch {
    return undefined;
  }
}

function accountOf({ type, shop_id: shop, creator_open_id: creator, data }: Envelope) {
  if (type !== creatorDeauthorization) return shop ? ({ kind: 'shop', id: shop } as const) : null;
  const id = creator ?? data.creator_open_id;
  return typeof id === 'string' && id !== '' ? ({ kind: 'open-id', id } as const) : null;
}

/** Topic 3 comes without an id of its own. */
const contentId = ({ type, shop_id: shop, data }: Envelope): string =>
  idOfContent(JSON.stringify([type, shop, data]));

const bareEnvelope = ({ type, tts_notification_id, shop_id, timestamp }: Envelope): Uint8Array =>
  Buffer.from(
    JSON.stringify({ type, tts_notification_id, shop_id, timestamp: timestamp.getTime() / 1000 }),
  );

const malformed = (externalId: string, name: string): Reading => ({
  unreadable: { externalId, name, fault: 'malformed' },
});
