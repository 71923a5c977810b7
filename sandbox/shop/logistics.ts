/** Warehouses, delivery options and who carries. */
import { invalidRequest } from './answers.ts';
import { type ShopEndpoint, shopOf } from './endpoint.ts';

export const logisticsEndpoints: readonly ShopEndpoint[] = [
  {
    method: 'GET',
    path: '/logistics/202309/warehouses',
    scopes: ['seller.logistics'],
    cipher: 'required',
    answer: (call) => ({
      warehouses: shopOf(call).warehouses.map((warehouse) => ({
        id: warehouse.id,
        entity_id: warehouse.id,
        name: warehouse.name,
        effect_status: warehouse.enabled ? 'ENABLED' : 'DISABLED',
        type: warehouse.type,
        sub_type: 'DOMESTIC_WAREHOUSE',
        is_default: warehouse.isDefault,
        address: warehouse.address,
      })),
    }),
  },
  {
    method: 'GET',
    path: '/logistics/202309/warehouses/{warehouse_id}/delivery_options',
    scopes: ['seller.logistics'],
    cipher: 'required',
    answer(call) {
      const shop = shopOf(call);
      if (!shop.warehouses.some(({ id }) => id === call.parts.warehouse_id)) {
        throw invalidRequest('Invalid parameter warehouse_id.');
      }
      return {
        delivery_options: shop.deliveryOptions.map(({ id, name, type }) => ({
          ...{ id, name, type, description: '', platform: ['TIKTOK_SHOP'] },
          dimension_limit: { max_height: 200, max_length: 200, max_width: 200, unit: 'CM' },
          weight_limit: { max_weight: 30_000, min_weight: 1, unit: 'GRAM' },
        })),
      };
    },
  },
  {
    method: 'GET',
    path: '/logistics/202309/delivery_options/{delivery_option_id}/shipping_providers',
    scopes: ['seller.fulfillment.basic', 'seller.logistics'],
    cipher: 'required',
    answer(call) {
      const options = shopOf(call).deliveryOptions;
      const option = options.find(({ id }) => id === call.parts.delivery_option_id);
      if (!option) throw invalidRequest('Invalid parameter delivery_option_id.');
      return { shipping_providers: option.providers };
    },
  },
];
