import { fieldsOf } from '../entity-stream.ts';
import { refundFields } from '../refund-fields.ts';
import { partOf, under } from '../shop-stream.ts';
import { shopCancellations } from './shop-cancellations.ts';

export const shopCancellationLineItems = partOf(shopCancellations, {
  name: 'shop_cancellation_line_items',
  meaning: 'Units of a cancellation.',
  key: ['cancel_line_item_id'],
  rows: 'cancel_line_items',
  fields: [
    ...under('^', fieldsOf('order.after-sale', 'seller', { cancel_id: ['id', 'Cancellation.'] })),
    ...fieldsOf('order.after-sale', 'seller', {
      cancel_line_item_id: ['id', 'Line of the cancellation.'],
      order_line_item_id: ['id', 'Line item of the order.'],
      sku_id: ['id', 'Unit of sale.'],
      seller_sku: ['text', 'The seller’s own number of it.'],
      sku_name: ['text', 'Variant.'],
      product_name: ['text', 'Title of the product.'],
    }),
    ...refundFields,
  ],
  dropped: [{ source: 'product_image', reason: 'The product’s own picture is kept.' }],
});
