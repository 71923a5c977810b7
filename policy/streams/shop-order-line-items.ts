import { fieldsOf } from '../entity-stream.ts';
import { partOf, renamed, under } from '../shop-stream.ts';
import { shopOrders } from './shop-orders.ts';

const amount = 'currency of the row';

export const shopOrderLineItems = partOf(shopOrders, {
  name: 'shop_order_line_items',
  meaning: 'Each unit that was ordered.',
  key: ['line_item_id'],
  rows: 'line_items',
  fields: [
    ...under(
      '^',
      renamed(
        { id: 'order_id', update_time: 'order_update_time' },
        fieldsOf('order.items', 'seller', {
          id: ['id', 'Order.'],
          update_time: ['instant', 'When the order was last changed.'],
        }),
      ),
    ),
    ...renamed(
      { id: 'line_item_id' },
      fieldsOf('order.items', 'seller', {
        id: ['id', 'Line item: one unit.'],
        sku_id: ['id', 'Unit of sale.'],
        product_id: ['id', 'Product.'],
        seller_sku: ['text', 'The seller’s own number of it.'],
        product_name: ['text', 'Title of the product when it was ordered.'],
        sku_name: ['text', 'Variant when it was ordered.'],
        sku_type: ['text', 'Kind of unit.'],
        sku_image: ['text', 'Address of its picture.'],
        combined_listing_skus: ['json', 'Units that a bundle consists of.'],
        display_status: ['text', 'Where the unit stands.'],
        cancel_reason: ['text', 'Why it was cancelled.'],
        cancel_user: ['text', 'Who cancelled it.'],
        product_listing_type: ['text', 'Kind of listing.'],
        is_pod_customized: ['boolean', 'Whether it is made with the buyer’s print.'],
        sub_item_info: ['json', 'What a bundle consists of.'],
        is_gift: ['boolean', 'Whether it is given along.'],
        is_dangerous_good: ['boolean', 'Whether it is a dangerous good.'],
        needs_prescription: ['boolean', 'Whether it needs a prescription.'],
      }),
    ),
    ...fieldsOf('order.delivery', 'seller', {
      package_id: ['id', 'Package.'],
      package_status: ['text', 'Where the package stands.'],
      shipping_provider_id: ['text', 'Carrier’s id.'],
      shipping_provider_name: ['text', 'Carrier.'],
      rts_time: ['instant', 'When it was ready to ship.'],
      handling_duration_days: ['count', 'Days that the seller may take.', 'days'],
    }),
    ...fieldsOf('order.money', 'seller', {
      currency: ['text', 'Currency of the row.'],
      original_price: ['money', 'Price before discounts.', amount],
      sale_price: ['money', 'Price after discounts.', amount],
      seller_discount: ['money', 'Discount borne by the seller.', amount],
      platform_discount: ['money', 'Discount borne by TikTok.', amount],
      gift_retail_price: ['money', 'Price of a gift if it were sold.', amount],
      pfand_fee: ['money', 'Deposit on the bottle (Germany).', amount],
      small_order_fee: ['money', 'Fee for small orders.', amount],
      retail_delivery_fee: ['money', 'Fee of some states on deliveries.', amount],
      buyer_service_fee: ['money', 'Service fee of the buyer.', amount],
      item_tax: ['json', 'Taxes on the unit.'],
    }),
  ],
  dropped: [
    { source: 'tracking_number', reason: 'Leads to a buyer: stands with the buyer, while needed.' },
    { source: 'pod_info_id', reason: 'Leads to a print that the buyer made.' },
  ],
});
