/** What TikTok's two senders of events have in common, and what an event asks of this software. */

export type EventSource = 'tiktok-shop' | 'tiktok-developers';

/** What has to be looked at again, or has ended. Ids are TikTok's, digit for digit. */
export type EventChange =
  | { readonly kind: 'orders'; readonly orderIds: readonly string[] }
  | { readonly kind: 'products'; readonly productIds: readonly string[] }
  /** `reason` is that of `authorization.removed`; a shop gives none. */
  | { readonly kind: 'authorisation-ended'; readonly reason: number | null }
  | { readonly kind: 'authorisation-expiring'; readonly expiresAt: Date }
  /** Known, and of no concern here. */
  | { readonly kind: 'none' };

export interface ReceivedEvent {
  /** The same in every delivery of one event. */
  readonly externalId: string;
  readonly name: string;
  /** Whose: a shop, or a person's `open_id` at this app. */
  readonly account: { readonly kind: 'shop' | 'open-id'; readonly id: string } | null;
  readonly sentAt: Date;
  readonly change: EventChange;
  /** Of an event that is of no concern the envelope alone: its data may quote what buyers write. */
  readonly kept: Uint8Array;
}

/** An event with a right signature that says nothing usable, and what of it can be said. */
export interface UnreadableEvent {
  readonly externalId: string;
  readonly name: string;
  readonly fault: 'malformed' | 'unknown-type';
}

export type Reading = { readonly event: ReceivedEvent } | { readonly unreadable: UnreadableEvent };

type Headers = Readonly<Record<string, string | string[] | undefined>>;

export interface WebhookReader {
  readonly source: EventSource;
  /** Deliveries that were sent longer ago are replays; above the sender's last retry. */
  readonly ageMsMax: number;
  /** From the headers alone: whether there is anything to verify. Costs nothing. */
  hasSignature(headers: Headers): boolean;
  /** Over the bytes as they came, in constant time. `signedAt` is null where the signature covers no time. */
  verify(headers: Headers, body: Uint8Array): { readonly signedAt: Date | null } | undefined;
  /** What the body says. Does not throw. */
  read(body: Uint8Array): Reading;
}
