/** What one path of the Shop API declares of itself, and what its answer may use. */
import type { SandboxClock } from '../clock.ts';
import type { ImageStore } from '../images.ts';
import type { ShopAuthorisations, ShopGrant } from './access/authorisations.ts';
import type { Agenda } from './agenda.ts';
import { ShopRefusal } from './answers.ts';
import type { ShopEvents } from './events.ts';
import type { OrderBooks } from './orders/order-book.ts';
import type { ShopParameters } from './parameters.ts';
import type { Audits } from './products/audits.ts';
import type { BrandBook } from './products/brands.ts';
import type { WebhookSettings } from './webhook-settings.ts';
import type { Shop, ShopWorld } from './world.ts';

export interface ShopAppCredentials {
  readonly appKey: string;
  readonly secret: string;
  readonly serviceId: string;
}

/** One for each sandbox; every endpoint gets it. */
export interface ShopContext {
  readonly world: ShopWorld;
  readonly clock: SandboxClock;
  readonly agenda: Agenda;
  readonly events: ShopEvents;
  readonly app: ShopAppCredentials;
  readonly authorisations: ShopAuthorisations;
  readonly images: ImageStore;
  readonly orders: OrderBooks;
  readonly audits: Audits;
  readonly brands: BrandBook;
  readonly webhookSettings: WebhookSettings;
  /** What creating a product has answered, by shop and idempotency key. */
  readonly createdByKey: Map<string, unknown>;
  readonly origin: () => string;
}

export interface ShopCall {
  /** The template, such as `/product/202309/products/{product_id}`. */
  readonly path: string;
  /** Of the path. */
  readonly parts: Readonly<Record<string, string>>;
  readonly query: ShopParameters;
  readonly body: ShopParameters;
  readonly rawBody: Buffer;
  readonly contentType: string;
  readonly grant: ShopGrant;
  /** Null where the endpoint takes no cipher, or a tester left an optional one out. */
  readonly shop: Shop | null;
  readonly now: Date;
}

export interface ShopEndpoint {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Whole, with version; `{name}` stands for one part. */
  readonly path: string;
  /** One of them is enough. */
  readonly scopes: readonly string[];
  /** Whether `shop_cipher` must be there (106013), or must not (36009004). */
  readonly cipher: 'required' | 'absent';
  /** The code of a parameter that is missing or malformed; 36009004 when absent. */
  readonly invalidCode?: number;
  readonly multipart?: boolean;
  /**
   * The value of `data`: plain JSON.
   * @throws ShopRefusal for a code other than 0.
   */
  answer(call: ShopCall, context: ShopContext): unknown;
}

/** The shop of a call whose endpoint requires a cipher. */
export function shopOf(call: ShopCall): Shop {
  if (!call.shop) throw new ShopRefusal(106_013, 'shop_cipher is missing.');
  return call.shop;
}

/** Unix seconds. */
export const secondsOf = (at: Date): number => Math.floor(at.getTime() / 1000);
