/** Where each shop's webhooks go, by type, as calls have set it. */
import { type ShopEndpoint, shopOf } from './endpoint.ts';

export interface WebhookSetting {
  readonly eventType: string;
  readonly address: string;
  /** Unix seconds. */
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** Names that settings take, with the number that the webhook carries. */
export const webhookTypes: Readonly<Record<string, number>> = {
  ORDER_STATUS_CHANGE: 1,
  REVERSE_STATUS_UPDATE: 2,
  RECIPIENT_ADDRESS_UPDATE: 3,
  PACKAGE_UPDATE: 4,
  PRODUCT_STATUS_CHANGE: 5,
  SELLER_DEAUTHORIZATION: 6,
  UPCOMING_AUTHORIZATION_EXPIRATION: 7,
  CANCELLATION_STATUS_CHANGE: 11,
  RETURN_STATUS_CHANGE: 12,
  NEW_CONVERSATION: 13,
  NEW_MESSAGE: 14,
  PRODUCT_INFORMATION_CHANGE: 15,
  PRODUCT_CREATION: 16,
  PRODUCT_CATEGORY_CHANGE: 18,
  INVENTORY_STATUS_CHANGE: 27,
  NEW_MESSAGE_LISTENER: 33,
  INVOICE_STATUS_CHANGE: 36,
  PRODUCT_AUDIT_STATUS_CHANGE: 37,
};

export class WebhookSettings {
  readonly #ofShop = new Map<string, Map<string, WebhookSetting>>();

  list(shopId: string): readonly WebhookSetting[] {
    return [...(this.#ofShop.get(shopId)?.values() ?? [])];
  }

  /** Where an event of this number goes; null where nobody asked for it. */
  addressOf(shopId: string, type: number): string | null {
    const found = this.list(shopId).find(({ eventType }) => webhookTypes[eventType] === type);
    return found?.address ?? null;
  }

  set(shopId: string, setting: { eventType: string; address: string; now: number }): void {
    const { eventType, address, now } = setting;
    const settings = this.#ofShop.get(shopId) ?? new Map<string, WebhookSetting>();
    this.#ofShop.set(shopId, settings);
    const createdAt = settings.get(eventType)?.createdAt ?? now;
    settings.set(eventType, { eventType, address, createdAt, updatedAt: now });
  }

  remove(shopId: string, eventType: string): void {
    this.#ofShop.get(shopId)?.delete(eventType);
  }
}

const path = '/event/202309/webhooks';
const scopes = ['seller.authorization.info'];
const cipher = 'required';
const addressMax = 255;
const eventTypes = Object.keys(webhookTypes);

export const webhookSettingEndpoints: readonly ShopEndpoint[] = [
  {
    ...{ method: 'GET', path, scopes, cipher },
    answer(call, { webhookSettings }) {
      const webhooks = webhookSettings.list(shopOf(call).id).map((setting) => ({
        event_type: setting.eventType,
        address: setting.address,
        create_time: setting.createdAt,
        update_time: setting.updatedAt,
      }));
      return { webhooks, total_count: webhooks.length };
    },
  },
  {
    ...{ method: 'PUT', path, scopes, cipher },
    answer(call, { webhookSettings }) {
      const eventType = call.body.oneOf('event_type', eventTypes);
      const address = call.body.required('address');
      if (address.length > addressMax || !URL.canParse(address)) {
        throw call.body.invalid('address', `not an address of at most ${addressMax} characters`);
      }
      const now = Math.floor(call.now.getTime() / 1000);
      webhookSettings.set(shopOf(call).id, { eventType, address, now });
      return {};
    },
  },
  {
    ...{ method: 'DELETE', path, scopes, cipher },
    answer(call, { webhookSettings }) {
      webhookSettings.remove(shopOf(call).id, call.body.oneOf('event_type', eventTypes));
      return {};
    },
  },
];
