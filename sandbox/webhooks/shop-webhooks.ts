/** What TikTok Shop tells an app unasked: events of shops, signed and sent to the address that is set for them. */
import { hash } from '../generator/hash.ts';
import type { ShopEvent } from '../shop/events.ts';
import type { Deliveries } from './deliveries.ts';
import type { Sender } from './sender.ts';
import { signShopWebhook } from './signature.ts';
import { bareProductId, deauthorisation, withoutId } from './topics.ts';

export interface ShopWebhookParts {
  readonly app: { readonly appKey: string; readonly secret: string };
  readonly seed: number;
  readonly sender: Sender;
  readonly deliveries: Deliveries;
  readonly now: () => Date;
  /** What the app has set for a shop and topic; null for nothing. */
  readonly addressOf: (shopId: string, type: number) => string | null;
  /** Shops that have not authorised the app tell it nothing, but for the end of their authorisation. */
  readonly isAuthorised: (shopId: string) => boolean;
}

/** 2 min, 30 min, 3 h, 12 h; then never more. */
const retrySeconds = [120, 1_800, 10_800, 43_200];

/** Integers above 2^53 as they are; V8 has had it for long, the types of ES2024 have not. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

export class ShopWebhooks {
  readonly #parts: ShopWebhookParts;
  #number = 0;
  /** For all shops and topics that have no address of their own, as Partner Center sets it for an app. */
  defaultAddress: string | null = null;

  constructor(parts: ShopWebhookParts) {
    this.#parts = parts;
  }

  tell(event: ShopEvent): void {
    const { isAuthorised, deliveries } = this.#parts;
    const address = this.#parts.addressOf(event.shopId, event.type) ?? this.defaultAddress;
    if (address === null || (event.type !== deauthorisation && !isAuthorised(event.shopId))) {
      deliveries.totals.unaddressed += 1;
      return;
    }
    this.#send(address, { shop_id: event.shopId }, event);
  }

  /** A creator's end of authorisation names no shop. */
  tellOfCreator(creatorOpenId: string, event: Omit<ShopEvent, 'shopId'>): void {
    if (this.defaultAddress === null) return;
    this.#send(this.defaultAddress, { creator_open_id: creatorOpenId }, { ...event, shopId: null });
  }

  #send(
    address: string,
    about: Readonly<Record<string, string>>,
    { type, shopId, data }: Omit<ShopEvent, 'shopId'> & { readonly shopId: string | null },
  ): void {
    const { app, sender, now } = this.#parts;
    const id = type === withoutId ? null : this.#newId();
    const body = JSON.stringify(
      {
        type,
        ...(id === null ? {} : { tts_notification_id: id }),
        ...about,
        timestamp: Math.floor(now().getTime() / 1000),
        data: bareProductId.has(type) ? withBareId(data) : data,
      },
      (_, value) => (typeof value === 'bigint' ? rawJSON(String(value)) : value),
    );
    const authorization = signShopWebhook(app.appKey, app.secret, body);
    const headers = { authorization };
    sender.send({ channel: 'shop', id, type, shopId, address, body, headers, retrySeconds });
  }

  #newId(): string {
    this.#number += 1;
    const drawn = hash(this.#parts.seed, this.#number, 0x7e1d) % 1_000;
    const started = BigInt(Math.floor(this.#parts.now().getTime() / 1000)) * 4_294_967_296n;
    return String(started + BigInt(this.#number) * 1_000n + BigInt(drawn));
  }
}

/** Whatever its caller holds the id as. */
function withBareId(data: ShopEvent['data']): ShopEvent['data'] {
  const { product_id } = data;
  return typeof product_id === 'string' ? { ...data, product_id: BigInt(product_id) } : data;
}
