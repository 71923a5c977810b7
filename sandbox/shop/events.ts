/** What happens in shops, for whoever sends it as webhooks. */

export interface ShopEvent {
  /** TikTok's number, such as 5 for PRODUCT_STATUS_CHANGE. */
  readonly type: number;
  readonly shopId: string;
  readonly at: Date;
  /** A `bigint` is to be sent as a JSON number with all its digits. */
  readonly data: Readonly<Record<string, unknown>>;
}

type Listener = (event: ShopEvent) => void;

export class ShopEvents {
  readonly #listeners: Listener[] = [];

  listen(listener: Listener): void {
    this.#listeners.push(listener);
  }

  emit(event: ShopEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
