import { fieldsOf } from '../entity-stream.ts';
import { renamed, shopListStream } from '../shop-stream.ts';

export const shopPackages = shopListStream({
  name: 'shop_packages',
  meaning: 'Packages of the shop’s orders.',
  key: ['package_id'],
  scope: 'seller.fulfillment.basic',
  request: {
    method: 'POST',
    path: '/fulfillment/202309/packages/search',
    rows: 'packages',
    query: { sort_field: 'update_time', sort_order: 'ASC' },
    body: {},
    pageSize: 50,
    window: { filter: 'update_time', in: 'body', until: 'lt' },
  },
  windowDaysMax: 7,
  settles: { days: 0, pollMinutes: 30 },
  fields: renamed(
    { id: 'package_id' },
    fieldsOf('order.delivery', 'seller', {
      id: ['id', 'Package.'],
      status: ['text', 'To fulfil, processing, under way, completed, cancelled.'],
      create_time: ['instant', 'When it was made.'],
      update_time: ['instant', 'When it was last changed.'],
      orders: ['json', 'Orders and units in it.'],
      order_line_item_ids: ['json', 'Line items in it.'],
      shipping_provider_id: ['text', 'Carrier’s id.'],
      shipping_provider_name: ['text', 'Carrier.'],
    }),
  ),
  dropped: [
    { source: 'tracking_number', reason: 'Leads to a buyer: stands with the buyer, while needed.' },
  ],
});
